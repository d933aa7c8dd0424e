import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { App } from '@tsgi/core';
import { callApp } from '@tsgi/core/testing';
import { afterEach, expect, it } from 'vitest';
import { gateway, serve } from '../src/index.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const hello: App = async (environ, startResponse) => {
  await new Promise((resolve) => setImmediate(resolve));
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(environ.PATH_INFO)];
};

/** Speaks on `workers` connections at once and lets the others wait for ever, as php-fpm's backlog does. */
async function withWorkers(workers: number): Promise<{ port: number; most: () => number }> {
  const inner = await serve(hello, { port: 0 });
  const open = new Set<Socket>();
  let most = 0;
  const front = createServer((socket) => {
    open.add(socket);
    most = Math.max(most, open.size);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    if (open.size > workers) return;
    const behind = connect(inner.port ?? 0, '127.0.0.1').on('error', () => {});
    socket.pipe(behind).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(front, 'listening');
  closers.push(() => {
    for (const socket of open) socket.destroy();
    front.close();
    return inner.close({ grace: 100 });
  });
  const bound = front.address();
  return { port: typeof bound === 'object' && bound !== null ? bound.port : 0, most: () => most };
}

it('a pool is a bound: what exceeds it waits for a connection, and none is left in a backlog', async () => {
  const { port, most } = await withWorkers(2);
  const app = gateway({ address: { type: 'tcp', host: '127.0.0.1', port }, pool: 2 });
  const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => callApp(app, { target: `/${index}` })));
  expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 30 }, (_, index) => `/${index}`));
  expect(most()).toBe(2);
});

it('a request that finds no connection free in time is a 503', async () => {
  const { port } = await withWorkers(0);
  const app = gateway({ address: { type: 'tcp', host: '127.0.0.1', port }, pool: 1, responseTimeout: 200 });
  const answers = await Promise.all([callApp(app), callApp(app), callApp(app)]);
  expect(answers.map(({ status }) => status.slice(0, 3)).toSorted()[0]).toBe('503');
});
