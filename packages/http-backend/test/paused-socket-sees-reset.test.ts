import { connect as connectTls } from 'node:tls';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { App } from '@tsgi/core';
import { serve, type ServeOptions } from '../src/index.ts';
import { localhost } from './support/certificates.ts';

interface Waiting {
  app: App;
  /** An application has begun. */
  begun: Promise<void>;
  /** Its `tsgi.signal` has fired. */
  left: Promise<unknown>;
}

/** An application that waits for nothing but its client to leave, with its body unread. */
function waiting(): Waiting {
  let begin = (): void => {};
  let leave = (_reason: unknown): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const left = new Promise<unknown>((resolve) => {
    leave = resolve;
  });
  const app: App = (environ, startResponse) => {
    const signal = environ['tsgi.signal'];
    begin();
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        leave(signal.reason);
        startResponse('200 OK', []);
        resolve([]);
      });
    });
  };
  return { app, begun, left };
}

async function open(app: App, options: ServeOptions): Promise<Socket> {
  const server = await serve(app, { port: 0, errors: () => {}, ...options });
  const raw = options.path === undefined ? connect(server.port ?? 0, '127.0.0.1') : connect(options.path);
  raw.on('error', () => {});
  onTestFinished(async () => {
    raw.destroy();
    await server.close({ grace: 0 });
  });
  return raw;
}

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const post = (length: number): string => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;
const chunked = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
const old = `POST / HTTP/1.0\r\nContent-Length: 400000\r\n\r\n`;

const sent: [name: string, bytes: string][] = [
  ['more requests than are read ahead', get.repeat(12_000)],
  ['a body that is not read', post(10_000_000) + 'x'.repeat(400_000)],
  ['a whole body that is not read', post(400_000) + 'x'.repeat(400_000)],
  ['chunks that are not read', chunked + `3e8\r\n${'x'.repeat(1_000)}\r\n`.repeat(400)],
];

test.each(sent)('a reset is seen behind %s', async (_name, bytes) => {
  const { app, begun, left } = waiting();
  const client = await open(app, {});
  client.write(bytes, 'latin1');
  await begun;
  client.resetAndDestroy();
  expect(await left).toMatchObject({ name: 'AbortError' });
});

test.each([...sent, ['a whole body that is not read, over HTTP/1.0', old + 'x'.repeat(300_000)]])(
  'a close is seen behind %s',
  async (_name, bytes) => {
    const { app, begun, left } = waiting();
    const client = await open(app, {});
    client.write(bytes as string, 'latin1');
    await begun;
    client.destroy();
    expect(await left).toMatchObject({ name: 'AbortError' });
  },
);

test.each(sent)('over a UNIX socket a close is seen behind %s', async (_name, bytes) => {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { app, begun, left } = waiting();
  const client = await open(app, { path: join(folder, 's') });
  client.write(bytes, 'latin1');
  await begun;
  client.destroy();
  expect(await left).toMatchObject({ name: 'AbortError' });
});

test.each([
  ['a reset', (socket: Socket) => socket.resetAndDestroy()],
  ['a close', (socket: Socket) => socket.destroy()],
])('over TLS %s is seen behind a body that is not read', async (_name, leave) => {
  const { app, begun, left } = waiting();
  const raw = await open(app, { tls: localhost });
  const client = connectTls({ socket: raw, rejectUnauthorized: false });
  client.on('error', () => {});
  client.write(post(10_000_000) + 'x'.repeat(400_000));
  await begun;
  leave(raw);
  expect(await left).toMatchObject({ name: 'AbortError' });
});

test('a client that has ended its side, and leaves while the second of its requests runs, is seen', async () => {
  const { app, begun, left } = waiting();
  const client = await open((environ, startResponse) => {
    if (environ.PATH_INFO === '/') return app(environ, startResponse);
    startResponse('200 OK', []);
    return new Promise((resolve) => setTimeout(resolve, 300, []));
  }, {});
  client.end(`${get.replace('/', '/first')}${get}`);
  await begun;
  client.destroy();
  expect(await left).toMatchObject({ name: 'AbortError' });
});

test('a client that waits, its side ended, with everything unread gets its answer', async () => {
  let go = (): void => {};
  const later = new Promise<void>((resolve) => {
    go = resolve;
  });
  const client = await open(
    async (environ, startResponse) => {
      await later;
      const body = await environ['tsgi.input'].read();
      startResponse('200 OK', []);
      return [Buffer.from(String(body.length))];
    },
    { maxRequestsPerConnection: 1 },
  );
  client.end(post(700_000) + 'x'.repeat(700_000));
  // Long enough for several looks.
  setTimeout(go, 4_500);
  let received = '';
  for await (const bytes of client) received += String(bytes);
  expect(received).toMatch(/\r\n\r\n700000$/);
});
