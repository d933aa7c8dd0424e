import { expect, test } from 'vitest';
import { echo, hello, serving } from './support/serving.ts';

const TIME = 300;

/** A long computation: timers are due when it ends, and what came meanwhile has not been read. */
function compute(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

test('a request that came within the time of a kept connection is served, though the loop looks late', async () => {
  await using server = await serving(hello, { keepAliveTimeout: TIME });
  const client = await server.connect();
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.until((received) => received.includes('hello'));
  await turn();
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  compute(3 * TIME);
  const received = await client.until((text) => text.split('hello').length === 3);
  expect(received.split('hello')).toHaveLength(3);
});

test('a body that came within its time is no 408', async () => {
  await using server = await serving(echo, { requestTimeout: TIME });
  const client = await server.connect();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n12');
  await turn();
  client.send('34');
  compute(3 * TIME);
  expect(await client.until((received) => received.includes('['))).toMatch(/^HTTP\/1\.1 200 OK[^]*\[1234\]/);
});

test('a head that came within its time is no 408', async () => {
  await using server = await serving(hello, { headersTimeout: TIME });
  const client = await server.connect();
  client.send('GET / HTTP/1.1\r\n');
  await turn();
  client.send('Host: a\r\n\r\n');
  compute(3 * TIME);
  expect(await client.until((received) => received.includes('hello'))).toMatch(/^HTTP\/1\.1 200 OK/);
});

test('a kept connection is never closed before its time', async () => {
  await using server = await serving(hello, { keepAliveTimeout: TIME });
  const times = Array.from({ length: 12 }, async (_, index) => {
    const client = await server.connect();
    // At all places of a clock's step.
    await new Promise((resolve) => setTimeout(resolve, 23 * index));
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const sent = performance.now();
    await client.rest();
    return performance.now() - sent;
  });
  for (const time of await Promise.all(times)) expect(time).toBeGreaterThanOrEqual(TIME);
});
