import { type App, TsgiAbortError } from '@tsgi/core';
import { expect, onTestFinished, test } from 'vitest';
import { serve } from '../src/index.ts';
import { connectToServer, requestHeader, socketPath } from './wire.ts';

const wires = [
  ['TCP', () => ({ port: 0 })],
  ['a UNIX socket', () => ({ path: socketPath() })],
] as const;

/** An application that waits for the front end to leave, and what it has seen. */
function waiting(): { app: App; called: Promise<void>; reasons: unknown[] } {
  const reasons: unknown[] = [];
  let tell = (): void => {};
  const called = new Promise<void>((resolve) => {
    tell = resolve;
  });
  return {
    called,
    reasons,
    app: (environ) => {
      const signal = environ['tsgi.signal'];
      tell();
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason);
          resolve([]);
        });
      });
    },
  };
}

test.each(wires.flatMap(([wire, where]) => (['close', 'reset'] as const).map((how) => [wire, how, where] as const)))(
  'over %s, with a body that nobody reads, its %s is seen',
  async (_wire, how, where) => {
    const { app, called, reasons } = waiting();
    const server = await serve(app, where());
    onTestFinished(() => server.close({ grace: 0 }));
    const socket = connectToServer(server);
    socket.on('error', () => {});
    socket.write(requestHeader(10_000_000), 'latin1');
    // Less than what is read on to find the end, and more than the body keeps.
    socket.write(Buffer.alloc(600_000));
    await called;
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (how === 'reset' && socket.remoteFamily !== undefined) socket.resetAndDestroy();
    else socket.destroy();
    await expect.poll(() => reasons, { timeout: 20_000 }).toEqual([expect.any(TsgiAbortError)]);
  },
);

test('over a UNIX socket, after the whole request, its close is seen; that it has ended its side is not taken for one', async () => {
  const { app, called, reasons } = waiting();
  const server = await serve(app, { path: socketPath() });
  onTestFinished(() => server.close({ grace: 0 }));
  const socket = connectToServer(server);
  socket.on('error', () => {});
  socket.end(requestHeader(0), 'latin1');
  await called;
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  expect(reasons).toEqual([]);
  socket.destroy();
  await expect.poll(() => reasons, { timeout: 20_000 }).toEqual([expect.any(TsgiAbortError)]);
});

test('what was read on is bounded, and a body that is read after all is whole', async () => {
  const size = 12_000_000;
  let go = (): void => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const server = await serve(
    async (environ, startResponse) => {
      await gate;
      const body = await environ['tsgi.input'].read();
      startResponse('200 OK', []);
      return [Buffer.from(`${body.byteLength} ${body.at(-1)}`)];
    },
    { port: 0 },
  );
  onTestFinished(() => server.close({ grace: 0 }));
  const socket = connectToServer(server);
  socket.write(requestHeader(size), 'latin1');
  socket.write(Buffer.alloc(size, 7));
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  // Long enough for all that is granted to a paused socket.
  await new Promise((resolve) => setTimeout(resolve, 7_000));
  expect(socket.bytesWritten - socket.writableLength).toBeLessThan(size);
  go();
  await expect.poll(() => text, { timeout: 20_000 }).toMatch(/\r\n\r\n12000000 7$/);
  socket.destroy();
});
