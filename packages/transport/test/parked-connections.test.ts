import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { App } from '@tsgi/core';
import { expect, onTestFinished, test } from 'vitest';
import { ClassicServer, makeClassicServer } from '../src/classic.ts';
import type { Wire } from '../src/index.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** A wire that answers whatever comes, and ends when the client does. */
const wire: Wire = {
  scheme: 'echo',
  accept(_app, socket) {
    socket.on('data', (bytes) => socket.end(bytes));
    socket.on('end', () => socket.end());
    return { shutDown: () => socket.end(), destroy: () => socket.destroy() };
  },
};

const app: App = () => [];
let accepted: WeakRef<Socket>[] = [];

class Watching extends ClassicServer {
  protected override verifyRequest(socket: Socket): boolean {
    accepted.push(new WeakRef(socket));
    return true;
  }
}

async function parking(): Promise<ClassicServer> {
  accepted = [];
  const server = makeClassicServer('127.0.0.1', 0, app, wire, { serverClass: Watching });
  onTestFinished(() => server.close({ grace: 0 }));
  await server.listening;
  return server;
}

function open({ port = 0 }: ClassicServer): Socket {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

test.each([
  ['reset', (socket: Socket) => void socket.resetAndDestroy()],
  ['reset with a request under way', (socket: Socket) => void socket.write('x', () => socket.resetAndDestroy())],
])('connections that wait and are %s by their clients are not kept', async (_how, leave) => {
  const server = await parking();
  for (let round = 0; round < 50; round++) {
    const socket = open(server);
    await once(socket, 'connect');
    leave(socket);
    if (!socket.destroyed) await once(socket, 'close');
  }
  const kept = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    collect();
    return accepted.filter((socket) => socket.deref()?.destroyed !== undefined).length;
  };
  // The last ones may still be on the stack.
  await expect.poll(kept).toBeLessThan(5);
  // And none of them stands in the way of one that wants something.
  const handled = server.handleRequest();
  const socket = open(server);
  socket.write('still here');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  expect(String(bytes)).toBe('still here');
  await handled;
});

test('they are bounded: what comes beyond is closed, what waits is served', async () => {
  const server = await parking();
  const sockets: Socket[] = [];
  let closed = 0;
  for (let count = 0; count < 140; count++) {
    const socket = open(server);
    socket.on('close', () => closed++);
    sockets.push(socket);
    await once(socket, 'connect');
  }
  await expect.poll(() => closed).toBe(12);
  const first = sockets[0];
  first?.write('first');
  void server.serveForever();
  const [bytes] = (await once(first ?? open(server), 'data')) as [Buffer];
  expect(String(bytes)).toBe('first');
});

test('those that their clients have left take no place from others', async () => {
  const server = await parking();
  for (let count = 0; count < 200; count++) {
    const socket = open(server);
    await once(socket, 'connect');
    socket.destroy();
  }
  await expect.poll(() => accepted.length).toBe(200);
  const socket = open(server);
  socket.write('still here');
  await expect.poll(() => accepted.length).toBe(201);
  void server.serveForever();
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  expect(String(bytes)).toBe('still here');
});

test('a request with the end of its client behind it is served when its turn comes', async () => {
  const server = await parking();
  const socket = connect({ host: '127.0.0.1', port: server.port ?? 0, allowHalfOpen: true });
  socket.end('a request');
  await expect.poll(() => accepted.length).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const handled = server.handleRequest();
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  expect(String(bytes)).toBe('a request');
  await handled;
});
