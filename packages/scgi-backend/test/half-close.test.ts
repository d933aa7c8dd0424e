import { type App, type RunningServer, TsgiAbortError } from '@tsgi/core';
import { afterEach, describe, expect, it } from 'vitest';
import { serve } from '../src/index.ts';
import { connectToServer, outcome, requestHeader, socketPath, until } from './wire.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const servers: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close({ grace: 0 })));
});

describe.each([
  ['TCP', () => ({ port: 0 })],
  ['a UNIX socket', () => ({ path: socketPath() })],
])('a FIN over %s', (_, where) => {
  async function start(app: App): Promise<RunningServer> {
    const server = await serve(app, { ...where(), errors: () => {} });
    servers.push(server);
    return server;
  }

  it('after the whole body is no abort: the answer still comes', async () => {
    let aborted = false;
    const server = await start(async (environ, startResponse) => {
      const body = await environ['tsgi.input'].read();
      const write = startResponse('200 OK', []);
      await write(encode('one '));
      await new Promise((resolve) => setTimeout(resolve, 100));
      ({ aborted } = environ['tsgi.signal']);
      return [body];
    });
    const socket = connectToServer(server);
    socket.end(`${requestHeader(3)}two`, 'latin1');
    expect(await outcome(socket)).toMatchObject({ text: 'Status: 200 OK\r\n\r\none two', error: undefined });
    expect(aborted).toBe(false);
  });

  it('R48: before the whole body aborts, and reading does not look complete', async () => {
    let failure: unknown;
    let signalled: unknown;
    const server = await start(async (environ, startResponse) => {
      startResponse('200 OK', []);
      try {
        await environ['tsgi.input'].read();
      } catch (error) {
        failure = error;
        signalled = environ['tsgi.signal'].reason;
      }
      return [encode('nobody reads this')];
    });
    const socket = connectToServer(server);
    socket.end(`${requestHeader(10)}short`, 'latin1');
    expect((await outcome(socket)).text).toBe('');
    await until(() => failure !== undefined);
    expect(failure).toBeInstanceOf(TsgiAbortError);
    expect(failure).toMatchObject({ rule: 'R48' });
    expect(signalled).toBeInstanceOf(TsgiAbortError);
  });

  it('R79, R98: then a failed write is an abort, and the body is closed once', async () => {
    const steps: string[] = [];
    const server = await start((environ, startResponse) => {
      environ['tsgi.signal'].addEventListener('abort', () => steps.push('signal'));
      environ['tsgi.after_response'].push(() => {
        steps.push('after_response');
      });
      startResponse('200 OK', []);
      const chunk = new Uint8Array(65_536);
      return {
        async *[Symbol.asyncIterator]() {
          try {
            for (;;) {
              yield chunk;
              await new Promise((resolve) => setImmediate(resolve));
            }
          } finally {
            steps.push('return');
          }
        },
        close() {
          steps.push('close');
        },
      };
    });
    const socket = connectToServer(server);
    socket.on('error', () => {});
    socket.write(requestHeader(0), 'latin1');
    socket.once('data', () => socket.destroy());
    await until(() => steps.includes('after_response'));
    expect(steps).toEqual(['signal', 'return', 'close', 'after_response']);
  });
});
