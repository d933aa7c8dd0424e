import { expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { serving } from './support/serving.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test.each([
  ['that fit into one write', 2_000],
  ['that are written alone', 200_000],
])('a batch of pipelined answers %s stops at a reader that stands still, and goes on with it', async (_name, size) => {
  let calls = 0;
  const body = Buffer.alloc(size, 'x');
  const app: App = (_environ, startResponse) => {
    calls += 1;
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return [body];
  };
  await using server = await serving(app);
  const client = await server.connect();
  client.socket.pause();
  // More than the buffers of two systems hold.
  const wanted = Math.ceil(64_000_000 / size);
  client.send(get.repeat(wanted));
  // Until nothing more happens.
  for (let before = -1; before !== calls;) {
    before = calls;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(calls).toBeGreaterThan(0);
  expect(calls).toBeLessThan(wanted);
  let received = 0;
  client.socket.removeAllListeners('data');
  client.socket.on('data', (bytes: Buffer) => (received += bytes.length));
  client.socket.resume();
  await expect.poll(() => received, { timeout: 60_000 }).toBeGreaterThanOrEqual(wanted * size);
  expect(calls).toBe(wanted);
});

test('a reader that stands still before a batch of answers is reset after sendTimeout', async () => {
  let calls = 0;
  const body = Buffer.alloc(2_000, 'x');
  await using server = await serving(
    (_environ, startResponse) => {
      calls += 1;
      startResponse('200 OK', [['Content-Type', 'text/plain']]);
      return [body];
    },
    { sendTimeout: 500, keepAliveTimeout: 60_000 },
  );
  const client = await server.connect();
  client.socket.pause();
  client.send(get.repeat(32_000));
  // What the client has in its own buffer it may read; then comes the reset.
  await expect.poll(() => server.open(), { timeout: 15_000 }).toBe(0);
  expect(calls).toBeLessThan(32_000);
  client.socket.resume();
  expect((await client.rest()).length).toBeLessThan(calls * 2_000);
});

test('one that takes a little now and then is not', async () => {
  const body = Buffer.alloc(24_000_000, 'x');
  await using server = await serving(
    (_environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']]);
      return [body];
    },
    { sendTimeout: 1_000 },
  );
  const client = await server.connect();
  let received = 0;
  let isOver = false;
  client.socket.removeAllListeners('data');
  client.socket.on('data', (bytes: Buffer) => {
    received += bytes.length;
    if (received % 1_000_000 < bytes.length) {
      client.socket.pause();
      setTimeout(() => client.socket.resume(), 100);
    }
    isOver = received > body.length;
  });
  client.send(get);
  await expect.poll(() => isOver, { timeout: 60_000 }).toBe(true);
  expect(client.error).toBeUndefined();
});
