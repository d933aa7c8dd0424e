import { type RunningServer, TsgiError } from '@tsgi/core';
import { afterEach, describe, expect, it } from 'vitest';
import { serve } from '../src/index.ts';
import { connectToServer, exchange, outcome, requestHeader } from './wire.ts';

const servers: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close({ grace: 0 })));
});

describe('a peer that stops sending', () => {
  it('is closed when its header does not come, drop by drop or not at all', async () => {
    let log = '';
    const server = await serve(() => [], {
      port: 0,
      headersTimeout: 200,
      errors: (text) => {
        log += text;
      },
    });
    servers.push(server);
    expect((await exchange(server, '')).text).toBe('');
    expect(log).toBe('');
    const socket = connectToServer(server);
    const drip = setInterval(() => socket.write('1'), 50);
    const { text } = await outcome(socket);
    clearInterval(drip);
    expect(text).toBe('');
    expect(log).toContain('no whole header within 200 ms');
  });

  it('fails the reading of its body, with 408 unless the application knows better', async () => {
    let failure: unknown;
    const server = await serve(
      async (environ, startResponse) => {
        try {
          await environ['tsgi.input'].read();
        } catch (error) {
          failure = error;
          throw error;
        }
        startResponse('200 OK', []);
        return [];
      },
      { port: 0, requestTimeout: 50, errors: () => {} },
    );
    servers.push(server);
    expect((await exchange(server, `${requestHeader(10)}half`)).text).toMatch(/^Status: 408 Request Timeout\r\n/);
    expect(failure).toBeInstanceOf(TsgiError);
    expect(failure).toMatchObject({ code: 'BODY_TIMEOUT', side: 'peer' });
  });

  it.each(['headersTimeout', 'requestTimeout'])('has all the time it wants when %s is Infinity', async (name) => {
    const server = await serve(
      async (environ, startResponse) => {
        const body = await environ['tsgi.input'].read();
        startResponse('200 OK', []);
        return [body];
      },
      { port: 0, [name]: Infinity },
    );
    servers.push(server);
    const socket = connectToServer(server);
    const answer = outcome(socket);
    for (const piece of [requestHeader(4).slice(0, 9), requestHeader(4).slice(9), 'bo', 'dy']) {
      socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect((await answer).text).toMatch(/^Status: 200 .*\r\n\r\nbody$/s);
  });

  it('is not blamed for an application that does not read', async () => {
    const server = await serve(
      async (environ, startResponse) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        const body = await environ['tsgi.input'].read();
        startResponse('200 OK', []);
        return [new TextEncoder().encode(String(body.byteLength))];
      },
      { port: 0, requestTimeout: 100 },
    );
    servers.push(server);
    const { text } = await exchange(server, `${requestHeader(1_000_000)}${'x'.repeat(1_000_000)}`);
    expect(text).toMatch(/\r\n\r\n1000000$/);
  });
});
