import { expect, test } from 'vitest';
import type { App, Bytes } from '@tsgi/core';
import { parseResponses } from './support/responses.ts';
import { bytes, serving } from './support/serving.ts';

const failing = (headers: [string, string][]): App => {
  async function* body(): AsyncGenerator<Bytes> {
    yield bytes('begun');
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw new Error('on purpose');
  }
  return (_environ, startResponse) => {
    startResponse('200 OK', headers);
    return body();
  };
};

test('a chunked response that fails has no last chunk', async () => {
  await using server = await serving(failing([]));
  const [response] = await server.ask('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(response).toMatchObject({ body: 'begun', complete: false });
  expect(server.log.join('')).toContain('on purpose');
});

test('a response of known length that fails is short of it', async () => {
  await using server = await serving(failing([['Content-Length', '10']]));
  const [response] = await server.ask('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(response).toMatchObject({ body: 'begun', complete: false });
});

test('a response that the end of the connection delimits is reset', async () => {
  await using server = await serving(failing([]));
  const client = await server.connect();
  client.send('GET / HTTP/1.0\r\n\r\n');
  await client.closed();
  expect(client.error?.code).toBe('ECONNRESET');
});

test('fewer bytes than announced end the connection', async () => {
  await using server = await serving((_environ, startResponse) => {
    startResponse('200 OK', [['Content-Length', '10']]);
    return [bytes('short')];
  });
  const client = await server.connect();
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const [response] = parseResponses(await client.rest());
  expect(response).toMatchObject({ body: 'short', complete: false });
});

test('more bytes than announced are not sent, and the connection goes on', async () => {
  await using server = await serving((_environ, startResponse) => {
    startResponse('200 OK', [['Content-Length', '3']]);
    return [bytes('ab'), bytes('cd')];
  });
  const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
  const responses = await server.ask(get + get);
  expect(responses.map(({ body }) => body)).toEqual(['abc', 'abc']);
});
