import { once } from 'node:events';
import { connect, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2';
import { expect, test } from 'vitest';
import type { App, Header } from '@tsgi/core';
import { serve } from '../src/index.ts';
import {
  END_HEADERS,
  END_STREAM,
  GET,
  headersFrame,
  literals,
  PREFACE,
  settingsFrame,
} from './support/http2-frames.ts';
import { RawClient } from './support/raw-client.ts';
import { bytes, hello } from './support/serving.ts';

interface Answer {
  /** Names and values as they came, the status and what every answer has left out. */
  fields: string[];
  status: number;
  body: string;
}

async function over(app: App) {
  const log: string[] = [];
  const server = await serve(app, { port: 0, h2c: true, errors: (text) => log.push(text) });
  const session = connect(`http://127.0.0.1:${server.port}`);
  session.on('error', () => {});
  return {
    port: server.port ?? 0,
    session,
    log,
    async [Symbol.asyncDispose]() {
      session.destroy();
      await server.close({ grace: 0 });
    },
  };
}

async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
  const stream = session.request(headers);
  const response = once(stream, 'response') as Promise<[OutgoingHttpHeaders, number, string[]]>;
  const [head, , raw] = await response;
  const fields: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const [name = '', value = ''] = raw.slice(index, index + 2);
    if (![':status', 'date', 'server', 'content-length'].includes(name)) fields.push(`${name}: ${value}`);
  }
  let body = '';
  for await (const chunk of stream) body += String(chunk);
  return { status: Number(head[':status']), fields, body };
}

function answering(status: string, headers: Header[], body = 'x'): App {
  return (_environ, startResponse) => {
    startResponse(status, headers);
    return [bytes(body)];
  };
}

test('repeated fields are sent one by one, in their order (R63)', async () => {
  await using server = await over(
    answering('200 OK', [
      ['X-A', '1'],
      ['X-A', '2'],
      ['Vary', 'a'],
      ['Vary', 'b'],
      ['X-A', '3'],
    ]),
  );
  expect((await ask(server.session)).fields).toEqual(['x-a: 1', 'x-a: 2', 'x-a: 3', 'vary: a', 'vary: b']);
});

test('repeated fields of which Node sends one only become a list', async () => {
  await using server = await over(
    answering('200 OK', [
      ['ETag', '"a"'],
      ['ETag', '"b"'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ]),
  );
  expect((await ask(server.session)).fields).toEqual(['etag: "a", "b"', 'set-cookie: a=1', 'set-cookie: b=2']);
});

test('white space around a value is taken off: a client drops such a field (RFC 9113 §8.2.1)', async () => {
  await using server = await over(
    answering('200 OK', [
      ['X-A', ' a b\t'],
      ['X-B', '\xa0b\xa0'],
      ['X-C', ' '],
    ]),
  );
  expect((await ask(server.session)).fields).toEqual(['x-a: a b', 'x-b: \xa0b\xa0', 'x-c: ']);
});

test.each<[string, string, Header[]]>([
  ['a status above 599', '700 Odd', []],
  ['HTTP2-Settings', '200 OK', [['HTTP2-Settings', 'AAMAAABk']]],
])('%s, which HTTP/2 cannot send, is a 500 and not a stream that nobody answers', async (_name, status, headers) => {
  await using server = await over((environ, startResponse) =>
    (environ.PATH_INFO === '/good' ? hello : answering(status, headers))(environ, startResponse),
  );
  expect(await ask(server.session)).toMatchObject({ status: 500, body: '500 Internal Server Error\n' });
  expect(server.log.join('')).toMatch(/700|http2-settings/);
  expect(await ask(server.session, { ':path': '/good' })).toMatchObject({ status: 200 });
});

test('a head of any length passes', async () => {
  const headers = Array.from({ length: 5 }, (_none, index): Header => [`X-${index}`, 'y'.repeat(70_000)]);
  await using server = await over(answering('200 OK', headers));
  const client = await RawClient.connect({ host: '127.0.0.1', port: server.port });
  const head = headersFrame(1, END_STREAM + END_HEADERS, GET);
  client.send(Buffer.concat([Buffer.from(PREFACE), settingsFrame(), head]));
  // DATA, its length, END_STREAM.
  const received = await client.until((all) => all.includes('\0\0\x01\0\x01\0\0\0\x01x'));
  expect(received.length).toBeGreaterThan(5 * 50_000);
  client.destroy();
});

test('a 205 has no content, and says so', async () => {
  await using server = await over(async (_environ, startResponse) => {
    const write = startResponse('205 Reset Content', [['Content-Length', '2']]);
    await write(bytes('a'));
    return [bytes('b')];
  });
  const stream = server.session.request({});
  const [head] = (await once(stream, 'response')) as [OutgoingHttpHeaders];
  expect(head).toMatchObject({ ':status': 205, 'content-length': '0' });
  expect(await stream.toArray()).toEqual([]);
  expect(stream.rstCode).toBe(0);
  expect(server.log).toEqual([]);
});

test.each(['GET', 'HEAD'])('a refused %s is answered as over HTTP/1.1', async (method) => {
  await using server = await over(hello);
  const stream = server.session.request({ ':method': method, ':path': '/a#b' });
  const [head] = (await once(stream, 'response')) as [OutgoingHttpHeaders];
  const body = Buffer.concat(await stream.toArray()).toString();
  expect(head).toMatchObject({ ':status': 400, server: 'TSGI', 'content-type': 'text/plain; charset=utf-8' });
  const client = await RawClient.connect({ host: '127.0.0.1', port: server.port });
  client.send(`${method} /a#b HTTP/1.1\r\nHost: a\r\n\r\n`);
  const received = await client.rest();
  client.destroy();
  expect(received).toContain(`Content-Length: ${String(head['content-length'])}\r\n`);
  expect(received.slice(received.indexOf('\r\n\r\n') + 4)).toBe(body);
  expect(stream.rstCode).toBe(0);
});

test('an expectation that is not known is a 417 without a body, too (R52)', async () => {
  await using server = await over(hello);
  expect(await ask(server.session, { expect: 'the-inquisition' })).toMatchObject({ status: 417 });
  expect(await ask(server.session, { expect: '100-continue' })).toMatchObject({ status: 200 });
});

test.each([
  ['http://b/x', 400],
  ['x', 400],
  ['*', 400],
  ['/x', 200],
])('the path %s of a scheme that nghttp2 does not know', async (path, expected) => {
  let host: string | undefined;
  await using server = await over((environ, startResponse) => {
    host = environ.HTTP_HOST;
    return hello(environ, startResponse);
  });
  const client = await RawClient.connect({ host: '127.0.0.1', port: server.port });
  const head = literals({ ':method': 'GET', ':scheme': 'foo', ':path': path, ':authority': 'a' });
  client.send(Buffer.concat([Buffer.from(PREFACE), settingsFrame(), headersFrame(1, END_STREAM + END_HEADERS, head)]));
  const received = await client.until((all) => /hello|400 Bad/.test(all));
  expect(received).toContain(expected === 200 ? 'hello' : '400 Bad Request');
  expect(host).toBe(expected === 200 ? 'a' : undefined);
  client.destroy();
});

test.each<[string, [string, string][], string | undefined]>([
  ['the same', [['host', 'A.test']], 'a.test'],
  ['another', [['host', 'b.test']], undefined],
  ['another port', [['host', 'a.test:80']], undefined],
  [
    'two',
    [
      ['host', 'a.test'],
      ['host', 'a.test'],
    ],
    undefined,
  ],
  [
    'two, and no :authority',
    [
      ['host', 'a.test'],
      ['host', 'b.test'],
    ],
    undefined,
  ],
])('R37: a Host beside :authority: %s', async (name, hosts, expected) => {
  let found: string | undefined;
  await using server = await over((environ, startResponse) => {
    found = environ.HTTP_HOST;
    return hello(environ, startResponse);
  });
  const client = await RawClient.connect({ host: '127.0.0.1', port: server.port });
  const pseudo = { ':method': 'GET', ':scheme': 'http', ':path': '/' };
  const head = [
    literals(name.includes('no :authority') ? pseudo : { ...pseudo, ':authority': 'a.test' }),
    ...hosts.map(([field, value]) => literals({ [field]: value })),
  ];
  const block = headersFrame(1, END_STREAM + END_HEADERS, Buffer.concat(head));
  client.send(Buffer.concat([Buffer.from(PREFACE), settingsFrame(), block]));
  // nghttp2 resets a stream with two of them by itself.
  const received = await client.until((all) => /hello|400 Bad|\x00\x00\x04\x03\x00\x00\x00\x00\x01/.test(all));
  expect(received.includes('hello')).toBe(expected !== undefined);
  expect(found).toBe(expected);
  client.destroy();
});
