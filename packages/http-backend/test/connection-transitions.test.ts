import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { App, Bytes } from '@tsgi/core';
import type { Upgrade } from '../src/index.ts';
import { CONNECTION, ConnectionState } from '../src/http1/connection-state.ts';
import type { RawClient } from './support/raw-client.ts';
import { bytes, type Serving, serving } from './support/serving.ts';

// The transitions that real connections take: each client below is there for some of them.

const taken = new Set<string>();
const { on } = ConnectionState.prototype;
beforeAll(() => {
  ConnectionState.prototype.on = function watched(event) {
    const { phase } = this;
    const known = on.call(this, event);
    if (known) taken.add(`${phase} ${event}`);
    return known;
  };
});
afterAll(() => {
  ConnectionState.prototype.on = on;
});

const later = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

let begun = 0;
let over = 0;

/** Does what the path says. */
const app: App = async (environ, startResponse) => {
  begun += 1;
  const { 'tsgi.signal': signal, 'tsgi.input': input, PATH_INFO: path } = environ;
  environ['tsgi.after_response'].push(() => void (over += 1));
  const gone = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  if (path === '/upgrade') {
    const upgrade = (environ as { 'tsgi.upgrade'?: Upgrade })['tsgi.upgrade'];
    if (upgrade !== undefined) return upgrade(environ, startResponse, (_request, socket) => void socket.end('over'));
  }
  if (path === '/late') await Promise.race([later(300), gone]);
  if (path === '/wait') await gone;
  if (path === '/read' || path === '/late-read') {
    if (path === '/late-read') await Promise.race([later(300), gone]);
    try {
      await input.read();
    } catch {
      // Answered all the same.
    }
  }
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  if (path === '/cut' || path === '/late-cut') {
    return (async function* cut(): AsyncGenerator<Bytes> {
      yield bytes('begun');
      if (path === '/late-cut') await Promise.race([later(300), gone]);
      throw new Error('on purpose');
    })();
  }
  return [bytes('done')];
};

const options = { keepAliveTimeout: 400, headersTimeout: 1_000, drainTimeout: 300 };
const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const post = (path: string, length: number): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;
const chunked = (path: string): string => `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`;
const x = (length: number): string => 'x'.repeat(length);
const chunks = (count: number): string => `1000\r\n${x(0x1000)}\r\n`.repeat(count);

type Act = string | number | 'END' | 'RESET' | 'ANSWER';

/** What clients do: send text, wait for an answer or so many milliseconds, end their side, reset. */
const clients: Record<string, Act[]> = {
  'two requests, and silence': [get('/'), 'ANSWER', get('/'), 'ANSWER', 900],
  'a second head in two parts': [get('/'), 'ANSWER', 'GET / HT', 50, 'TP/1.1\r\nHost: a\r\n\r\n', 'ANSWER'],
  'a second request with a body that is late': [get('/'), 'ANSWER', post('/read', 5), 50, 'abcde', 'ANSWER'],
  'a second request that is none': [get('/'), 'ANSWER', ' \r\n\r\n', 100],
  'a reset between two requests': [get('/'), 'ANSWER', 50, 'RESET'],
  'a first request that is none': [' \r\n\r\n', 100],
  'no request': [1_500],
  'a reset within a head': ['GET /', 50, 'RESET'],
  'an answer before the body': [post('/', 5), 'ANSWER', 'abcde', get('/'), 'ANSWER'],
  'an answer before a body that is much': [post('/', 100_000_000), 'ANSWER', 50],
  'an answer that is cut before the body is there': [post('/cut', 5), 200],
  'chunks that are none': [chunked('/read'), 50, 'zz\r\n', 'ANSWER'],
  'chunks that are none, and an answer that is cut': [chunked('/late-cut'), 50, 'zz\r\n', 600],
  'chunks that are none, and a reset': [chunked('/late'), 50, 'zz\r\n', 50, 'RESET'],
  'an end within the body': [post('/read', 5), 50, 'END', 100],
  'a reset within the body': [post('/read', 5), 50, 'RESET'],
  'a body that is read late': [post('/late-read', 300_000), x(300_000), 'ANSWER'],
  'a body that is not read': [post('/late', 200_000), x(100_000), 'ANSWER', x(100_000), 100],
  'a body that is not read and is much': [post('/late', 100_000_000), x(100_000), 'ANSWER', 100],
  'a body that is not read, and an answer that is cut': [post('/late-cut', 200_000), x(100_000), 900],
  'a body that is not read, and an end behind all of it': [
    post('/wait', 100_000),
    x(99_000),
    50,
    x(1_000),
    'END',
    4_500,
  ],
  'a body that is not read, and an end within it': [post('/wait', 100_001), x(100_000), 'END', 100],
  'chunks that are not read, then none, and an end': [chunked('/late-read'), chunks(20), 'zz\r\n', 'END', 600],
  'a body that is not read, and a reset': [post('/wait', 200_000), x(100_000), 50, 'RESET', 2_500],
  'a request that is the last': [get('/', 'Connection: close\r\n'), 'ANSWER'],
  'an answer that is cut': [get('/cut'), 200],
  'another protocol': [get('/upgrade', 'Connection: upgrade\r\nUpgrade: x\r\n'), 200],
  'a reset while the application runs': [get('/wait'), 50, 'RESET'],
  'chunks that are none, behind the answer': [chunked('/'), 'ANSWER', 'zz\r\n', 100],
  'an end within the body, behind the answer': [post('/', 5), 'ANSWER', 'END', 100],
  'a body of unknown length that is much, behind the answer': [chunked('/'), 'ANSWER', chunks(300), 200],
  'a reset behind the answer': [post('/', 5), 'ANSWER', 50, 'RESET'],
};

async function act(client: RawClient, acts: readonly Act[]): Promise<void> {
  let answers = 0;
  for (const one of acts) {
    if (typeof one === 'number') await later(one);
    else if (one === 'END') client.end();
    else if (one === 'RESET') {
      // A socket of Node 20 that has just ended its side keeps its handle for ever when it is reset: that is the client's, not ours.
      if (client.socket.writableEnded) client.socket.destroy();
      else client.socket.resetAndDestroy();
    } else if (one === 'ANSWER') {
      answers += 1;
      const wanted = answers;
      await Promise.race([client.until((received) => received.split('HTTP/1.1 200').length > wanted), later(3_000)]);
    } else if (!client.socket.destroyed) client.send(one);
  }
}

/** Whatever clients did: once they are gone nothing of them is left. */
async function leavesNothing(server: Serving): Promise<void> {
  await expect.poll(() => server.open(), { timeout: 15_000 }).toBe(0);
  await expect.poll(() => begun - over, { timeout: 15_000 }).toBe(0);
}

test(
  'every transition of the table is taken by a client, and nothing is left of any',
  { timeout: 120_000 },
  async () => {
    await using server = await serving(app, options);
    const all = Object.entries(CONNECTION).flatMap(([phase, row]) =>
      Object.keys(row).map((event) => `${phase} ${event}`),
    );
    const missing = (): string[] => all.filter((transition) => !taken.has(transition));
    // On a busy machine packets may come together that should not.
    for (let round = 0; round < 5 && missing().some((transition) => !transition.endsWith(' gone')); round++) {
      await Promise.all(
        Object.values(clients).map(async (acts) => {
          const client = await server.connect();
          await act(client, acts);
          client.destroy();
        }),
      );
      await leavesNothing(server);
    }
    // A server that ends, its grace over.
    const wanted = begun + 2;
    for (const [path, length] of [
      ['/wait', 10],
      ['/wait', 200_000],
    ] as const) {
      const client = await server.connect();
      client.send(post(path, length + 1));
      client.send(x(length));
    }
    await expect.poll(() => begun, { timeout: 15_000 }).toBe(wanted);
    await later(200);
    await server.server.close({ grace: 0 });
    await leavesNothing(server);
    expect(missing()).toEqual([]);
  },
);

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  fc.constantFrom(...['/', '/read', '/late', '/late-read', '/wait', '/cut', '/late-cut'].map((path) => get(path))),
  fc
    .tuple(
      fc.constantFrom('/', '/read', '/late', '/late-read', '/wait', '/cut'),
      fc.constantFrom(1, 5_000, 200_000, 1e8),
    )
    .map(([path, length]) => post(path, length)),
  fc.constantFrom('/', '/read', '/late-read', '/wait').map(chunked),
  fc.constantFrom(x(1), x(5_000), x(100_000), chunks(1), chunks(30), '0\r\n\r\n', 'zz\r\n', 'GET / HT', '\r\n'),
  fc.constantFrom<Act>(5, 60, 'ANSWER', 'END', 'RESET'),
);

test('whatever a client does, nothing is left of it, and the next one is served', { timeout: 180_000 }, async () => {
  await using server = await serving(app, options);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(anyAct, { minLength: 1, maxLength: 6 }), { minLength: 8, maxLength: 8 }),
      async (all) => {
        await Promise.all(
          all.map(async (acts) => {
            const client = await server.connect();
            await Promise.race([act(client, acts), later(2_000)]);
            client.destroy();
          }),
        );
        await leavesNothing(server);
        expect(await server.ask(get('/', 'Connection: close\r\n'))).toMatchObject([{ status: 200, body: 'done' }]);
      },
    ),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 12), endOnFailure: true },
  );
});
