import { expect, test } from 'vitest';
import { echo, serving } from './support/serving.ts';

const announced = (length: number): string => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;

test('a client that is refused and goes on sending a little for ever is closed, and has its answer', async () => {
  await using server = await serving(echo, { maxBody: 10, drainTimeout: 500 });
  const client = await server.connect();
  client.send(announced(1_000_000));
  // 25 bytes a second: less than the minimum rate.
  const slowly = setInterval(() => client.send('x'), 40);
  await client.closed();
  clearInterval(slowly);
  expect(client.received).toMatch(/^HTTP\/1\.1 413 /);
  await expect.poll(() => server.open(), { timeout: 15_000 }).toBe(0);
});

test('one that says nothing more, and does not end its side, is closed too', async () => {
  await using server = await serving(echo, { maxBody: 10, drainTimeout: 300 });
  const client = await server.connect();
  client.send(announced(1_000_000));
  expect(await client.rest()).toMatch(/^HTTP\/1\.1 413 /);
  await expect.poll(() => server.open(), { timeout: 15_000 }).toBe(0);
});

test('one that sends more than drainSize is closed at once', async () => {
  await using server = await serving(echo, { maxBody: 10, drainSize: 100_000, drainTimeout: 600_000 });
  const client = await server.connect();
  client.send(announced(100_000_000));
  client.socket.on('drain', () => client.send(Buffer.alloc(65_536)));
  client.send(Buffer.alloc(1_000_000));
  await expect.poll(() => server.open(), { timeout: 15_000 }).toBe(0);
});

test('one that sends all of a long body first, and reads then, gets its answer', async () => {
  await using server = await serving(echo, { maxBody: 10 });
  const client = await server.connect();
  const length = 40_000_000;
  client.socket.pause();
  client.send(announced(length));
  client.send(Buffer.alloc(length));
  await expect.poll(() => client.socket.writableLength, { timeout: 60_000 }).toBe(0);
  client.socket.resume();
  expect(await client.rest()).toMatch(/^HTTP\/1\.1 413 /);
});
