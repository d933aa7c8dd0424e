import { expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { bytes, serving } from './support/serving.ts';

const answer = (status: string, headers: [string, string][], body: string[]): App => {
  return (_environ, startResponse) => {
    startResponse(status, headers);
    return body.map(bytes);
  };
};
const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const head = 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n';

test('HEAD has the head of a GET and no body, and the next response follows it', async () => {
  await using server = await serving(answer('200 OK', [['Content-Type', 'text/plain']], ['hello']));
  const [first, second, third] = await server.ask(head + head + get, [true, true, false]);
  expect(first?.headers.get('content-length')).toBe('5');
  expect(second?.status).toBe(200);
  expect(third?.body).toBe('hello');
});

test('HEAD of a body of unknown length has neither length nor coding', async () => {
  await using server = await serving(answer('200 OK', [], ['a', 'b']));
  const [first, second] = await server.ask(head + get, [true, false]);
  expect(first?.headers.has('content-length')).toBe(false);
  expect(second?.body).toBe('ab');
});

test.each(['204 No Content', '304 Not Modified'])('%s has no body, whatever the application gives', async (status) => {
  await using server = await serving(answer(status, [], ['a', 'b']));
  const responses = await server.ask(get + get);
  expect(responses.map(({ status: code }) => code)).toEqual([Number(status.slice(0, 3)), Number(status.slice(0, 3))]);
  for (const { headers } of responses) {
    expect(headers.has('transfer-encoding')).toBe(false);
    expect(headers.get('connection')).toBeUndefined();
  }
});

test('a 204 has no Content-Length; a 304 may have one', async () => {
  await using no = await serving(answer('204 No Content', [['Content-Length', '0']], []));
  expect((await no.ask(get))[0]?.headers.has('content-length')).toBe(false);
  await using not = await serving(answer('304 Not Modified', [['Content-Length', '5']], []));
  const [first, second] = await not.ask(get + get);
  expect(first?.headers.get('content-length')).toBe('5');
  expect(second?.status).toBe(304);
});

test('an empty body has a length of 0', async () => {
  await using server = await serving(answer('200 OK', [], []));
  const [response] = await server.ask(get);
  expect(response?.headers.get('content-length')).toBe('0');
});

test.each([
  ['no Host', 'HEAD / HTTP/1.1\r\n\r\n', 400],
  ['a target that is none', 'HEAD * HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['an unknown expectation', 'HEAD / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n', 417],
  ['a body beyond its limit', 'HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n', 413],
  ['a head beyond its limit', `HEAD /${'a'.repeat(9_000)}`, 414],
])('HEAD with %s is refused without a body', async (_why, bad, status) => {
  await using server = await serving(answer('200 OK', [], ['hello']), { maxBody: 10 });
  for (const request of [bad, get + bad, `\r\n${bad}`]) {
    const client = await server.connect();
    client.send(request);
    const received = await client.rest();
    const refused = received.slice(received.lastIndexOf('HTTP/1.1 '));
    expect(refused).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(refused).toMatch(/\r\nContent-Length: [1-9]\d*\r\n[^]*\r\n\r\n$/);
  }
});
