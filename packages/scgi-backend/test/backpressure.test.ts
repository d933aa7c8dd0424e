import type { App, RunningServer } from '@tsgi/core';
import { afterEach, describe, expect, it } from 'vitest';
import { serve } from '../src/index.ts';
import { connectToServer, outcome, requestHeader, socketPath, until } from './wire.ts';

const servers: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close({ grace: 0 })));
});

const LARGE = 30_000_000;

describe.each([
  ['TCP', () => ({ port: 0 })],
  ['a UNIX socket', () => ({ path: socketPath() })],
])('over %s', (_, where) => {
  async function start(app: App): Promise<RunningServer> {
    const server = await serve(app, { ...where(), errors: () => {} });
    servers.push(server);
    return server;
  }

  it('R12: a peer that does not read stops the body', async () => {
    let made = 0;
    const server = await start((_environ, startResponse) => {
      startResponse('200 OK', []);
      return (function* body() {
        for (; made < LARGE; made += 100_000) yield new Uint8Array(100_000);
      })();
    });
    const socket = connectToServer(server);
    socket.pause();
    socket.write(requestHeader(0), 'latin1');
    await until(() => made > 0);
    let before = -1;
    while (before !== made) {
      before = made;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(made).toBeLessThan(LARGE / 2);
    socket.resume();
    const { text } = await outcome(socket);
    expect(text).toHaveLength('Status: 200 OK\r\n\r\n'.length + LARGE);
  });

  it('an application that does not read stops the peer', async () => {
    let read: () => void = () => {};
    const wanted = new Promise<void>((resolve) => {
      read = resolve;
    });
    const server = await start(async (environ, startResponse) => {
      await wanted;
      let length = 0;
      for await (const chunk of environ['tsgi.input']) length += chunk.byteLength;
      startResponse('200 OK', []);
      return [new TextEncoder().encode(String(length))];
    });
    const socket = connectToServer(server);
    socket.write(requestHeader(LARGE), 'latin1');
    socket.write(Buffer.alloc(LARGE));
    let before = -1;
    while (before !== socket.bytesWritten - socket.writableLength) {
      before = socket.bytesWritten - socket.writableLength;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(socket.writableLength).toBeGreaterThan(0);
    read();
    expect((await outcome(socket)).text).toMatch(new RegExp(`\r\n\r\n${LARGE}$`));
  });
});
