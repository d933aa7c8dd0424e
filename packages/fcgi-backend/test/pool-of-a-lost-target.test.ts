import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '@tsgi/core';
import { callApp } from '@tsgi/core/testing';
import { afterEach, expect, it } from 'vitest';
import { gateway, serve } from '../src/index.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const hello: App = async (environ, startResponse) => {
  await delay(50);
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(environ.REQUEST_METHOD)];
};

/** An application behind a cable: cut through, its connections stay open, and nothing comes or goes any more. */
async function behindACable(): Promise<{ port: number; cut: () => void }> {
  const inner = await serve(hello, { port: 0 });
  const sockets = new Set<Socket>();
  const cable = createServer((socket) => {
    const behind = connect(inner.port ?? 0, '127.0.0.1');
    for (const end of [socket, behind]) sockets.add(end.on('error', () => {}));
    socket.pipe(behind).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(cable, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    cable.close();
    return inner.close({ grace: 100 });
  });
  const bound = cable.address();
  const cut = (): void => {
    for (const socket of sockets) socket.unpipe().pause();
    cable.close();
  };
  return { port: typeof bound === 'object' && bound !== null ? bound.port : 0, cut };
}

// What rests in the pool leads nowhere, too, and a POST that was sent on it cannot be sent again: the next one that tries the target
// has to find out by connecting.
it('a POST that tries a target which was lost goes to another one, whatever rests in the pool', async () => {
  const [lost, other] = [await behindACable(), await behindACable()];
  const app = gateway({
    address: [lost, other].map(({ port }) => ({ type: 'tcp', host: '127.0.0.1', port })),
    pool: 6,
    responseTimeout: 300,
  });
  const errors: string[] = [];
  const ask = async (method: string): Promise<string> => {
    const answer = await callApp(app, { method });
    errors.push(answer.errors);
    return answer.status.slice(0, 3);
  };
  // Six connections to each.
  expect(new Set(await Promise.all(Array.from({ length: 12 }, () => ask('GET'))))).toEqual(new Set(['200']));
  lost.cut();
  // Sequentially: two failures take the target out.
  for (let count = 0; count < 40 && !errors.some((text) => text.includes('left out')); count++) {
    expect(await ask('GET')).toBe('200');
  }
  expect(errors.join('')).toContain('left out');
  // Until it is tried: the first time after a second.
  const answers: string[] = [];
  for (let count = 0; count < 12; count++) {
    await delay(150);
    answers.push(await ask('POST'));
  }
  expect(new Set(answers)).toEqual(new Set(['200']));
}, 30_000);
