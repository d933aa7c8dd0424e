import { once } from 'node:events';
import type { App, RunningServer } from '@tsgi/core';
import { afterEach, describe, expect, it } from 'vitest';
import { serve } from '../src/index.ts';
import { connectToServer, exchange, outcome, requestHeader, socketPath } from './wire.ts';

const servers: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close({ grace: 0 })));
});

const refuse: App = (_environ, startResponse) => {
  startResponse('413 Content Too Large', []);
  return [new TextEncoder().encode('too much')];
};

describe.each([
  ['TCP', () => ({ port: 0 })],
  ['a UNIX socket', () => ({ path: socketPath() })],
])('R53: over %s, a body that nobody reads', (_, where) => {
  async function start(app: App): Promise<RunningServer> {
    const server = await serve(app, { ...where(), errors: () => {} });
    servers.push(server);
    return server;
  }

  it('does not cost the sender its answer', async () => {
    const server = await start(refuse);
    const socket = connectToServer(server);
    socket.write(requestHeader(1_000_000), 'latin1');
    // The answer is on its way before most of the body is sent.
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (let sent = 0; sent < 10; sent++) socket.write(Buffer.alloc(100_000));
    expect(await outcome(socket)).toEqual({
      text: 'Status: 413 Content Too Large\r\nContent-Length: 8\r\n\r\ntoo much',
      error: undefined,
    });
  });

  it('is over for who still reads it when the answer is', async () => {
    const settled: string[] = [];
    const server = await start((environ, startResponse) => {
      environ['tsgi.input'].read().then(
        (bytes) => settled.push(`${bytes.byteLength} bytes`),
        (error: unknown) => settled.push(String(error)),
      );
      return refuse(environ, startResponse);
    });
    const socket = connectToServer(server);
    socket.write(requestHeader(1_000), 'latin1');
    const end = outcome(socket);
    await end;
    await expect.poll(() => settled.length, { timeout: 10_000 }).toBe(1);
  });

  it('does not cost the sender of a malformed request its refusal', async () => {
    const server = await start(refuse);
    const socket = connectToServer(server);
    socket.write(requestHeader(500_000, { REQUEST_METHOD: 'G T' }), 'latin1');
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.write(Buffer.alloc(500_000));
    expect(await outcome(socket)).toMatchObject({ text: expect.stringMatching(/^Status: 400 /), error: undefined });
  });

  it.each([4, 24])(
    'of %i MiB, of a front end that sends it whole before it reads: it gets the answer',
    async (size) => {
      const server = await start(refuse);
      const socket = connectToServer(server);
      socket.pause();
      socket.write(requestHeader(size * 1_048_576), 'latin1');
      for (let sent = 0; sent < size; sent++) {
        if (!socket.write(Buffer.alloc(1_048_576))) await once(socket, 'drain');
      }
      const end = outcome(socket);
      socket.resume();
      expect(await end).toEqual({
        text: 'Status: 413 Content Too Large\r\nContent-Length: 8\r\n\r\ntoo much',
        error: undefined,
      });
    },
  );

  it('is not read beyond drainSize', async () => {
    const server = await serve(refuse, { ...where(), errors: () => {}, drainSize: 100_000 });
    servers.push(server);
    const socket = connectToServer(server);
    socket.write(requestHeader(1_000_000_000), 'latin1');
    let sent = 0;
    const more = (): void => {
      while (!socket.destroyed && socket.write(Buffer.alloc(65_536))) sent += 65_536;
    };
    socket.on('error', () => {});
    socket.on('drain', more);
    more();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(sent).toBeLessThan(30_000_000);
  });

  it('is let go of when its application reads a part of it', async () => {
    const server = await start(async (environ, startResponse) => {
      const head = await environ['tsgi.input'].read(4);
      startResponse('200 OK', []);
      return [head];
    });
    expect(await exchange(server, `${requestHeader(300_000)}head${'x'.repeat(299_996)}`)).toMatchObject({
      text: expect.stringMatching(/\r\n\r\nhead$/),
      error: undefined,
    });
  });
});

describe('R45: what comes after the body', () => {
  it('is not part of it', async () => {
    const app: App = async (environ, startResponse) => {
      startResponse('200 OK', []);
      return [await environ['tsgi.input'].read()];
    };
    const server = await serve(app, { port: 0 });
    servers.push(server);
    const { text, error } = await exchange(server, `${requestHeader(4)}body and more`);
    expect(text).toMatch(/\r\n\r\nbody$/);
    expect(error).toBeUndefined();
  });
});
