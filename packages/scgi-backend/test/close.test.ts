import { type App, TsgiAbortError } from '@tsgi/core';
import { describe, expect, it } from 'vitest';
import { makeServer, serve } from '../src/index.ts';
import { connectToServer, exchange, outcome, requestHeader, until } from './wire.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const hello: App = (_environ, startResponse) => {
  startResponse('200 OK', []);
  return [encode('hello')];
};

describe('closing the server', () => {
  it('finishes the request that runs, and the one whose header is still on its way', async () => {
    let begun = false;
    const server = await serve(
      async (environ, startResponse) => {
        begun = true;
        await new Promise((resolve) => setTimeout(resolve, 100));
        startResponse('200 OK', []);
        return [encode(environ.PATH_INFO)];
      },
      { port: 0 },
    );
    const running = exchange(server, requestHeader(0, { PATH_INFO: '/running' }));
    const late = connectToServer(server);
    const text = requestHeader(0, { PATH_INFO: '/late' });
    late.write(text.slice(0, 20), 'latin1');
    await until(() => begun);
    const closed = server.close();
    late.write(text.slice(20), 'latin1');
    expect((await running).text).toMatch(/\/running$/);
    expect((await outcome(late)).text).toMatch(/\/late$/);
    await closed;
  });

  it('aborts what runs when the grace is over', async () => {
    let reason: unknown;
    const server = await serve(
      (environ) =>
        new Promise((_resolve, reject) => {
          environ['tsgi.signal'].addEventListener('abort', () => {
            ({ reason } = environ['tsgi.signal']);
            reject(reason);
          });
        }),
      { port: 0, errors: () => {} },
    );
    const socket = connectToServer(server);
    const ended = outcome(socket);
    socket.write(requestHeader(0), 'latin1');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.close({ grace: 50 });
    expect((await ended).text).toBe('');
    expect(reason).toBeInstanceOf(TsgiAbortError);
  });

  it('waits for the request of a connection that is there, where another server takes over', async () => {
    const server = await serve(hello, { port: 0 });
    const fresh = connectToServer(server);
    const answered = outcome(fresh);
    await exchange(server, requestHeader(0));
    const closed = server.close({ grace: 600_000, keepAlive: 600_000 });
    // Longer than a server waits that nobody takes over from.
    await new Promise((resolve) => setTimeout(resolve, 600));
    fresh.write(requestHeader(0), 'latin1');
    expect((await answered).text).toMatch(/hello$/);
    await closed;
  });

  it('does not wait for a connection that says nothing', async () => {
    const server = await serve(hello, { port: 0 });
    const idle = outcome(connectToServer(server));
    await exchange(server, requestHeader(0));
    await server.close({ grace: 10_000 });
    expect((await idle).text).toBe('');
  });
});

describe('makeServer', () => {
  it('handles one request, or all until it is closed', async () => {
    const server = makeServer('127.0.0.1', 0, hello);
    await server.listening;
    const at = {
      address: server.address ?? '',
      port: server.port,
      closed: Promise.resolve(),
      close: () => server.close(),
    };
    const first = exchange(at, requestHeader(0));
    await server.handleRequest();
    expect((await first).text).toMatch(/hello$/);
    const forever = server.serveForever();
    expect((await exchange(at, requestHeader(0))).text).toMatch(/hello$/);
    expect((await exchange(at, requestHeader(0))).text).toMatch(/hello$/);
    await server.close();
    await forever;
  });
});
