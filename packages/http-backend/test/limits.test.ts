import { expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { serve } from '../src/index.ts';
import { defaultLimits } from '../src/server/limits.ts';
import { parseResponses } from './support/responses.ts';
import { bytes, echo, hello, serving } from './support/serving.ts';

test.each([
  ['uriLength', { uriLength: 10 }, 'GET /1234567890 HTTP/1.1\r\nHost: a\r\n\r\n', 414, 'URI Too Long'],
  [
    'headerCount',
    { headerCount: 1 },
    'GET / HTTP/1.1\r\nHost: a\r\nb: c\r\n\r\n',
    431,
    'Request Header Fields Too Large',
  ],
  [
    'headSize',
    { headSize: 40 },
    `GET / HTTP/1.1\r\nHost: a\r\nb: ${'c'.repeat(20)}\r\n\r\n`,
    431,
    'Request Header Fields Too Large',
  ],
  ['maxBody', { maxBody: 1 }, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxx', 413, 'Content Too Large'],
])('%s', async (_name, options, request, status, reason) => {
  await using server = await serving(hello, options);
  const [response] = await server.ask(request);
  expect(response).toMatchObject({ status, reason });
});

test.each(Object.keys(defaultLimits))('Infinity lifts %s', async (name) => {
  await using server = await serving(hello, { [name]: Infinity });
  const client = await server.connect();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\n1');
  const received = await client.rest();
  expect(received).toMatch(/^HTTP\/1\.1 200 [^]*hello$/);
  // Not yet closed altogether: what is sent still is drained.
  client.send('2');
  await new Promise((resolve) => setTimeout(resolve, 20));
  client.send('3');
  client.end();
  await client.closed();
  expect(client.error).toBeUndefined();
});

test('a head that does not end is a 408', async () => {
  await using server = await serving(hello, { headersTimeout: 50 });
  const client = await server.connect();
  client.send('GET / HTTP/1.1\r\n');
  expect(parseResponses(await client.rest())).toMatchObject([{ status: 408 }]);
});

test('a head that trickles is a 408 all the same', async () => {
  await using server = await serving(hello, { headersTimeout: 100 });
  const client = await server.connect();
  client.send('GET / HTTP/1.1\r\nA: ');
  const timer = setInterval(() => client.send('x'), 10);
  expect(parseResponses(await client.rest())).toMatchObject([{ status: 408 }]);
  clearInterval(timer);
});

test('a connection that says nothing is closed without a word', async () => {
  await using server = await serving(hello, { headersTimeout: 50 });
  const client = await server.connect();
  expect(await client.rest()).toBe('');
});

test('an idle connection is closed', async () => {
  await using server = await serving(hello, { keepAliveTimeout: 50 });
  const client = await server.connect();
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(parseResponses(await client.rest())).toHaveLength(1);
});

test('an idle connection is closed, when its answer came later than its request', async () => {
  const later: App = async (environ, startResponse) => {
    await new Promise((resolve) => setImmediate(resolve));
    return hello(environ, startResponse);
  };
  await using server = await serving(later, { keepAliveTimeout: 50 });
  const client = await server.connect();
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(parseResponses(await client.rest())).toHaveLength(1);
});

test('a body that stands still rejects the read with a 408', async () => {
  await using server = await serving(echo, { requestTimeout: 50 });
  const client = await server.connect();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf');
  const [response] = parseResponses(await client.rest());
  expect(response?.status).toBe(408);
  expect(response?.headers.get('connection')).toBe('close');
});

test('a body that trickles below the rate does too', async () => {
  await using server = await serving(echo, { requestTimeout: 100, minimumRate: 1_000_000 });
  const client = await server.connect();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n');
  const timer = setInterval(() => client.send('x'), 10);
  expect(parseResponses(await client.rest())).toMatchObject([{ status: 408 }]);
  clearInterval(timer);
});

test('time does not run against a client whose body is not read', async () => {
  const app: App = async (environ, startResponse) => {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    let length = 0;
    for await (const chunk of environ['tsgi.input']) length += chunk.length;
    startResponse('200 OK', []);
    return [bytes(String(length))];
  };
  await using server = await serving(app, { requestTimeout: 500 });
  const client = await server.connect();
  const size = 4_000_000;
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`);
  client.send(new Uint8Array(size));
  expect(parseResponses(await client.rest())).toMatchObject([{ status: 200, body: String(size) }]);
});

test('connections beyond their number are closed', async () => {
  await using server = await serving(hello, { maxConnections: 1 });
  const first = await server.connect();
  first.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await first.until((received) => received.includes('hello'));
  const second = await server.connect();
  await second.rest();
  expect(second.received).toBe('');
});

test('a limit that is no positive number is refused', async () => {
  for (const value of [0, -1, Number.NaN]) {
    await expect(serve(hello, { port: 0, headSize: value })).rejects.toThrow('headSize: expected a number above 0');
  }
});

test('a Server header that no header can hold is refused', async () => {
  for (const value of ['a\r\nb: c', 'a\nb', 'a\0', 'a\x7f', '\u0100']) {
    await expect(serve(hello, { port: 0, serverHeader: value })).rejects.toThrow('serverHeader: expected text');
  }
});
