import { expect, test } from 'vitest';
import type { App, Bytes } from '@tsgi/core';
import { parseResponses } from './support/responses.ts';
import { bytes, echo, serving } from './support/serving.ts';

test('a client that ends its side is answered', async () => {
  const app: App = async (environ, startResponse) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    startResponse('200 OK', []);
    async function* body(): AsyncGenerator<Bytes> {
      yield bytes('still ');
      await new Promise((resolve) => setTimeout(resolve, 50));
      yield bytes(environ['tsgi.signal'].aborted ? 'aborted' : 'here');
    }
    return body();
  };
  await using server = await serving(app);
  const responses = await server.ask('GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(responses.map(({ body, complete }) => [body, complete])).toEqual([
    ['still here', true],
    ['still here', true],
  ]);
});

test('an end within the head is a 400', async () => {
  await using server = await serving(echo);
  const responses = await server.ask('GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HT');
  expect(responses.map(({ status }) => status)).toEqual([200, 400]);
});

test('an end without a request is an end', async () => {
  await using server = await serving(echo);
  expect(await server.ask('')).toEqual([]);
});

test.each([
  ['of known length', 'Content-Length: 10\r\n\r\nhalf'],
  ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
])('an end within a body %s is an error of the body and an abort, and a 400', async (_name, rest) => {
  const seen: unknown[] = [];
  const app: App = async (environ, startResponse) => {
    try {
      await environ['tsgi.input'].read();
    } catch (error) {
      seen.push((error as Error).name, environ['tsgi.signal'].aborted);
    }
    startResponse('200 OK', []);
    return [bytes('as if nothing had happened')];
  };
  await using server = await serving(app);
  const responses = await server.ask(`POST / HTTP/1.1\r\nHost: a\r\n${rest}`);
  expect(responses.map(({ status }) => status)).toEqual([400]);
  expect(seen).toEqual(['AbortError', true]);
});

test('a client that only looked half-closed is found out', async () => {
  const aborted = new Promise<unknown>((resolve) => {
    const app: App = (environ) =>
      new Promise((_resolve, reject) => {
        const signal = environ['tsgi.signal'];
        signal.addEventListener('abort', () => {
          resolve((signal.reason as Error).name);
          reject(signal.reason as Error);
        });
      });
    void (async () => {
      await using server = await serving(app);
      const client = await server.connect();
      client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      await new Promise((next) => setTimeout(next, 50));
      client.destroy();
      await aborted;
    })();
  });
  expect(await aborted).toBe('AbortError');
});

test('interim responses tell a patient client that it is waited for, and do no harm', async () => {
  const app: App = async (_environ, startResponse) => {
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    startResponse('200 OK', []);
    return [bytes('late')];
  };
  await using server = await serving(app);
  const client = await server.connect();
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  client.end();
  const responses = parseResponses(await client.rest());
  expect(responses.at(-1)).toMatchObject({ status: 200, body: 'late' });
  expect(responses.slice(0, -1).every(({ status }) => status === 102)).toBe(true);
});
