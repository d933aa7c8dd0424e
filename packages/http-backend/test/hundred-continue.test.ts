import { expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { parseResponses } from './support/responses.ts';
import { bytes, echo, hello, serving } from './support/serving.ts';

const head = (more: string, version = '1.1'): string =>
  `POST / HTTP/${version}\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n${more}\r\n`;

test('100 Continue is sent when the application reads, once', async () => {
  const app: App = async (environ, startResponse) => {
    const first = await environ['tsgi.input'].read(1);
    const rest = await environ['tsgi.input'].read();
    startResponse('200 OK', []);
    return [first, rest];
  };
  await using server = await serving(app);
  const client = await server.connect();
  client.send(head(''));
  await client.until((received) => received.includes('\r\n\r\n'));
  expect(client.received).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  client.send('a');
  await new Promise(setImmediate);
  client.send('bc');
  await client.until((received) => received.endsWith('0\r\n\r\n'));
  expect(parseResponses(client.received).map(({ status, body }) => [status, body])).toEqual([
    [100, ''],
    [200, 'abc'],
  ]);
});

test('an application that does not read sends none, and the connection ends: the body may come or not', async () => {
  await using server = await serving(hello);
  const client = await server.connect();
  client.send(head(''));
  const responses = parseResponses(await client.rest());
  expect(responses.map(({ status }) => status)).toEqual([200]);
  expect(responses[0]?.headers.get('connection')).toBe('close');
});

test('a client that does not wait gets none', async () => {
  await using server = await serving(echo);
  const responses = await server.ask(`${head('')}abc`);
  expect(responses.map(({ status, body }) => [status, body])).toEqual([[200, 'POST / [abc]']]);
});

test('HTTP/1.0 gets none', async () => {
  await using server = await serving(echo);
  const client = await server.connect();
  client.send(head('', '1.0'));
  await new Promise((resolve) => setTimeout(resolve, 20));
  client.send('abc');
  expect(parseResponses(await client.rest()).map(({ status }) => status)).toEqual([200]);
});

test('none is sent once the head is', async () => {
  const app: App = async (environ, startResponse) => {
    const write = startResponse('200 OK', []);
    await write(bytes('begun '));
    return [await environ['tsgi.input'].read()];
  };
  await using server = await serving(app);
  const client = await server.connect();
  client.send(head(''));
  await client.until((received) => received.includes('begun'));
  client.send('abc');
  const responses = parseResponses(await client.rest());
  expect(responses.map(({ status, body }) => [status, body])).toEqual([[200, 'begun abc']]);
});

test('another expectation is a 417', async () => {
  await using server = await serving(echo);
  const [response] = await server.ask('GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n');
  expect(response).toMatchObject({ status: 417, reason: 'Expectation Failed' });
});
