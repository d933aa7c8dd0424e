import type { App } from '@tsgi/core';
import { validator } from '@tsgi/core/validator';
import { describe, expect, it } from 'vitest';
import { toFetch } from '../src/fetch.ts';

const tell: App = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'application/json']]);
  const { REMOTE_ADDR, REMOTE_PORT, SERVER_NAME, SERVER_PORT, HTTP_HOST, CONTENT_LENGTH, QUERY_STRING } = environ;
  const seen = { REMOTE_ADDR, REMOTE_PORT, SERVER_NAME, SERVER_PORT, HTTP_HOST, CONTENT_LENGTH, QUERY_STRING };
  return [Buffer.from(JSON.stringify({ ...seen, scheme: environ['tsgi.url_scheme'], body: environ['tsgi.has_body'] }))];
};

const quiet = { errors() {} };

describe('toFetch', () => {
  const handler = toFetch(validator(tell), quiet);
  const look = async (...given: Parameters<typeof handler>): Promise<unknown> => (await handler(...given)).json();

  it('makes an environ of a Request', async () => {
    expect(await look(new Request('https://example.test:8443/a?b=c'))).toEqual({
      SERVER_NAME: 'example.test',
      SERVER_PORT: '8443',
      HTTP_HOST: 'example.test:8443',
      QUERY_STRING: 'b=c',
      scheme: 'https',
      body: false,
    });
  });

  it.each([
    ["Bun's server", [{ requestIP: () => ({ address: '192.0.2.1', port: 1234 }) }], '1234'],
    ["Deno's info", [{ remoteAddr: { hostname: '192.0.2.1', port: 1234 } }], '1234'],
    ["Workers' env and context", [{ KEY: 'value' }, { waitUntil() {} }], undefined],
  ])('takes the address from %s', async (_what, context, port) => {
    const seen = (await look(new Request('http://x.test/'), ...context)) as Record<string, string>;
    expect(seen['REMOTE_PORT']).toBe(port);
    expect(seen['REMOTE_ADDR']).toBe(port && '192.0.2.1');
  });

  it('streams: the reader of the answer sets the pace', async () => {
    let made = 0;
    const app: App = async function* app(_environ: unknown, startResponse: Parameters<App>[1]) {
      startResponse('200 OK', [['Content-Type', 'text/plain']]);
      for (; made < 100; made++) yield Buffer.alloc(65_536);
    } as unknown as App;
    const response = await toFetch(app, quiet)(new Request('http://x.test/'));
    expect(made).toBeLessThan(4);
    expect((await response.arrayBuffer()).byteLength).toBe(100 * 65_536);
  });

  it('a reader that cancels is a client that has left', async () => {
    let aborted = false;
    const app: App = (environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']]);
      environ['tsgi.signal'].addEventListener('abort', () => {
        aborted = true;
      });
      return (async function* body() {
        for (;;) yield Buffer.alloc(65_536);
      })();
    };
    const response = await toFetch(app, quiet)(new Request('http://x.test/'));
    await response.body?.cancel();
    expect(aborted).toBe(true);
  });

  it('a request that is aborted, before and during the answer', async () => {
    const reasons: unknown[] = [];
    const app: App = (environ) =>
      new Promise((_resolve, reject) => {
        environ['tsgi.signal'].addEventListener('abort', () => {
          reasons.push(environ['tsgi.signal'].reason.name);
          reject(new Error('gone'));
        });
      });
    const controller = new AbortController();
    const answer = toFetch(app, quiet)(new Request('http://x.test/', { signal: controller.signal }));
    setImmediate(() => controller.abort());
    expect((await answer).status).toBe(499);
    expect(reasons).toEqual(['AbortError']);
  });

  it('an answer that fails after its head is an error of its stream', async () => {
    const app: App = async function* app(_environ: unknown, startResponse: Parameters<App>[1]) {
      startResponse('200 OK', [['Content-Type', 'text/plain']]);
      yield Buffer.from('first');
      throw new Error('planned');
    } as unknown as App;
    const response = await toFetch(app, quiet)(new Request('http://x.test/'));
    await expect(response.text()).rejects.toThrow('failed after its head');
  });

  it('tells the host to live on until all is done', async () => {
    const order: string[] = [];
    let done: Promise<unknown> = Promise.resolve();
    const app: App = (environ, startResponse) => {
      environ['tsgi.after_response'].push(async () => {
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
        order.push('after');
      });
      startResponse('204 No Content', []);
      return [];
    };
    const host = { waitUntil: (promise: Promise<unknown>) => void (done = promise) };
    await toFetch(app, quiet)(new Request('http://x.test/'), {}, host);
    await done;
    expect(order).toEqual(['after']);
  });

  it.each([
    ['two lengths', { 'content-length': '1, 2' }, 400],
    ['a status that fetch does not know', {}, 500],
  ])('%s is an answer, and no rejection', async (_what, headers, status) => {
    const odd: App = (_environ, startResponse) => {
      startResponse('799 Odd', []);
      return [];
    };
    const response = await toFetch(odd, quiet)(new Request('http://x.test/', { headers }));
    expect(response.status).toBe(status);
  });

  it('takes applications only', () => expect(() => toFetch({} as never)).toThrow(TypeError));
});
