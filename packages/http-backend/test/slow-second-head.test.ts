import { expect, test } from 'vitest';
import { hello, serving } from './support/serving.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n';

// A client that never ends a head holds a connection for ever (slowloris): the time for a head is that of every head.
test.each([
  ['sent behind the first request', `${get}\r\n${get}`, ''],
  ['begun when the first answer is there', `${get}\r\n`, get],
])('the time for a second head runs, %s, however often a byte of it comes', async (_name, first, second) => {
  await using server = await serving(hello, { headersTimeout: 700, keepAliveTimeout: Infinity });
  const client = await server.connect();
  client.send(first);
  await client.until((received) => received.includes('hello'));
  client.send(second);
  const slowly = setInterval(() => client.send('X'), 40);
  const received = await client.rest();
  clearInterval(slowly);
  expect(received).toMatch(/hello[^]*HTTP\/1\.1 408 /);
});
