import type { App, RunningServer } from '@tsgi/core';
import { afterEach, describe, expect, it } from 'vitest';
import { serve, type ServeOptions } from '../src/index.ts';
import { exchange, requestHeader, socketPath } from './wire.ts';

const servers: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close({ grace: 0 })));
});

async function start(app: App, options: ServeOptions): Promise<RunningServer> {
  const server = await serve(app, { errors: () => {}, ...options });
  servers.push(server);
  return server;
}

function failing(headers: [string, string][]): App {
  return (_environ, startResponse) => {
    startResponse('200 OK', headers);
    return (async function* body() {
      yield new TextEncoder().encode('begun');
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error('on purpose');
    })();
  };
}

describe('R77: an answer that fails after its head', () => {
  it('is reset over TCP', async () => {
    const server = await start(failing([]), { port: 0 });
    expect((await exchange(server, requestHeader(0))).error).toBe('ECONNRESET');
  });

  it('ends short of its length over a UNIX socket', async () => {
    const server = await start(failing([['Content-Length', '100']]), { path: socketPath() });
    const { text } = await exchange(server, requestHeader(0));
    expect(text).toBe('Status: 200 OK\r\nContent-Length: 100\r\n\r\nbegun');
  });

  it('R81: is one that has fewer bytes than it announced', async () => {
    const app: App = (_environ, startResponse) => {
      startResponse('200 OK', [['Content-Length', '100']]);
      return [new TextEncoder().encode('12345'), new TextEncoder().encode('67890')];
    };
    const { text } = await exchange(await start(app, { path: socketPath() }), requestHeader(0));
    expect(text).toBe('Status: 200 OK\r\nContent-Length: 100\r\n\r\n1234567890');
  });
});
