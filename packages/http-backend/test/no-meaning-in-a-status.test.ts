import { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import type { Upgrade, UpgradeRequest } from '../src/index.ts';
import { bytes, serving } from './support/serving.ts';

/** What a middleware sees in place of a response when the application takes the connection over. */
const SEEN = '200 The connection speaks another protocol';
const plain = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const upgrading = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n';

const upgradeOf = (environ: object): Upgrade => (environ as { 'tsgi.upgrade': Upgrade })['tsgi.upgrade'];

// An upstream may choose the very words that the server uses.
test.each([
  ['a request that asks for nothing', plain],
  ['one that asks for an upgrade', upgrading],
])('an answer with the reason phrase of an upgrade is an answer, to %s', async (_name, request) => {
  await using server = await serving((_environ, startResponse) => {
    startResponse(SEEN, [['Content-Type', 'text/plain']]);
    return [bytes('hello')];
  });
  const [answer] = await server.ask(request);
  expect(answer).toMatchObject({ status: 200, reason: SEEN.slice(4), body: 'hello' });
});

test('whoever answers after tsgi.upgrade was called is answered for: it is the last call that counts', async () => {
  let taken = 0;
  await using server = await serving((environ, startResponse) => {
    upgradeOf(environ)(environ, startResponse, () => void (taken += 1));
    startResponse(SEEN, [['Content-Type', 'text/plain']], new Error('no, after all'));
    return [bytes('hello')];
  });
  const [answer] = await server.ask(upgrading);
  expect(answer).toMatchObject({ body: 'hello' });
  expect(taken).toBe(0);
});

test('an application that fails after it called tsgi.upgrade is a 500', async () => {
  let taken = 0;
  const app: App = (environ, startResponse) => {
    upgradeOf(environ)(environ, startResponse, () => void (taken += 1));
    throw new Error('no, after all');
  };
  await using server = await serving(app);
  expect(await server.ask(upgrading)).toMatchObject([{ status: 500 }]);
  expect(taken).toBe(0);
});

test("the request that is handed over is of Node's own class", async () => {
  const seen: UpgradeRequest[] = [];
  await using server = await serving((environ, startResponse) =>
    upgradeOf(environ)(environ, startResponse, (request, socket) => {
      seen.push(request);
      socket.end('over');
    }),
  );
  const client = await server.connect();
  client.send(upgrading.replace('\r\n\r\n', '\r\nCookie: a=1\r\nCookie: b=2\r\nX: 1\r\nX: 2\r\n\r\n'));
  expect(await client.rest()).toBe('over');
  const [request] = seen;
  expect(request).toBeInstanceOf(IncomingMessage);
  expect(request).toMatchObject({
    method: 'GET',
    url: '/',
    httpVersion: '1.1',
    headers: { upgrade: 'x', cookie: 'a=1; b=2', x: '1, 2' },
    rawHeaders: [
      'Host',
      'a',
      'Connection',
      'upgrade',
      'Upgrade',
      'x',
      'Cookie',
      'a=1',
      'Cookie',
      'b=2',
      'X',
      '1',
      'X',
      '2',
    ],
  });
  const body: unknown[] = [];
  for await (const chunk of request ?? []) body.push(chunk);
  expect(body).toEqual([]);
});
