import { expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { parseResponses } from './support/responses.ts';
import { bytes, echo, hello, serving } from './support/serving.ts';

const stream: App = (_environ, startResponse) => {
  startResponse('200 OK', []);
  return [bytes('a'), bytes('b')];
};

test('HTTP/1.1 keeps the connection, and says so by saying nothing', async () => {
  await using server = await serving(echo);
  const client = await server.connect();
  for (const path of ['/1', '/2', '/3']) {
    client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.until((received) => received.includes(`GET ${path} []`));
  }
  const responses = parseResponses(client.received);
  expect(responses).toHaveLength(3);
  for (const { headers } of responses) {
    expect(headers.get('connection')).toBeUndefined();
    expect(headers.get('content-length')).toBe('9');
    expect(headers.get('server')).toBe('TSGI');
    expect(new Date(headers.get('date') ?? '').getTime()).toBeGreaterThan(0);
  }
});

test('Connection: close is answered with it, and what follows is ignored', async () => {
  await using server = await serving(echo);
  const client = await server.connect();
  client.send('GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n\0\0\0');
  const responses = parseResponses(await client.rest());
  expect(responses).toHaveLength(1);
  expect(responses[0]).toMatchObject({ status: 200, body: 'GET /1 []' });
  expect(responses[0]?.headers.get('connection')).toBe('close');
});

test('HTTP/1.0 closes', async () => {
  await using server = await serving(hello);
  const client = await server.connect();
  client.send('GET / HTTP/1.0\r\n\r\n');
  const [response] = parseResponses(await client.rest());
  expect(response).toMatchObject({ status: 200, body: 'hello' });
  expect(response?.headers.get('connection')).toBe('close');
});

test('HTTP/1.0 with keep-alive is answered with it when the length is known', async () => {
  await using server = await serving(hello);
  const client = await server.connect();
  for (let round = 1; round <= 2; round += 1) {
    client.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    await client.until((received) => received.split('hello').length > round);
  }
  const responses = parseResponses(client.received);
  expect(responses.map(({ headers }) => headers.get('connection'))).toEqual(['keep-alive', 'keep-alive']);
});

test('HTTP/1.0 of unknown length is delimited by the end of the connection', async () => {
  await using server = await serving(stream);
  const client = await server.connect();
  client.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
  const [response] = parseResponses(await client.rest());
  expect(response?.body).toBe('ab');
  expect(response?.headers.get('connection')).toBe('close');
  expect(response?.headers.has('transfer-encoding')).toBe(false);
});

test('the last request of a connection is told so', async () => {
  await using server = await serving(hello, { maxRequestsPerConnection: 2 });
  const client = await server.connect();
  client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n');
  const responses = parseResponses(await client.rest());
  expect(responses.map(({ headers }) => headers.get('connection'))).toEqual([undefined, 'close']);
});
