import { once } from 'node:events';
import { type App, TsgiError } from '@tsgi/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serve, type ServeOptions } from '../src/index.ts';
import { connectToServer, exchange, outcome, requestHeader, socketPath } from './wire.ts';

const echo: App = async (environ, startResponse) => {
  const body = await environ['tsgi.input'].read();
  startResponse('200 OK', []);
  return [body];
};

async function start(app: App, options: ServeOptions = {}): ReturnType<typeof serve> {
  const server = await serve(app, { port: 0, errors: () => {}, ...options });
  onTestFinished(() => server.close({ grace: 0 }));
  return server;
}

describe('maxConnections', () => {
  it.each([
    ['TCP', () => ({ port: 0 })],
    ['a UNIX socket', () => ({ path: socketPath() })],
  ])('over %s: further ones are closed at once, and served again when there is room', async (_wire, where) => {
    const server = await start(echo, { ...where(), maxConnections: 2 });
    const held = [connectToServer(server), connectToServer(server)];
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    const more = connectToServer(server);
    more.on('error', () => {});
    more.write(requestHeader(0), 'latin1');
    expect((await outcome(more)).text).toBe('');
    const [first] = held;
    first?.write(requestHeader(0), 'latin1');
    if (first !== undefined) expect((await outcome(first)).text).toMatch(/^Status: 200 /);
    await expect
      .poll(async () => (await exchange(server, requestHeader(0))).text, { timeout: 15_000 })
      .toMatch(/^Status: 200 /);
    held[1]?.destroy();
  });
});

describe('maxBody', () => {
  it('refuses a longer body with 413, and the application is not called', async () => {
    let calls = 0;
    const server = await start(
      (environ, startResponse) => {
        calls++;
        return echo(environ, startResponse);
      },
      { maxBody: 10 },
    );
    expect((await exchange(server, `${requestHeader(10)}0123456789`)).text).toMatch(/\r\n\r\n0123456789$/);
    expect((await exchange(server, `${requestHeader(11)}0123456789a`)).text).toMatch(/^Status: 413 /);
    expect(calls).toBe(1);
  });

  it('0 forbids every body', async () => {
    const server = await start(echo, { maxBody: 0 });
    expect((await exchange(server, requestHeader(0))).text).toMatch(/^Status: 200 /);
    expect((await exchange(server, `${requestHeader(1)}a`)).text).toMatch(/^Status: 413 /);
  });
});

describe('minimumRate', () => {
  it('a body that comes byte by byte is late in the end, though it never stands still', async () => {
    let failure: unknown;
    const server = await start(
      async (environ, startResponse) => {
        await environ['tsgi.input'].read().catch((error: unknown) => {
          failure = error;
          throw error;
        });
        startResponse('200 OK', []);
        return [];
      },
      { requestTimeout: 400, minimumRate: 1000 },
    );
    const socket = connectToServer(server);
    socket.write(requestHeader(1_000_000), 'latin1');
    const drip = setInterval(() => socket.write('x'), 20);
    const { text } = await outcome(socket);
    clearInterval(drip);
    expect(text).toMatch(/^Status: 408 /);
    expect(failure).toBeInstanceOf(TsgiError);
    expect(failure).toMatchObject({ code: 'BODY_TIMEOUT', statusHint: 408 });
  });

  it('what it is late by counts over all reads, also when the application reads piece by piece', async () => {
    const server = await start(
      async (environ, startResponse) => {
        for await (const _chunk of environ['tsgi.input']);
        startResponse('200 OK', []);
        return [];
      },
      { requestTimeout: 400, minimumRate: 1000 },
    );
    const socket = connectToServer(server);
    socket.write(requestHeader(1_000_000), 'latin1');
    const drip = setInterval(() => socket.write('x'), 20);
    expect((await outcome(socket)).text).toMatch(/^Status: 408 /);
    clearInterval(drip);
  });

  it('the time of an application that does not read is not the body’s', async () => {
    const server = await start(
      async (environ, startResponse) => {
        for await (const _chunk of environ['tsgi.input']) await new Promise((resolve) => setTimeout(resolve, 1_000));
        startResponse('200 OK', []);
        return [];
      },
      { requestTimeout: 900 },
    );
    const socket = connectToServer(server);
    const end = outcome(socket);
    socket.write(`${requestHeader(3)}a`, 'latin1');
    for (const byte of ['b', 'c']) {
      await new Promise((resolve) => setTimeout(resolve, 1_050));
      socket.write(byte);
    }
    expect((await end).text).toMatch(/^Status: 200 /);
  });
});

describe('a log that throws', () => {
  it('fails no request, no connection and no process', async () => {
    const errors = (): never => {
      throw new Error('the log is gone');
    };
    const server = await start(
      (environ, startResponse) => {
        environ['tsgi.errors'].write('a line\n');
        environ['tsgi.errors'].writelines(['another\n']);
        if (environ.PATH_INFO === '/fail') throw new Error('of the application');
        startResponse('200 OK', []);
        return [Buffer.from('served')];
      },
      { errors, headersTimeout: 200 },
    );
    expect((await exchange(server, requestHeader(0))).text).toMatch(/\r\n\r\nserved$/);
    expect((await exchange(server, requestHeader(0, { PATH_INFO: '/fail' }))).text).toMatch(/^Status: 500 /);
    expect((await exchange(server, requestHeader(0, { REQUEST_METHOD: 'G T' }))).text).toMatch(/^Status: 400 /);
    expect((await exchange(server, 'no netstring')).text).toBe('');
    expect((await exchange(server, '12')).text).toBe('');
    expect((await exchange(server, requestHeader(0))).text).toMatch(/\r\n\r\nserved$/);
  });
});
