import { expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { parseResponses } from './support/responses.ts';
import { bytes, echo, serving } from './support/serving.ts';

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

test('pipelined requests are answered in order, slow ones too', async () => {
  const app: App = async (environ, startResponse) => {
    const turns = Number(environ.QUERY_STRING);
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
    startResponse('200 OK', []);
    return [bytes(environ.PATH_INFO)];
  };
  await using server = await serving(app);
  const responses = await server.ask(get('/a?9') + get('/b?0') + get('/c?3') + get('/d?0'));
  expect(responses.map(({ body }) => body)).toEqual(['/a', '/b', '/c', '/d']);
});

test('one request runs at a time on a connection', async () => {
  let running = 0;
  let most = 0;
  const app: App = async (_environ, startResponse) => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running -= 1;
    startResponse('204 No Content', []);
    return [];
  };
  await using server = await serving(app);
  const responses = await server.ask(get('/').repeat(50));
  expect(responses).toHaveLength(50);
  expect(most).toBe(1);
});

test('bodies and requests behind them', async () => {
  await using server = await serving(echo);
  const post = 'POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc';
  const chunked = 'POST /q HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ndef\r\n0\r\n\r\n';
  const responses = await server.ask(post + chunked + get('/g') + post);
  expect(responses.map(({ body }) => body)).toEqual(['POST /p [abc]', 'POST /q [def]', 'GET /g []', 'POST /p [abc]']);
});

test('thousands in one go', async () => {
  await using server = await serving(echo);
  const responses = await server.ask(get('/').repeat(3_000));
  expect(responses).toHaveLength(3_000);
});

test('what is sent ahead is bounded: the peer has to stop', async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const app: App = async (_environ, startResponse) => {
    await gate;
    startResponse('204 No Content', []);
    return [];
  };
  await using server = await serving(app, { pipelineSize: 4_096 });
  const client = await server.connect();
  const request = get(`/${'x'.repeat(1_000)}`);
  // More than the kernel's buffers hold: most of it stays with the client.
  const count = 20_000;
  client.send(request.repeat(count));
  for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
  expect(client.socket.writableLength).toBeGreaterThan(0);
  open();
  const received = await client.until((text) => text.split('HTTP/1.1 204').length > count);
  expect(parseResponses(received)).toHaveLength(count);
});
