import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { serve, type HttpServer, type ServeOptions } from '../src/index.ts';
import { CONNECTION_STATES, STREAM_STATES } from '../src/http2/http2-states.ts';
import {
  END_HEADERS,
  END_STREAM,
  frame,
  GET,
  headersFrame,
  PREFACE,
  resetFrame,
  settingsFrame,
} from './support/http2-frames.ts';
import { hello } from './support/serving.ts';

type Table = Record<string, Record<string, string>>;
const tables: Table[] = [CONNECTION_STATES as Table, STREAM_STATES as Table];

/** Every transition of a table, as `state happening state`. */
function transitions(table: Table): string[] {
  return Object.entries(table).flatMap(([state, row]) =>
    Object.entries(row).map(([happening, next]) => `${state} ${happening} ${next}`),
  );
}

/** Puts into `taken` what is looked up from now on. */
function watch(table: Table, taken: Set<string>): void {
  for (const [state, row] of Object.entries(table)) {
    for (const [happening, next] of Object.entries(row)) {
      Object.defineProperty(row, happening, {
        get() {
          taken.add(`${state} ${happening} ${next}`);
          return next;
        },
        enumerable: true,
      });
    }
  }
}

test.each(tables)('nothing leaves gone, everything can be lost, every state is reached', (table) => {
  expect(Object.keys(table['gone'] ?? {})).toEqual([]);
  for (const state of Object.keys(table)) if (state !== 'gone') expect(table[state]?.['loss']).toBe('gone');
  const reached = new Set([Object.keys(table)[0] ?? '']);
  for (const state of reached) for (const next of Object.values(table[state] ?? {})) reached.add(next);
  expect([...reached].toSorted()).toEqual(Object.keys(table).toSorted());
});

const opened = Buffer.concat([Buffer.from(PREFACE), settingsFrame()]);
const get = headersFrame(1, END_HEADERS + END_STREAM, GET);
const goaway = frame(7, 0, 0, Buffer.alloc(8));
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

const never: App = () => new Promise(() => {});

/** What happens to one connection. The application is `hello` but where `waits`. */
const scenarios: [
  name: string,
  options: ServeOptions,
  waits: boolean,
  act: (socket: Socket, server: HttpServer) => Promise<unknown>,
][] = [
  [
    'a server that ends before the preface',
    {},
    false,
    async (socket, server) => {
      socket.write(PREFACE);
      await pause();
      await server.close({ grace: 60_000 });
    },
  ],
  [
    'a preface that does not end',
    { headersTimeout: 100 },
    false,
    async (socket) => {
      socket.write(PREFACE);
      await once(socket, 'end');
    },
  ],
  [
    'a client that leaves within the preface',
    {},
    false,
    async (socket) => {
      socket.write(PREFACE);
      await pause();
      socket.destroy();
    },
  ],
  [
    'no request',
    { headersTimeout: 100, drainTimeout: 50 },
    false,
    async (socket) => {
      socket.write(opened);
      await once(socket, 'end');
    },
  ],
  [
    'a server that ends without a request',
    {},
    false,
    async (socket, server) => {
      socket.write(opened);
      await pause();
      void server.close({ grace: 60_000 });
      await once(socket, 'end');
      socket.destroy();
    },
  ],
  [
    'a client that leaves before its request',
    {},
    false,
    async (socket) => {
      socket.write(opened);
      await pause();
      socket.destroy();
    },
  ],
  [
    'a request, then none',
    { keepAliveTimeout: 100, drainTimeout: 50 },
    false,
    async (socket) => {
      socket.write(Buffer.concat([opened, get]));
      await once(socket, 'end');
      await pause();
      await pause();
    },
  ],
  [
    'a client that ends after all is said',
    { keepAliveTimeout: 100 },
    false,
    async (socket) => {
      socket.write(Buffer.concat([opened, get]));
      await once(socket, 'end');
      socket.end();
    },
  ],
  [
    'GOAWAY while the application runs, then nobody',
    {},
    true,
    async (socket) => {
      socket.write(Buffer.concat([opened, get]));
      await pause();
      socket.write(goaway);
      await pause();
      socket.destroy();
    },
  ],
  [
    'a client that leaves while the application runs',
    {},
    true,
    async (socket) => {
      socket.write(Buffer.concat([opened, get]));
      await pause();
      socket.destroy();
    },
  ],
  [
    'a server whose grace is over while the application runs',
    {},
    true,
    async (socket, server) => {
      socket.write(Buffer.concat([opened, get]));
      await pause();
      await server.close({ grace: 0 });
    },
  ],
  [
    'a stream that is taken back',
    {},
    true,
    async (socket) => {
      socket.write(Buffer.concat([opened, get]));
      await pause();
      socket.write(resetFrame(1));
      await pause();
      socket.destroy();
    },
  ],
];

test('connections take every transition', async () => {
  const all = tables.flatMap(transitions);
  const taken = new Set<string>();
  for (const table of tables) watch(table, taken);
  await Promise.all(
    scenarios.map(async ([_name, options, waits, act]) => {
      const server = await serve(waits ? never : hello, { port: 0, h2c: true, errors: () => {}, ...options });
      const socket = connect({ port: server.port ?? 0, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => {});
      socket.resume();
      await once(socket, 'connect');
      await act(socket, server);
      await pause();
      socket.destroy();
      await server.close({ grace: 0 });
    }),
  );
  expect([...taken].toSorted()).toEqual(all.toSorted());
}, 60_000);
