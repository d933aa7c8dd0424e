import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { serve } from '../src/index.ts';
import { localhost } from './support/certificates.ts';
import { END_HEADERS, END_STREAM, frame, GET, headersFrame, PREFACE, settingsFrame } from './support/http2-frames.ts';
import { bytes, hello } from './support/serving.ts';

/** A client that keeps its side open whatever the server does. */
async function stubborn(port: number | undefined): Promise<TLSSocket> {
  const options: ConnectionOptions & { allowHalfOpen: boolean } = {
    port: port ?? 0,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['h2'],
    allowHalfOpen: true,
  };
  const socket = connect(options);
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

/** `close` ends long before its grace does; were it not so, this would end by the timeout of the test. */
const patient = { grace: 600_000 };

test.each<[string, (socket: TLSSocket) => void]>([
  ['sends nothing', () => {}],
  ['sends half the preface', (socket) => socket.write(PREFACE.slice(0, 10))],
  ['sends the preface without its SETTINGS', (socket) => socket.write(PREFACE)],
  ['sends no HTTP/2', (socket) => socket.write('GET / HTTP/1.1\r\n\r\n')],
  ['ends before the preface', (socket) => socket.end()],
  ['drops before the preface', (socket) => socket.destroy()],
])('close does not wait for a client that %s', async (_name, act) => {
  const server = await serve(hello, { port: 0, tls: localhost });
  const socket = await stubborn(server.port);
  act(socket);
  await server.close(patient);
  socket.destroy();
});

test('an idle client that does not close is waited for as long as drainTimeout', async () => {
  const server = await serve(hello, { port: 0, tls: localhost, drainTimeout: 50 });
  const socket = await stubborn(server.port);
  socket.write(Buffer.concat([Buffer.from(PREFACE), settingsFrame()]));
  const [first] = (await once(socket, 'data')) as [Buffer];
  expect(first[3]).toBe(4);
  await server.close(patient);
  socket.destroy();
});

test('a client that drops within the TLS handshake leaves nothing', async () => {
  const server = await serve(hello, { port: 0, tls: localhost });
  const { connect: connectPlain } = await import('node:net');
  const socket = connectPlain({ port: server.port ?? 0, host: '127.0.0.1' });
  socket.end(Buffer.from([0x16, 3, 1]));
  await once(socket.resume(), 'close');
  await server.close(patient);
});

test.each([false, true])(
  'close does not wait for a client that begins no handshake, proxyProtocol: %s',
  async (proxyProtocol) => {
    const server = await serve(hello, { port: 0, tls: localhost, proxyProtocol });
    const { connect: connectPlain } = await import('node:net');
    const socket = connectPlain({ port: server.port ?? 0, host: '127.0.0.1' });
    await once(socket, 'connect');
    await server.close(patient);
    socket.destroy();
  },
);

test('close waits for a client that has just connected: for its handshake and its request', async () => {
  const server = await serve(hello, { port: 0, tls: localhost });
  const { connect: connectPlain } = await import('node:net');
  const plain = connectPlain({ port: server.port ?? 0, host: '127.0.0.1' });
  await once(plain, 'connect');
  const closed = server.close(patient);
  const socket = connect({ socket: plain, rejectUnauthorized: false });
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(Buffer.concat(await socket.toArray()).toString()).toContain('200 OK');
  await closed;
});

test('a client that never sends the preface is closed after headersTimeout', async () => {
  const server = await serve(hello, { port: 0, tls: localhost, headersTimeout: 50 });
  const socket = await stubborn(server.port);
  await once(socket.resume(), 'end');
  socket.destroy();
  await server.close(patient);
});

test('a client that ends its side is gone: what runs for it is aborted', async () => {
  let report = (_name: string): void => {};
  const aborted = new Promise<string>((resolve) => {
    report = resolve;
  });
  const app: App = (environ, startResponse) =>
    new Promise((resolve) => {
      environ['tsgi.signal'].addEventListener('abort', () => {
        report((environ['tsgi.signal'].reason as Error).name);
        startResponse('200 OK', []);
        resolve([bytes('late')]);
      });
    });
  const server = await serve(app, { port: 0, tls: localhost });
  const socket = await stubborn(server.port);
  socket.write(Buffer.concat([Buffer.from(PREFACE), settingsFrame(), headersFrame(1, END_STREAM + END_HEADERS, GET)]));
  await once(socket, 'data');
  socket.end();
  expect(await aborted).toBe('AbortError');
  await server.close(patient);
  socket.destroy();
});

test('a client that says with its only request that it will send no other is answered', async () => {
  const server = await serve(hello, { port: 0, tls: localhost, drainTimeout: 50 });
  const socket = await stubborn(server.port);
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
  });
  const goaway = frame(7, 0, 0, Buffer.alloc(8));
  const request = headersFrame(1, END_STREAM + END_HEADERS, GET);
  socket.write(Buffer.concat([Buffer.from(PREFACE), settingsFrame(), request, goaway]));
  await once(socket, 'end');
  expect(received).toContain('hello');
  await server.close(patient);
  socket.destroy();
});
