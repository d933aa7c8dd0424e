import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type App, standInFor, type StartResponse } from '@tsgi/core';
import { validator, type Violation } from '@tsgi/core/validator';
import { makeServer, type TakeOver, type Upgrade, type UpgradeRequest } from '../src/index.ts';
import { RawClient } from './support/raw-client.ts';
import { bytes, echo, hello, serving } from './support/serving.ts';

const handshake =
  'GET /chat?x HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

function upgrading(requests: UpgradeRequest[] = []): App {
  return (environ, startResponse) => {
    const upgrade = environ['tsgi.upgrade'] as Upgrade | undefined;
    if (upgrade === undefined) return echo(environ, startResponse);
    return upgrade(environ, startResponse, (request, socket, head) => {
      requests.push(request);
      const accept = createHash('sha1')
        .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      socket.write(`early ${head.toString('latin1')};`);
      socket.on('data', (chunk: Buffer) => socket.write(`got ${chunk.toString('latin1')};`));
      socket.on('end', () => socket.end('bye'));
    });
  };
}

test('an application takes the connection over, with what came early and what comes late', async () => {
  const requests: UpgradeRequest[] = [];
  await using server = await serving(upgrading(requests));
  const client = await server.connect();
  client.send(`${handshake}one`);
  await client.until((received) => received.includes('early one;'));
  expect(client.received).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
  client.send('two');
  await client.until((received) => received.includes('got two;'));
  client.end();
  expect(await client.rest()).toMatch(/;bye$/);
  expect(requests[0]).toMatchObject({
    method: 'GET',
    url: '/chat?x',
    httpVersion: '1.1',
    headers: { upgrade: 'websocket', host: 'a' },
  });
});

test('the answers before it come first', async () => {
  await using server = await serving(upgrading());
  const client = await server.connect();
  client.send(`GET /first HTTP/1.1\r\nHost: a\r\n\r\n${handshake}`);
  const received = await client.until((text) => text.includes('early ;'));
  expect(received).toMatch(/^HTTP\/1\.1 200 OK[^]*GET \/first \[\]HTTP\/1\.1 101/);
});

test('the timeouts of HTTP are over', async () => {
  await using server = await serving(upgrading(), { keepAliveTimeout: 20, headersTimeout: 20 });
  const client = await server.connect();
  client.send(handshake);
  await client.until((received) => received.includes('early'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  client.send('x');
  await client.until((received) => received.includes('got x;'));
});

test('a request that an application does not upgrade is answered, and the connection goes on', async () => {
  await using server = await serving(hello);
  const responses = await server.ask(`${handshake}GET / HTTP/1.1\r\nHost: a\r\n\r\n`);
  expect(responses.map(({ status }) => status)).toEqual([200, 200]);
});

test('it is there only for a request that could be upgraded', async () => {
  await using server = await serving((environ, startResponse) => {
    startResponse('200 OK', []);
    return [bytes(`${typeof environ['tsgi.upgrade']} ${environ.HTTP_UPGRADE}`)];
  });
  const bodies = async (request: string): Promise<string[]> => (await server.ask(request)).map(({ body }) => body);
  expect(await bodies(handshake)).toEqual(['function websocket']);
  expect(await bodies('GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\n\r\n')).toEqual(['undefined undefined']);
  expect(await bodies('GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n')).toEqual(['undefined undefined']);
  expect(await bodies('GET / HTTP/1.1\r\nHost: a\r\nProxy-Connection: upgrade\r\nUpgrade: x\r\n\r\n')).toEqual([
    'undefined undefined',
  ]);
  expect(
    await bodies('POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\nx'),
  ).toEqual(['undefined undefined']);
});

test('a middleware that replaces startResponse is not gone around (R91)', async () => {
  const inner = upgrading();
  await using server = await serving((environ, startResponse) => inner(environ, (...given) => startResponse(...given)));
  const [response] = await server.ask(handshake);
  expect(response?.status).toBe(500);
  expect(server.log.join('')).toContain('R91');
});

test('a middleware that says it only watches is gone around, and sees that it was', async () => {
  const inner = upgrading();
  const statuses: string[] = [];
  const watching =
    (app: App): App =>
    (environ, startResponse) => {
      const watched: StartResponse = (...head) => {
        statuses.push(head[0]);
        return startResponse(...head);
      };
      return app(environ, standInFor(watched, startResponse));
    };
  await using server = await serving(watching(watching(inner)));
  const client = await server.connect();
  client.send(`${handshake}one`);
  expect(await client.until((received) => received.includes('early one;'))).toMatch(/^HTTP\/1\.1 101/);
  expect(statuses).toHaveLength(2);
});

test('a middleware inside one that only watches is not gone around either (R91)', async () => {
  const inner = upgrading();
  const replacing: App = (environ, startResponse) => inner(environ, (...given) => startResponse(...given));
  await using server = await serving((environ, startResponse) =>
    replacing(
      environ,
      standInFor((...given) => startResponse(...given), startResponse),
    ),
  );
  const [response] = await server.ask(handshake);
  expect(response?.status).toBe(500);
});

test('under the validator, with nothing to complain of', async () => {
  const violations: Violation[] = [];
  const onViolation = (violation: Violation): void => void violations.push(violation);
  await using server = await serving(validator(validator(upgrading(), { onViolation }), { onViolation }));
  const client = await server.connect();
  client.send(`${handshake}one`);
  expect(await client.until((received) => received.includes('early one;'))).toMatch(/^HTTP\/1\.1 101/);
  expect(violations).toEqual([]);
});

test('under makeServer, whose handler notes the status', async () => {
  const server = makeServer('127.0.0.1', 0, upgrading());
  const serving = server.serveForever();
  await server.listening;
  const client = await RawClient.connect({ host: '127.0.0.1', port: server.port ?? 0 });
  client.send(`${handshake}one`);
  expect(await client.until((received) => received.includes('early one;'))).toMatch(/^HTTP\/1\.1 101/);
  client.destroy();
  await server.close({ grace: 0 });
  await serving;
});

test('an application that fails after all is answered with a 500', async () => {
  await using server = await serving((environ, startResponse) => {
    (environ['tsgi.upgrade'] as Upgrade)(environ, startResponse, () => {});
    throw new Error('on second thoughts');
  });
  const [response] = await server.ask(handshake);
  expect(response?.status).toBe(500);
});

test.each<[how: string, takeOver: TakeOver]>([
  [
    'throws',
    () => {
      throw new Error('no more');
    },
  ],
  ['rejects', () => Promise.reject(new Error('no more'))],
])('a takeover that %s loses its connection and not the server', async (_how, takeOver) => {
  await using server = await serving((environ, startResponse) =>
    environ.PATH_INFO === '/chat'
      ? (environ['tsgi.upgrade'] as Upgrade)(environ, startResponse, takeOver)
      : hello(environ, startResponse),
  );
  const client = await server.connect();
  client.send(handshake);
  expect(await client.rest()).toBe('');
  expect(server.log.join('')).toContain('GET /chat?x: Error: no more');
  expect(await server.ask('GET / HTTP/1.1\r\nHost: a\r\n\r\n')).toMatchObject([{ status: 200 }]);
});

test('a server that ends destroys what was taken over, when the grace is over', async () => {
  await using server = await serving(upgrading());
  const client = await server.connect();
  client.send(handshake);
  await client.until((received) => received.includes('early'));
  await server.server.close({ grace: 50 });
  await client.rest();
});
