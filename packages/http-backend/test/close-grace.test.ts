import { expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { parseResponses } from './support/responses.ts';
import { bytes, hello, serving } from './support/serving.ts';

const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test('a running request is finished, with Connection: close', async () => {
  const app: App = async (_environ, startResponse) => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    startResponse('200 OK', []);
    return [bytes('finished')];
  };
  await using server = await serving(app);
  const client = await server.connect();
  client.send(request);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const closing = server.server.close({ grace: 5_000 });
  const [response] = parseResponses(await client.rest());
  expect(response).toMatchObject({ body: 'finished' });
  expect(response?.headers.get('connection')).toBe('close');
  client.end();
  await closing;
});

test('an idle connection is closed at once', async () => {
  await using server = await serving(hello);
  const client = await server.connect();
  client.send(request);
  await client.until((received) => received.includes('hello'));
  const closing = server.server.close({ grace: 60_000 });
  await client.rest();
  client.end();
  await closing;
});

test('no accepted request is lost', async () => {
  await using server = await serving(hello);
  const clients = await Promise.all(Array.from({ length: 50 }, () => server.connect()));
  for (const client of clients) client.send(request);
  const closing = server.server.close({ grace: 5_000 });
  const answers = await Promise.all(
    clients.map(async (client) => {
      const received = await client.rest();
      client.end();
      return parseResponses(received).map(({ status }) => status);
    }),
  );
  expect(answers).toEqual(clients.map(() => [200]));
  await closing;
});

test('what runs longer than the grace is aborted', async () => {
  let aborted = false;
  const app: App = (environ) =>
    new Promise((_resolve, reject) => {
      environ['tsgi.signal'].addEventListener('abort', () => {
        aborted = true;
        reject(environ['tsgi.signal'].reason as Error);
      });
    });
  await using server = await serving(app);
  const client = await server.connect();
  client.send(request);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await server.server.close({ grace: 50 });
  expect(aborted).toBe(true);
  await client.rest();
});

test('requests that were sent ahead of the close are not begun after it', async () => {
  let count = 0;
  const app: App = async (_environ, startResponse) => {
    count += 1;
    await new Promise((resolve) => setTimeout(resolve, 50));
    startResponse('200 OK', []);
    return [bytes('x')];
  };
  await using server = await serving(app);
  const client = await server.connect();
  client.send(request);
  await new Promise((resolve) => setTimeout(resolve, 10));
  const closing = server.server.close({ grace: 5_000 });
  client.send(request);
  const responses = parseResponses(await client.rest());
  expect(responses).toHaveLength(count);
  client.end();
  await closing;
});

// With an hour to drain, a test that waits for that hour fails.
test.each([
  ['idle', hello],
  [
    'busy',
    async (_environ, startResponse) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      startResponse('200 OK', []);
      return [bytes('hello')];
    },
  ],
] satisfies [string, App][])(
  'a client that was %s and keeps its end open does not delay the end',
  async (what, app) => {
    await using server = await serving(app, { drainTimeout: 3_600_000 });
    const client = await server.connect();
    client.send(request);
    if (what === 'idle') await client.until((received) => received.includes('hello'));
    else await new Promise((resolve) => setTimeout(resolve, 20));
    await server.server.close({ grace: Infinity });
    expect(await client.rest()).toMatch(/hello$/);
  },
);

test('a client that sends to a connection that is closing is not reset', async () => {
  await using server = await serving(hello, { drainTimeout: 3_600_000 });
  const client = await server.connect();
  client.send(request);
  await client.until((received) => received.includes('hello'));
  const closing = server.server.close({ grace: Infinity });
  await client.rest();
  client.send(request);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  client.send(request);
  client.end();
  await closing;
  await client.closed();
  expect(client.error).toBeUndefined();
});
