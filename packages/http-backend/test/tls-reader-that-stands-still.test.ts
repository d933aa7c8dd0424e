import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import type { App } from '@tsgi/core';
import { expect, onTestFinished, test } from 'vitest';
import { serve } from '../src/index.ts';
import { localhost } from './support/certificates.ts';

const CHUNK = new Uint8Array(1_048_576);

/** A client of HTTP/1.1 over TLS that is paused, with its request sent. */
async function ask(chunks: number, sendTimeout: number): Promise<{ socket: TLSSocket; ended: () => string[] }> {
  const ended: string[] = [];
  const app: App = (environ, startResponse) => {
    environ['tsgi.signal'].addEventListener('abort', () => ended.push('signal'));
    environ['tsgi.after_response'].push(() => void ended.push('after'));
    startResponse('200 OK', []);
    return (function* body() {
      for (let chunk = 0; chunk < chunks; chunk++) yield CHUNK;
    })();
  };
  const server = await serve(app, { port: 0, tls: localhost, http2: false, sendTimeout });
  onTestFinished(() => server.close({ grace: 0 }));
  const socket = connect({ port: server.port ?? 0, host: '127.0.0.1', rejectUnauthorized: false });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  return { socket, ended: () => ended };
}

test('over TLS, a client that takes nothing is let go of after sendTimeout', async () => {
  const { ended } = await ask(1_000, 300);
  await expect.poll(ended).toEqual(['signal', 'after']);
});

test('over TLS, one that takes a little now and then gets all of it, however long it takes', async () => {
  const { socket, ended } = await ask(24, 800);
  let received = 0;
  let wanted = 0;
  socket.on('data', (bytes: Buffer) => {
    received += bytes.length;
    wanted -= bytes.length;
    if (wanted <= 0) socket.pause();
  });
  const bits = setInterval(() => {
    wanted = 1_000_000;
    socket.resume();
  }, 150);
  await once(socket, 'end');
  clearInterval(bits);
  expect(received).toBeGreaterThan(24 * CHUNK.length);
  expect(ended()).toEqual(['after']);
});
