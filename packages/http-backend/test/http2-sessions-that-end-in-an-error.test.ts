import { readdirSync } from 'node:fs';
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { serve, type HttpServer, type ServeOptions } from '../src/index.ts';
import { localhost } from './support/certificates.ts';
import {
  continuationFrame,
  dataFrame,
  END_HEADERS,
  END_STREAM,
  frame,
  GET,
  headersFrame,
  literals,
  POST,
  PREFACE,
  resetFrame,
  settingsFrame,
} from './support/http2-frames.ts';
import { bytes, hello } from './support/serving.ts';

const PUSH_PROMISE = 5;
const PING = 6;
const GOAWAY = 7;
const WINDOW_UPDATE = 8;
const PADDED = 8;

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Waits for its signal, for ever if it must. */
function waiting(): { app: App; running: () => number } {
  let running = 0;
  const app: App = (environ) => {
    running += 1;
    return new Promise((_resolve, reject) => {
      environ['tsgi.signal'].addEventListener('abort', () => {
        running -= 1;
        reject(new Error('aborted'));
      });
    });
  };
  return { app, running: () => running };
}

async function open(server: HttpServer, tls: boolean): Promise<Socket> {
  const where = { port: server.port ?? 0, host: '127.0.0.1', allowHalfOpen: true };
  const socket = tls ? connectTls({ ...where, rejectUnauthorized: false, ALPNProtocols: ['h2'] }) : connectPlain(where);
  socket.on('error', () => {});
  socket.resume();
  await once(socket, tls ? 'secureConnect' : 'connect');
  socket.write(Buffer.concat([Buffer.from(PREFACE), settingsFrame()]));
  return socket;
}

/** What a client sends while its POST on stream 1 runs. */
const errors: Record<string, readonly Buffer[]> = {
  'a CONTINUATION frame alone': [continuationFrame(1, END_HEADERS, Buffer.from([0x82]))],
  'DATA on a half-closed stream': [headersFrame(3, END_HEADERS + END_STREAM, GET), dataFrame(3, 0, bytes('x'))],
  'DATA on stream 0': [dataFrame(0, 0, bytes('x'))],
  'DATA of an idle stream': [dataFrame(9, 0, bytes('x'))],
  'padding longer than its frame': [frame(0, PADDED, 1, Buffer.from([200, 1, 2]))],
  'a frame that is too long': [dataFrame(1, 0, new Uint8Array(20_000))],
  'a header block that HPACK cannot read': [
    headersFrame(3, END_HEADERS + END_STREAM, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
  ],
  'an index that HPACK does not have': [headersFrame(3, END_HEADERS + END_STREAM, Buffer.from([0xff, 0x80, 1]))],
  'a frame between HEADERS and CONTINUATION': [headersFrame(3, END_STREAM, GET), frame(PING, 0, 0, Buffer.alloc(8))],
  'CONTINUATION of another stream': [headersFrame(3, END_STREAM, GET), continuationFrame(5, END_HEADERS, GET)],
  'HEADERS of an even stream': [headersFrame(2, END_HEADERS + END_STREAM, GET)],
  'HEADERS on stream 0': [headersFrame(0, END_HEADERS + END_STREAM, GET)],
  'PUSH_PROMISE from a client': [frame(PUSH_PROMISE, END_HEADERS, 1, Buffer.concat([Buffer.from([0, 0, 0, 2]), GET]))],
  'RST_STREAM of an idle stream': [resetFrame(9)],
  'RST_STREAM of three bytes': [frame(3, 0, 1, Buffer.alloc(3))],
  'SETTINGS of five bytes': [settingsFrame(Buffer.alloc(5))],
  'SETTINGS with ACK and content': [frame(4, 1, 0, Buffer.alloc(6))],
  'SETTINGS that push twice': [settingsFrame(Buffer.from([0, 2, 0, 0, 0, 2]))],
  'SETTINGS with a window beyond all windows': [settingsFrame(Buffer.from([0, 4, 0xff, 0xff, 0xff, 0xff]))],
  'WINDOW_UPDATE of nothing': [frame(WINDOW_UPDATE, 0, 0, Buffer.alloc(4))],
  'WINDOW_UPDATE beyond all windows': [frame(WINDOW_UPDATE, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff]))],
  'PING of seven bytes': [frame(PING, 0, 0, Buffer.alloc(7))],
  'PING of a stream': [frame(PING, 0, 1, Buffer.alloc(8))],
  'PRIORITY of four bytes': [frame(2, 0, 1, Buffer.alloc(4))],
  'GOAWAY with an error': [frame(GOAWAY, 0, 0, Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]))],
  'GOAWAY of a stream': [frame(GOAWAY, 0, 1, Buffer.alloc(8))],
  'more than its window, without end': Array.from({ length: 20 }, () => dataFrame(1, 0, new Uint8Array(16_000))),
  'HTTP/1.1': Array.from({ length: 30 }, () => Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')),
  'many PINGs whose answers it does not read': Array.from({ length: 20 }, () =>
    Buffer.concat(Array.from({ length: 5_000 }, () => frame(PING, 0, 0, Buffer.alloc(8)))),
  ),
  'streams that it resets': Array.from({ length: 40 }, (_none, round) =>
    Buffer.concat(
      Array.from({ length: 50 }, (_nothing, index) => {
        const id = 3 + 2 * (50 * round + index);
        return Buffer.concat([headersFrame(id, END_HEADERS + END_STREAM, GET), resetFrame(id)]);
      }),
    ),
  ),
  'streams that it makes the server reset': Array.from({ length: 300 }, (_none, index) =>
    Buffer.concat([
      headersFrame(3 + 2 * index, END_HEADERS, POST),
      frame(WINDOW_UPDATE, 0, 3 + 2 * index, Buffer.alloc(4)),
    ]),
  ),
  'heads that are malformed': Array.from({ length: 300 }, (_none, index) =>
    headersFrame(3 + 2 * index, END_HEADERS + END_STREAM, literals({ 'X-A': 'upper case' })),
  ),
};

/** Errors after which a client that stays is not thrown out: it has done no more than ask too much at a time. */
const spared = new Set(['many PINGs whose answers it does not read', 'more than its window, without end']);

for (const [over, options] of Object.entries<ServeOptions>({ h2c: { h2c: true }, TLS: { tls: localhost } })) {
  const isTls = 'tls' in options;

  test(`${over}: after an error, and a client that closes, nothing is left`, async () => {
    const { app, running } = waiting();
    const server = await serve(app, { port: 0, errors: () => {}, ...options });
    const before = descriptors();
    for (const [name, frames] of Object.entries(errors)) {
      const socket = await open(server, isTls);
      socket.write(headersFrame(1, END_HEADERS, POST));
      await expect.poll(running, { timeout: 20_000, message: name }).toBeGreaterThan(0);
      for (const one of frames) socket.write(one);
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.destroy();
    }
    await expect.poll(() => [running(), descriptors()], { timeout: 30_000 }).toEqual([0, before]);
    await server.close({ grace: 0 });
  }, 60_000);

  test(`${over}: after an error a client that stays is closed, and its applications are told`, async () => {
    const { app, running } = waiting();
    const server = await serve(app, { port: 0, errors: () => {}, drainTimeout: 500, ...options });
    const stay = Object.keys(errors).filter((name) => !spared.has(name));
    const ended = await Promise.all(
      stay.map(async (name) => {
        const socket = await open(server, isTls);
        const closed = new Promise<void>((resolve) => {
          socket.once('end', () => resolve());
          socket.once('close', () => resolve());
        });
        socket.write(headersFrame(1, END_HEADERS, POST));
        await new Promise((resolve) => setTimeout(resolve, 20));
        for (const one of errors[name] ?? []) socket.write(one);
        await closed;
        socket.destroy();
        return name;
      }),
    );
    expect(ended).toEqual(stay);
    await expect.poll(running, { timeout: 30_000 }).toBe(0);
    await server.close({ grace: 0 });
  }, 60_000);

  test.each<[string, (socket: Socket) => void]>([
    ['ends', (socket) => socket.end()],
    ['drops', (socket) => socket.destroy()],
    ['resets', (socket) => socket.resetAndDestroy()],
    ['resets its stream', (socket) => socket.write(resetFrame(1, 0))],
  ])(`${over}: a client that %s while its body is not read`, async (_name, leave) => {
    const { app, running } = waiting();
    const server = await serve(app, { port: 0, errors: () => {}, ...options });
    const socket = await open(server, isTls);
    socket.write(headersFrame(1, END_HEADERS, POST));
    // As much as a window holds, more than is kept for an application that does not read.
    for (let count = 0; count < 4; count += 1) socket.write(dataFrame(1, 0, new Uint8Array(16_000)));
    await expect.poll(running, { timeout: 20_000 }).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (isTls && _name === 'resets') socket.destroy();
    else leave(socket);
    await expect.poll(running, { timeout: 20_000 }).toBe(0);
    socket.destroy();
    await server.close({ grace: 0 });
  });

  test(`${over}: a client that sends GOAWAY and keeps its end open is closed`, async () => {
    const server = await serve(hello, { port: 0, drainTimeout: 200, ...options });
    const socket = await open(server, isTls);
    socket.write(headersFrame(1, END_HEADERS + END_STREAM, GET));
    await once(socket, 'data');
    socket.write(frame(GOAWAY, 0, 0, Buffer.alloc(8)));
    // Its own end, if at all, comes only after the server's whole connection is gone.
    await expect
      .poll(
        async () => {
          socket.write(frame(PING, 0, 0, Buffer.alloc(8)));
          return socket.destroyed || socket.errored !== null;
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    await server.close({ grace: 0 });
  }, 60_000);

  test(`${over}: a session that is over does not wait for ever where keepAliveTimeout is Infinity`, async () => {
    const server = await serve(hello, { port: 0, keepAliveTimeout: Infinity, ...options });
    const before = descriptors();
    const socket = await open(server, isTls);
    socket.write(headersFrame(1, END_HEADERS + END_STREAM, GET));
    await once(socket, 'data');
    socket.write(continuationFrame(1, END_HEADERS, Buffer.from([0x82])));
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await expect.poll(descriptors, { timeout: 20_000 }).toBe(before);
    await server.close({ grace: 0 });
  });

  test(`${over}: an application that computes for long is not taken for an end`, async () => {
    const server = await serve(
      async (environ, startResponse) => {
        await environ['tsgi.input'].read();
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        return hello(environ, startResponse);
      },
      { port: 0, ...options },
    );
    const socket = await open(server, isTls);
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    socket.write(headersFrame(1, END_HEADERS, POST));
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.write(dataFrame(1, END_STREAM, bytes('abc')));
    // The client answers neither SETTINGS nor PINGs.
    await expect.poll(() => received, { timeout: 30_000 }).toContain('hello');
    socket.destroy();
    await server.close({ grace: 0 });
  }, 60_000);
}
