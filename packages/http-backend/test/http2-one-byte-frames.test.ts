import { once } from 'node:events';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { serve } from '../src/index.ts';
import { dataFrame, END_HEADERS, headersFrame, POST, PREFACE, settingsFrame } from './support/http2-frames.ts';
import { bytes } from './support/serving.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function used(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const STREAMS = 100;
/** A stream's window, in frames of one byte. */
const FRAMES = 65_535;

test('a body that comes in frames of one byte, and is not read, costs its bytes', async () => {
  let running = 0;
  const server = await serve(
    () => {
      running += 1;
      return new Promise(() => {});
    },
    { port: 0, h2c: true, errors: () => {} },
  );
  const before = used();
  const socket = connect({ port: server.port ?? 0, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.resume();
  socket.write(Buffer.concat([Buffer.from(PREFACE), settingsFrame()]));
  for (let stream = 1; stream < 2 * STREAMS; stream += 2) {
    socket.write(headersFrame(stream, END_HEADERS, POST));
    const frames = Buffer.concat(Array.from({ length: FRAMES / 5 }, () => dataFrame(stream, 0, bytes('x'))));
    for (let count = 0; count < 5; count += 1) if (!socket.write(frames)) await once(socket, 'drain');
  }
  await expect.poll(() => running, { timeout: 30_000 }).toBe(STREAMS);
  await new Promise((resolve) => setTimeout(resolve, 200));
  // 6.5 MB of bodies. A buffer for each frame would be 700 MB.
  expect(used() - before).toBeLessThan(60_000_000);
  socket.destroy();
  await server.close({ grace: 0 });
}, 120_000);
