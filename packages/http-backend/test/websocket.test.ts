import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer, type RawData } from 'ws';
import type { App } from '@tsgi/core';
import { serve, type ServeOptions, type Upgrade } from '../src/index.ts';
import { localhost } from './support/certificates.ts';
import { RawClient } from './support/raw-client.ts';
import { hello } from './support/serving.ts';

/** The package ws as it comes, over `tsgi.upgrade`. */
async function echoing(options: ServeOptions = {}) {
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on('connection', (client) => {
    client.on('message', (data: RawData, isBinary) => client.send(data as Buffer, { binary: isBinary }));
  });
  const app: App = (environ, startResponse) => {
    const upgrade = environ['tsgi.upgrade'] as Upgrade | undefined;
    if (upgrade === undefined) return hello(environ, startResponse);
    return upgrade(environ, startResponse, (request, socket, head) => {
      // Its types ask for all of Node's request; what it uses is there.
      const incoming = request as unknown as Parameters<WebSocketServer['handleUpgrade']>[0];
      sockets.handleUpgrade(incoming, socket, head, (client) => sockets.emit('connection', client, request));
    });
  };
  const server = await serve(app, { port: 0, ...options });
  return {
    server,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      await server.close({ grace: 0 });
    },
  };
}

async function open(url: string): Promise<WebSocket> {
  const client = new WebSocket(url, { rejectUnauthorized: false });
  await once(client, 'open');
  return client;
}

async function answer(client: WebSocket): Promise<string> {
  const [data] = (await once(client, 'message')) as [Buffer];
  return data.toString();
}

test.each([
  ['ws', {}],
  ['wss', { tls: localhost }],
])('%s: messages, and the close handshake from the client', async (scheme, options) => {
  await using server = await echoing(options);
  const client = await open(`${scheme}://127.0.0.1:${server.server.port}/chat`);
  for (const text of ['one', 'zwei \u20ac', '']) {
    client.send(text);
    expect(await answer(client)).toBe(text);
  }
  const [socket] = server.sockets.clients;
  const closed = once(socket as WebSocket, 'close');
  client.close(4_000, 'done');
  const [code, reason] = (await once(client, 'close')) as [number, Buffer];
  expect([code, reason.toString(), client.readyState]).toEqual([4_000, 'done', WebSocket.CLOSED]);
  expect((await closed)[0]).toBe(4_000);
});

test('the close handshake from the server', async () => {
  await using server = await echoing();
  const client = await open(`ws://127.0.0.1:${server.server.port}/`);
  for (const socket of server.sockets.clients) socket.close(1_001);
  const [code] = (await once(client, 'close')) as [number];
  expect(code).toBe(1_001);
});

test('a big message both ways, and pings', async () => {
  await using server = await echoing();
  const client = await open(`ws://127.0.0.1:${server.server.port}/`);
  const big = Buffer.alloc(20_000_000, 'abcdefghijk');
  client.send(big);
  client.ping('x');
  const pong = once(client, 'pong');
  const [data] = (await once(client, 'message')) as [Buffer];
  expect(big.equals(data)).toBe(true);
  expect(String((await pong)[0])).toBe('x');
  client.terminate();
});

test('frames that came with the handshake, cut anywhere', async () => {
  await using server = await echoing();
  const handshake = Buffer.from(
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  // A masked text frame (RFC 6455 §5.2), `hi` under the mask of zeros.
  const bytes = Buffer.concat([handshake, Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])]);
  for (let cut = handshake.length - 2; cut <= bytes.length; cut += 1) {
    const client = await RawClient.connect({ host: '127.0.0.1', port: server.server.port ?? 0 });
    client.send(bytes.subarray(0, cut));
    if (cut < bytes.length) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      client.send(bytes.subarray(cut));
    }
    const received = await client.until((text) => text.endsWith('\x81\x02hi'));
    expect(received).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
    client.destroy();
  }
});

test('a client that is gone closes its WebSocket', async () => {
  await using server = await echoing();
  const client = await open(`ws://127.0.0.1:${server.server.port}/`);
  const [socket] = server.sockets.clients;
  const closed = once(socket as WebSocket, 'close');
  client.terminate();
  expect((await closed)[0]).toBe(1_006);
});

test('what ws refuses is refused in its words', async () => {
  await using server = await echoing();
  const client = await RawClient.connect({ host: '127.0.0.1', port: server.server.port ?? 0 });
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  expect(await client.rest()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*Sec-WebSocket-Key/);
  client.destroy();
});
