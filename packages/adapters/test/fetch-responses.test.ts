import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { setTimeout as delay } from 'node:timers/promises';
import type { App, Header } from '@tsgi/core';
import { callApp, type TestResponse } from '@tsgi/core/testing';
import { validator } from '@tsgi/core/validator';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fromFetch } from '../src/fetch.ts';
import { Response as LightResponse } from '../src/response.ts';

const NativeResponse = globalThis.Response;
const values = (answer: TestResponse, name: string): string[] =>
  answer.headers.filter(([header]) => header.toLowerCase() === name).map(([, value]) => value);

const answerWith = (make: () => unknown, app: (inner: App) => App = validator): ReturnType<typeof callApp> =>
  callApp(app(fromFetch(make as () => Response)));

/** From Node 24 on nobody is told what a body was made of, and a Blob is read in its own time. */
const tellsSource = Object.getOwnPropertySymbols(new NativeResponse('x')).some(
  ({ description }) => description === 'state',
);

describe.each([
  ['native', NativeResponse],
  ['light', LightResponse],
])('a %s Response', (_kind, Response) => {
  it.each([
    ['text', 'hällo', 'hällo', 'text/plain;charset=UTF-8'],
    ['bytes', Buffer.from('abc'), 'abc', undefined],
    ['a form', new URLSearchParams({ a: 'b c' }), 'a=b+c', 'application/x-www-form-urlencoded;charset=UTF-8'],
    ['a Blob', new Blob(['blob'], { type: 'text/x' }), 'blob', 'text/x'],
  ])('%s goes out in one chunk, with its length', async (_what, body, text, type) => {
    const headers = type === undefined ? { 'Content-Type': 'application/octet-stream' } : {};
    const answer = await answerWith(() => new Response(body as never, { headers }));
    expect([answer.text, answer.chunks.length]).toEqual([text, 1]);
    const isTold = tellsSource || !(body instanceof Blob);
    expect(values(answer, 'content-length')).toEqual(isTold ? [String(Buffer.byteLength(text))] : []);
    expect(values(answer, 'content-type')).toEqual([type ?? 'application/octet-stream']);
  });

  it('status, text, headers in their order, two cookies', async () => {
    const headers = new Headers([
      ['X-A', '1'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ]);
    const answer = await answerWith(() => new Response('x', { status: 404, statusText: 'Nothing', headers }));
    expect(answer.status).toBe('404 Nothing');
    expect(values(answer, 'set-cookie')).toEqual(['a=1', 'b=2']);
  });

  it('a status without a text has the usual one', async () => {
    expect((await answerWith(() => new Response(null, { status: 201 }))).status).toBe('201 Created');
  });

  it('json', async () => {
    const answer = await answerWith(() => Response.json({ a: 1 }, { status: 201, headers: { 'X-A': 'b' } }));
    expect([answer.status, answer.text, ...values(answer, 'content-type'), ...values(answer, 'x-a')]).toEqual([
      '201 Created',
      '{"a":1}',
      'application/json',
      'b',
    ]);
  });

  it('redirect and error', async () => {
    expect(values(await answerWith(() => Response.redirect('http://x.test/', 303)), 'location')).toEqual([
      'http://x.test/',
    ]);
    const answer = await callApp(fromFetch(() => Response.error()));
    expect(answer.status).toBe('500 Internal Server Error');
    expect(answer.errors).toContain('Response.error()');
  });

  it('HEAD has the length and not the body', async () => {
    const answer = await callApp(validator(fromFetch(() => new Response('hello'))), { method: 'HEAD' });
    expect([answer.text, ...values(answer, 'content-length')]).toEqual(['', '5']);
  });

  it('HEAD of a stream has no length, and does not wait for it', async () => {
    let cancelled = false;
    const stream = new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.from('first')),
      pull: () => new Promise(() => {}),
      cancel() {
        cancelled = true;
      },
    });
    const answer = await callApp(
      fromFetch(() => new Response(stream)),
      { method: 'HEAD' },
    );
    expect([answer.status, answer.text, ...values(answer, 'content-length')]).toEqual(['200 OK', '']);
    await expect.poll(() => cancelled, { timeout: 20_000 }).toBe(true);
  });

  it('hop-by-hop headers and Status are dropped', async () => {
    const headers = { Connection: 'close', 'Transfer-Encoding': 'chunked', Status: '200 OK', 'X-A': 'b' };
    const answer = await answerWith(() => new Response('x', { headers }));
    expect(answer.headers.map(([name]) => name.toLowerCase()).toSorted()).toEqual([
      'content-length',
      'content-type',
      'x-a',
    ]);
  });

  it('a stream is sent piece by piece, and cancelled when the client leaves', async () => {
    const leaving = new AbortController();
    let cancelled = false;
    const stream = new ReadableStream({
      async pull(controller) {
        controller.enqueue(Buffer.from('piece'));
        await delay(1);
        leaving.abort();
      },
      cancel() {
        cancelled = true;
      },
    });
    const answer = await callApp(
      fromFetch(() => new Response(stream)),
      { signal: leaving.signal },
    );
    await expect.poll(() => cancelled, { timeout: 20_000 }).toBe(true);
    expect(answer.text.startsWith('piece')).toBe(true);
  });

  it('a stream that fails later is cut off', async () => {
    const stream = new ReadableStream({
      async start(controller) {
        controller.enqueue(Buffer.from('first'));
        await delay(20);
        controller.error(new Error('planned'));
      },
    });
    const answer = await callApp(fromFetch(() => new Response(stream)));
    expect([answer.status, answer.text, answer.complete]).toEqual(['200 OK', 'first', false]);
  });

  it('is a Response, cloned and read like any other', async () => {
    const response = new Response('text', { headers: { 'X-A': 'b' } });
    expect(response instanceof NativeResponse).toBe(true);
    expect(new NativeResponse('x') instanceof Response).toBe(true);
    const clone = response.clone();
    expect([
      await response.text(),
      await clone.text(),
      clone.headers.get('x-a'),
      response.bodyUsed,
      response.ok,
    ]).toEqual(['text', 'text', 'b', true, true]);
    await expect(response.text()).rejects.toThrow(TypeError);
  });

  it('headers that are changed afterwards are sent', async () => {
    const answer = await answerWith(() => {
      const response = new Response('x');
      response.headers.set('Content-Type', 'text/html');
      response.headers.append('Set-Cookie', 'a=1');
      return response;
    });
    expect([...values(answer, 'content-type'), ...values(answer, 'set-cookie')]).toEqual(['text/html', 'a=1']);
  });

  it('refuses what the platform refuses', () => {
    expect(() => new Response('x', { status: 204 })).toThrow(TypeError);
    expect(() => new Response('x', { status: 42 })).toThrow(RangeError);
  });

  it('a body that was read is an error, not an empty answer', async () => {
    const answer = await callApp(
      fromFetch(async () => {
        const response = new Response(new Blob(['x']));
        await response.text();
        return response;
      }),
    );
    expect(answer.status).toBe('500 Internal Server Error');
  });
});

describe('answers of others', () => {
  async function upstream(headers: Record<string, string>, body: Buffer): Promise<string> {
    const server = createServer((_request, response) => response.writeHead(200, headers).end(body)).listen(
      0,
      '127.0.0.1',
    );
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise((resolve) => server.once('listening', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  it('an answer of fetch whose body was decoded loses coding and length', async () => {
    const body = gzipSync('hello '.repeat(1000));
    const headers = {
      'Content-Encoding': 'gzip',
      'Content-Length': String(body.byteLength),
      'Content-Type': 'text/plain',
    };
    const url = await upstream(headers, body);
    const answer = await answerWith(() => fetch(url));
    expect([answer.text, answer.complete]).toEqual(['hello '.repeat(1000), true]);
    expect(values(answer, 'content-encoding')).toEqual([]);
  });

  it('one that was not keeps its length', async () => {
    const url = await upstream({ 'Content-Length': '5', 'Content-Type': 'text/plain' }, Buffer.from('plain'));
    const answer = await answerWith(() => fetch(url));
    expect([answer.text, ...values(answer, 'content-length')]).toEqual(['plain', '5']);
  });

  it('an application that encodes by itself keeps both', async () => {
    const body = gzipSync('hello');
    const headers: Header[] = [
      ['Content-Encoding', 'gzip'],
      ['Content-Length', String(body.byteLength)],
      ['Content-Type', 'text/plain'],
    ];
    const answer = await answerWith(() => new Response(body, { headers }));
    expect([values(answer, 'content-encoding'), values(answer, 'content-length')]).toEqual([
      ['gzip'],
      [String(body.byteLength)],
    ]);
  });

  it.each([[undefined], ['text'], [{ status: 200 }], [42]])('%j is no Response, and the log says so', async (given) => {
    const answer = await callApp(fromFetch(() => given as never));
    expect(answer.status).toBe('500 Internal Server Error');
    expect(answer.errors).toContain('expected a Response');
  });

  it('a class of somebody else that has what a Response has', async () => {
    const foreign = {
      status: 202,
      statusText: '',
      headers: new Headers({ 'content-type': 'text/plain' }),
      body: new Blob(['foreign']).stream(),
    };
    const answer = await answerWith(() => foreign);
    expect([answer.status, answer.text]).toEqual(['202 Accepted', 'foreign']);
  });
});
