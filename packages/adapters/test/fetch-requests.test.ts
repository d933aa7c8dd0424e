import { setImmediate as turn } from 'node:timers/promises';
import type { Bytes, Input } from '@tsgi/core';
import { callApp, testEnviron, type TestRequest } from '@tsgi/core/testing';
import { validator } from '@tsgi/core/validator';
import { describe, expect, it } from 'vitest';
import { environOf, type FetchHandler, fromFetch, type ServerRequest } from '../src/fetch.ts';

type Seen = (request: ServerRequest) => unknown;

/** What a handler sees of a request, as JSON. */
async function see(look: Seen, request: TestRequest, kind: 'light' | 'native'): Promise<unknown> {
  const handler: FetchHandler = async (given) => Response.json((await look(given as ServerRequest)) ?? null);
  const answer = await callApp(validator(fromFetch(handler, { request: kind })), request);
  expect(`${answer.status} ${answer.text}`).toMatch(/^200 /);
  return JSON.parse(answer.text);
}

const form = { method: 'POST', headers: [['Content-Type', 'application/x-www-form-urlencoded']] as [string, string][] };

describe.each(['light', 'native'] as const)('a %s request', (kind) => {
  const looks: [what: string, look: Seen, request: TestRequest, expected: unknown][] = [
    ['is a Request', (request) => request instanceof Request, {}, true],
    ['has Headers', (request) => request.headers instanceof Headers, {}, true],
    ['method', ({ method }) => method, { method: 'PUT' }, 'PUT'],
    ['url', ({ url }) => url, { target: '/a%2Fb/%C3%A4?x=%20&y' }, 'http://127.0.0.1/a%2Fb/%C3%A4?x=%20&y'],
    [
      'url, whose dot segments are resolved as everywhere',
      ({ url }) => url,
      { target: '/a/../b/./c' },
      'http://127.0.0.1/b/c',
    ],
    [
      'url, with the port of Host',
      ({ url }) => url,
      { headers: [['Host', 'Example.TEST:8080']] },
      'http://example.test:8080/',
    ],
    [
      'url below SCRIPT_NAME',
      ({ url }) => url,
      { target: '/app/x%2Fy', environ: { SCRIPT_NAME: '/app', PATH_INFO: '/x/y' } },
      'http://127.0.0.1/x%2Fy',
    ],
    ['url of an https request', ({ url }) => url, { environ: { 'tsgi.url_scheme': 'https' } }, 'https://127.0.0.1/'],
    [
      'one header',
      ({ headers }) => [headers.get('X-A'), headers.has('x-a'), headers.get('x-none')],
      { headers: [['x-a', 'b']] },
      ['b', true, null],
    ],
    [
      'all headers',
      ({ headers }) => Object.fromEntries(headers),
      {
        headers: [
          ['X-A', 'b'],
          ['Cookie', 'c=d'],
        ],
      },
      { cookie: 'c=d', host: '127.0.0.1', 'x-a': 'b' },
    ],
    [
      'headers that are changed',
      ({ headers }) => {
        headers.set('x-new', '1');
        headers.delete('host');
        return Object.fromEntries(headers);
      },
      {},
      { 'x-new': '1' },
    ],
    ['text', (request) => request.text(), { method: 'POST', body: 'ä' }, 'ä'],
    ['json', (request) => request.json(), { method: 'POST', body: '{"a":1}' }, { a: 1 }],
    ['arrayBuffer', async (request) => (await request.arrayBuffer()).byteLength, { method: 'POST', body: 'abc' }, 3],
    [
      'blob',
      async (request) => {
        const blob = await request.blob();
        return [blob.type, await blob.text()];
      },
      { ...form, body: 'a=1' },
      ['application/x-www-form-urlencoded', 'a=1'],
    ],
    [
      'formData',
      async (request) => Object.fromEntries(await request.formData()),
      { ...form, body: 'a=1&b=%20' },
      { a: '1', b: ' ' },
    ],
    [
      'body',
      async ({ body }) => {
        let text = '';
        for await (const piece of body ?? []) text += Buffer.from(piece as Bytes).toString();
        return text;
      },
      { method: 'POST', body: [Buffer.from('a'), Buffer.from('b')] },
      'ab',
    ],
    ['no body for GET', ({ body }) => body, { body: 'ignored' }, null],
    ['no body where none comes', ({ body }) => body, { method: 'POST' }, null],
    [
      'a body that was read',
      async (request) => {
        await request.text();
        return [request.bodyUsed, await request.text().catch((error: Error) => error.name)];
      },
      { method: 'POST', body: 'a' },
      [true, 'TypeError'],
    ],
    [
      'a clone',
      async (request) => {
        const clone = request.clone();
        return [await request.text(), await clone.text(), clone.url];
      },
      { method: 'POST', body: 'a' },
      ['a', 'a', 'http://127.0.0.1/'],
    ],
    [
      'what few ask for',
      ({ redirect, credentials, cache }) => [redirect, credentials, cache],
      {},
      ['follow', 'same-origin', 'default'],
    ],
    ['ip and runtime, for H3', ({ ip, runtime }) => [ip, runtime.name], {}, ['127.0.0.1', 'tsgi']],
    ['its environ', (request) => environOf(request)?.REQUEST_URI, { target: '/x' }, '/x'],
    ['and others have none', () => environOf(new Request('http://x/')) ?? 'none', {}, 'none'],
  ];
  it.each(looks)('%s', async (_what, look, request, expected) => {
    expect(await see(look, request, kind)).toEqual(expected);
  });

  it('reads no further ahead than its reader', async () => {
    let taken = 0;
    const input = {
      [Symbol.asyncIterator]: () => ({ next: async () => ({ done: taken++ > 100, value: Buffer.alloc(65_536) }) }),
    } as unknown as Input;
    const environ = testEnviron({ method: 'POST', environ: { 'tsgi.input': input, 'tsgi.has_body': true } });
    const reading = fromFetch(
      async (request) => {
        const reader = request.body?.getReader();
        await reader?.read();
        for (let turns = 0; turns < 20; turns++) await turn();
        return new Response('x');
      },
      { request: kind },
    );
    await reading(environ, () => () => Promise.resolve());
    expect(taken).toBeLessThan(4);
  });

  it('its signal aborts when the client has left, and not after an answer', async () => {
    const leaving = new AbortController();
    const signals: AbortSignal[] = [];
    const app = fromFetch(
      (request) => {
        signals.push(request.signal);
        if (new URL(request.url).pathname === '/') return new Response('x');
        setImmediate(() => leaving.abort());
        return new Promise<Response>((_resolve, reject) =>
          request.signal.addEventListener('abort', () => reject(request.signal.reason)),
        );
      },
      { request: kind },
    );
    await callApp(app);
    await callApp(app, { target: '/wait', signal: leaving.signal });
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
  });
});

describe('fromFetch', () => {
  const hello: FetchHandler = () => new Response('x');

  it.each([
    ['a path in Host', 'example.test/evil'],
    ['a user in Host', 'evil@example.test'],
    ['a query in Host', 'example.test?'],
    ['white space in Host', 'a b'],
  ])('refuses %s: it would be another URL', async (_what, host) => {
    const app = fromFetch((request) => new Response(request.url));
    const answer = await callApp(app, { environ: { HTTP_HOST: host } });
    expect(answer.status).toBe('400 Bad Request');
  });

  it.each(['CONNECT', 'TRACE'])('%s is 501: fetch has no such request', async (method) => {
    const target = method === 'CONNECT' ? 'example.test:443' : '/';
    expect((await callApp(fromFetch(hello), { method, target })).status).toBe('501 Not Implemented');
  });

  it('OPTIONS * has a URL', async () => {
    const app = fromFetch((request) => new Response(request.url));
    expect((await callApp(app, { method: 'OPTIONS', target: '*' })).text).toBe('http://127.0.0.1/*');
  });

  it('waitUntil holds the end of the request, and a rejection is logged', async () => {
    const order: string[] = [];
    const app = fromFetch((request, _environ, context) => {
      context.waitUntil(turn().then(() => order.push('context')));
      (request as ServerRequest).waitUntil(Promise.reject(new Error('late')));
      context.passThroughOnException();
      return new Response('x');
    });
    const answer = await callApp(app);
    expect(order).toEqual(['context']);
    expect(answer.errors).toContain('late');
  });

  it('new Request(request) works with a light one on Node 20 and 22', async () => {
    if (Number(process.versions.node.split('.')[0]) >= 24) return;
    const seen = await see(
      async (request) => {
        const copy = new Request(request, { headers: { 'x-a': 'b' } });
        return [copy.method, copy.headers.get('x-a'), await copy.text()];
      },
      { method: 'POST', body: 'a' },
      'light',
    );
    expect(seen).toEqual(['POST', 'b', 'a']);
  });

  it.each([
    ['an object', {}],
    ['a function', () => new Response('called itself', { status: 500 })],
  ])('%s that has a fetch is used by it, as its method', async (_what, holder) => {
    const app = Object.assign(holder, {
      greeting: 'hello',
      fetch(this: { greeting: string }, request: Request) {
        return new Response(`${this.greeting} from ${new URL(request.url).pathname}`);
      },
    });
    const answer = await callApp(fromFetch(app), { target: '/a' });
    expect([answer.status, answer.text]).toEqual(['200 OK', 'hello from /a']);
  });

  it('a function whose fetch is none is called itself', async () => {
    expect((await callApp(fromFetch(Object.assign(() => new Response('itself'), { fetch: 1 })))).text).toBe('itself');
  });

  it.each([[undefined], [null], [{ fetch: 1 }], ['app']])('takes no %j', (given) => {
    expect(() => fromFetch(given as never)).toThrow(TypeError);
  });

  it('takes no request of another kind', () => {
    expect(() => fromFetch(hello, { request: 'heavy' as never })).toThrow(
      /request: expected 'light' or 'native', found "heavy"/,
    );
  });
});
