import { once } from 'node:events';
import type { App } from '@tsgi/core';
import { expect, onTestFinished, test } from 'vitest';
import { serve } from '../src/index.ts';
import { connectToServer, requestHeader, socketPath } from './wire.ts';

const CHUNK = new Uint8Array(65_536);

test.each([
  ['TCP', () => ({ port: 0 })],
  ['a UNIX socket', () => ({ path: socketPath() })],
])('over %s, a front end that reads nothing of its answer is let go of after sendTimeout', async (_name, where) => {
  const torn: string[] = [];
  let signalled = (): void => {};
  const isSignalled = new Promise<void>((resolve) => {
    signalled = resolve;
  });
  const app: App = (environ, startResponse) => {
    environ['tsgi.signal'].addEventListener('abort', () => signalled());
    environ['tsgi.after_response'].push(() => void torn.push('after'));
    startResponse('200 OK', []);
    return (function* endless() {
      for (;;) yield CHUNK;
    })();
  };
  const server = await serve(app, { ...where(), sendTimeout: 200 });
  onTestFinished(() => server.close({ grace: 0 }));
  const socket = connectToServer(server);
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  socket.pause();
  socket.write(requestHeader(0), 'latin1');
  await isSignalled;
  await expect.poll(() => torn).toEqual(['after']);
});

test('one that reads slowly is not, however long it takes', async () => {
  const app: App = (_environ, startResponse) => {
    startResponse('200 OK', []);
    return Array.from({ length: 320 }, () => CHUNK);
  };
  const server = await serve(app, { port: 0, sendTimeout: 600 });
  onTestFinished(() => server.close({ grace: 0 }));
  const socket = connectToServer(server);
  let received = 0;
  let wanted = 0;
  socket.on('data', (bytes) => {
    received += bytes.length;
    wanted -= bytes.length;
    if (wanted <= 0) socket.pause();
  });
  socket.write(requestHeader(0), 'latin1');
  const ended = once(socket, 'end');
  // Twenty times a quarter of the time that it may stand still.
  const bits = setInterval(() => {
    wanted = 1_000_000;
    socket.resume();
  }, 150);
  await ended;
  clearInterval(bits);
  expect(received).toBeGreaterThan(320 * CHUNK.length);
  socket.destroy();
});
