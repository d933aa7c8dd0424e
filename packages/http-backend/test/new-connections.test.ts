import { once } from 'node:events';
import { connect, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSharedReadServer, SharedReadSocket } from '../src/socket/shared-read-socket.ts';
import { serving } from './support/serving.ts';
import type { App } from '@tsgi/core';

// A server makes the sockets of its connections itself, in Node's place. What Node does for them has to be done all the same.

const names: App = (environ, startResponse) => {
  startResponse('200 OK', []);
  return [Buffer.from(`${environ.SERVER_NAME} ${environ.SERVER_PORT} ${environ.REMOTE_ADDR}`)];
};

/** What the server says to a request without a Host header, on a connection of its own. */
async function ask(port: number, host: string, localAddress?: string): Promise<string> {
  const socket = connect({ port, host, ...(localAddress === undefined ? {} : { localAddress }) });
  socket.write('GET / HTTP/1.0\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text.slice(text.indexOf('\r\n\r\n') + 4);
}

test('bound to one address: that is the name of the server', async () => {
  await using server = await serving(names);
  const { port } = server;
  expect(await ask(port, '127.0.0.1')).toBe(`127.0.0.1 ${port} 127.0.0.1`);
  expect(await ask(port, '127.0.0.1', '127.0.0.9')).toBe(`127.0.0.1 ${port} 127.0.0.9`);
});

test.each(['0.0.0.0', '::'])('bound to %s: each connection has the address that it came to', async (host) => {
  await using server = await serving(names, { host });
  const { port } = server;
  expect(await ask(port, '127.0.0.1')).toBe(`127.0.0.1 ${port} 127.0.0.1`);
  expect(await ask(port, '127.0.0.5')).toBe(`127.0.0.5 ${port} 127.0.0.1`);
});

test('a client that has announced the end is not waited for, though it keeps its side open', async () => {
  await using server = await serving(names);
  const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  socket.resume();
  await once(socket, 'end');
  // Nobody is there any more: what is sent now is answered by a reset.
  const closed = new Promise((resolve) => void socket.on('close', resolve));
  const ticking = setInterval(() => socket.write('more'), 20);
  await closed;
  clearInterval(ticking);
});

let server: Server;
const accepted: Socket[] = [];
beforeAll(async () => {
  server = createSharedReadServer((socket) =>
    accepted.push(socket.on('error', () => {}).on('end', () => socket.end())),
  );
  server.maxConnections = 2;
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => void server.close());

test('one socket is made a connection, and counted until it has closed; beyond the most they are dropped', async () => {
  const count = async (): Promise<number> =>
    new Promise((resolve) => server.getConnections((_error, connections) => resolve(connections)));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const clients = [connect(port), connect(port)];
  await expect.poll(() => accepted.length, { timeout: 15_000 }).toBe(2);
  expect(accepted.every((socket) => socket instanceof SharedReadSocket && socket.readyState === 'open')).toBe(true);
  expect(await count()).toBe(2);
  const dropped = once(server, 'drop');
  const third = connect(port).resume();
  expect((await dropped)[0]).toMatchObject({ localPort: port });
  await once(third, 'close');
  expect(accepted).toHaveLength(2);
  for (const client of clients) client.resume().end();
  await expect.poll(count, { timeout: 15_000 }).toBe(0);
  const closed = once(server, 'close');
  server.close();
  await closed;
});
