import { expect, test } from 'vitest';
import { echo, hello, serving } from './support/serving.ts';

const good = 'GET /good HTTP/1.1\r\nHost: a\r\n\r\n';

test.each([
  ['a bad request line', 'BAD\r\n\r\n'],
  ['a bad header', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'],
  ['two framings', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['binary', '\x16\x03\x01\0\0'],
])('%s in the same packet does not pre-empt the request before it', async (_name, bad) => {
  await using server = await serving(echo);
  const responses = await server.ask(good + bad);
  expect(responses.map(({ status }) => status)).toEqual([200, 400]);
  expect(responses[0]?.body).toBe('GET /good []');
  expect(responses[1]?.headers.get('connection')).toBe('close');
  expect(responses[1]?.headers.get('content-type')).toBe('text/plain; charset=utf-8');
});

test('a malformed chunk reaches the application as an error of its body, and ends the connection', async () => {
  await using server = await serving(echo);
  const responses = await server.ask(
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n\r\n${good}`,
  );
  expect(responses.map(({ status }) => status)).toEqual([400]);
  expect(responses[0]?.headers.get('connection')).toBe('close');
});

test('an application that ignores its malformed body answers, and is the last one to', async () => {
  await using server = await serving(hello);
  const responses = await server.ask(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n${good}`);
  expect(responses.map(({ status }) => status)).toEqual([200]);
});

test('what the environ builder refuses is answered like what the parser refuses', async () => {
  await using server = await serving(hello);
  const targets = ['GET * HTTP/1.1', 'CONNECT /x HTTP/1.1', 'GET ftp://a/b HTTP/1.1', 'GET /a#b HTTP/1.1'];
  for (const line of targets) {
    const responses = await server.ask(`${line}\r\nHost: a\r\n\r\n${good}`);
    expect(
      responses.map(({ status }) => status),
      line,
    ).toEqual([400]);
  }
  expect(server.log).toEqual([]);
});

test('a refusal says what was found without repeating what it cannot show', async () => {
  await using server = await serving(hello);
  const [response] = await server.ask('GET / HTTP/1.1\r\nHost: a\r\nContent-Type: x\r\nContent-Type: \xff\r\n\r\n');
  expect(response?.status).toBe(400);
  expect(response?.body).toMatch(/^400 Bad Request: [\x20-\x7e]*\n$/);
});

test('the server lives on', async () => {
  await using server = await serving(hello);
  for (let round = 0; round < 20; round += 1) await server.ask('\0\0\0\r\n\r\n');
  expect((await server.ask(good)).map(({ status }) => status)).toEqual([200]);
});
