import { expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { parseResponses } from './support/responses.ts';
import { bytes, echo, hello, serving } from './support/serving.ts';

const refuse: App = (_environ, startResponse) => {
  startResponse('413 Content Too Large', []);
  return [bytes('too much')];
};

test('a small unread body is taken off the wire, and the connection goes on', async () => {
  await using server = await serving(hello);
  const client = await server.connect();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n');
  await client.until((received) => received.includes('hello'));
  client.send('12345GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const received = await client.until((text) => text.split('hello').length > 2);
  expect(parseResponses(received).map(({ headers }) => headers.get('connection'))).toEqual([undefined, undefined]);
});

test('a refused upload still sees its answer: the connection is not reset while the client sends', async () => {
  await using server = await serving(refuse);
  const client = await server.connect();
  const size = 50_000_000;
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
  client.send(new Uint8Array(500_000));
  const [response] = parseResponses(await client.rest());
  expect(response).toMatchObject({ status: 413, body: 'too much' });
  expect(response?.headers.get('connection')).toBe('close');
  expect(client.error).toBeUndefined();
});

test('a client that goes on and on is cut off', async () => {
  await using server = await serving(refuse, { drainSize: 100_000 });
  const client = await server.connect();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
  const piece = `10000\r\n${'x'.repeat(65_536)}\r\n`;
  const timer = setInterval(() => client.send(piece), 1);
  await client.closed();
  clearInterval(timer);
  expect(client.received).toContain('too much');
});

test('a body above the limit is a 413 before the application sees it', async () => {
  let called = false;
  await using server = await serving(
    (environ, startResponse) => {
      called = true;
      return hello(environ, startResponse);
    },
    { maxBody: 10 },
  );
  const responses = await server.ask('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n12345678901');
  expect(responses.map(({ status }) => status)).toEqual([413]);
  expect(called).toBe(false);
});

test('chunks above the limit reject the read with a 413', async () => {
  await using server = await serving(echo, { maxBody: 10 });
  const chunked = (length: number): string =>
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${length.toString(16)}\r\n${'x'.repeat(length)}\r\n0\r\n\r\n`;
  expect((await server.ask(chunked(10))).map(({ status }) => status)).toEqual([200]);
  expect((await server.ask(chunked(11))).map(({ status }) => status)).toEqual([413]);
});
