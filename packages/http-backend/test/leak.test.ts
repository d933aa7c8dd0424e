import { Socket } from 'node:net';
import * as v8 from 'node:v8';
import { expect, test } from 'vitest';
import { HttpConnection } from '../src/http1/http-connection.ts';
import { echo, serving } from './support/serving.ts';

// Collects garbage before it counts.
const { queryObjects } = v8 as unknown as { queryObjects(constructor: unknown, options: { format: 'count' }): number };

const requests = [
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf',
  'BAD\r\n\r\n',
];

test('connections that are over leave nothing behind', async () => {
  await using server = await serving(echo);
  const round = async (): Promise<void> => {
    for (const request of requests) {
      const client = await server.connect();
      client.send(request);
      client.end();
      await client.closed();
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await round();
  const before = queryObjects(Socket, { format: 'count' });
  for (let count = 0; count < 20; count += 1) await round();
  // The test's own clients are remembered until it ends.
  expect(queryObjects(Socket, { format: 'count' }) - before).toBeLessThanOrEqual(20 * requests.length + 5);
  expect(queryObjects(HttpConnection, { format: 'count' })).toBeLessThan(5);
});
