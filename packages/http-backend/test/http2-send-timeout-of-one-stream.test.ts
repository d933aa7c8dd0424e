import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { App, Bytes } from '@tsgi/core';
import { serve } from '../src/index.ts';
import { localhost } from './support/certificates.ts';
import {
  END_HEADERS,
  END_STREAM,
  frame,
  headersFrame,
  literals,
  PREFACE,
  settingsFrame,
} from './support/http2-frames.ts';
import { RawClient } from './support/raw-client.ts';
import { bytes } from './support/serving.ts';

function get(stream: number, path: string): Buffer {
  const head = literals({ ':method': 'GET', ':scheme': 'http', ':path': path, ':authority': 'a' });
  return headersFrame(stream, END_STREAM + END_HEADERS, head);
}

function windowUpdate(stream: number, size: number): Buffer {
  const increment = Buffer.alloc(4);
  increment.writeUInt32BE(size);
  return frame(8, 0, stream, increment);
}

/** SETTINGS_INITIAL_WINDOW_SIZE is 0 (RFC 9113 §6.5.2). */
const closedWindows = Buffer.concat([Buffer.from(PREFACE), settingsFrame(Buffer.from([0, 4, 0, 0, 0, 0]))]);
const reset = (stream: number): string => `\0\0\x04\x03\0\0\0\0${String.fromCharCode(stream)}`;

const bodies: Record<string, () => Iterable<Bytes>> = {
  'a small one': () => [bytes('small')],
  'a long one': () => [new Uint8Array(5_000_000)],
  'one in many pieces': function* many() {
    for (let count = 0; count < 1_000; count += 1) yield new Uint8Array(10_000);
  },
};

test.concurrent.each(Object.keys(bodies))(
  'an answer that nobody reads, %s, is given up, whatever else goes over its connection',
  async (name) => {
    const app: App = (environ, startResponse) => {
      startResponse('200 OK', []);
      return environ.PATH_INFO === '/unread' ? (bodies[name] ?? (() => []))() : [new Uint8Array(100)];
    };
    await using server = await serve(app, { port: 0, h2c: true, sendTimeout: 1_500, errors: () => {} }).then((it) =>
      Object.assign(it, { [Symbol.asyncDispose]: () => it.close({ grace: 0 }) }),
    );
    const client = await RawClient.connect({ host: '127.0.0.1', port: server.port ?? 0 });
    client.send(closedWindows);
    client.send(get(1, '/unread'));
    let stream = 3;
    const busy = setInterval(() => {
      client.send(frame(6, 0, 0, Buffer.alloc(8)));
      client.send(settingsFrame());
      client.send(get(stream, '/read'));
      client.send(windowUpdate(stream, 1_000));
      stream += 2;
    }, 100);
    expect(await client.until((received) => received.includes(reset(1)))).toContain(reset(1));
    clearInterval(busy);
    for (let other = 3; other < 15; other += 2) expect(client.received).not.toContain(reset(other));
    client.destroy();
  },
  30_000,
);

/** A server whose answers are as long as their path says, and a client with SETTINGS_INITIAL_WINDOW_SIZE. */
async function longAnswers(
  window: number,
  sendTimeout: number,
): Promise<{ client: RawClient; close(): Promise<void> }> {
  const app: App = (environ, startResponse) => {
    startResponse('200 OK', [['X-Fill', 'x'.repeat(300)]]);
    return [new Uint8Array(Number(environ.PATH_INFO.slice(1)))];
  };
  const server = await serve(app, { port: 0, h2c: true, sendTimeout, errors: () => {} });
  const client = await RawClient.connect({ host: '127.0.0.1', port: server.port ?? 0 });
  const setting = Buffer.from([0, 4, 0, 0, 0, 0]);
  setting.writeUInt32BE(window, 2);
  client.send(Buffer.concat([Buffer.from(PREFACE), settingsFrame(setting)]));
  return {
    client,
    async close() {
      client.destroy();
      await server.close({ grace: 0 });
    },
  };
}

// Far longer than `sendTimeout` in all, 60 KB of it in that. With a window at first, so much goes at once that more is given.
test.concurrent.each([0, 65_535])(
  'an answer that is read a little at a time is not given up: window %d',
  async (window) => {
    const size = 250_000;
    const { client, close } = await longAnswers(window, 2_000);
    client.send(windowUpdate(0, size));
    client.send(get(1, `/${size}`));
    const reading = setInterval(() => client.send(windowUpdate(1, 6_000)), 200);
    const received = await client.until((all) => all.length > size || all.includes(reset(1)));
    clearInterval(reading);
    expect(received).not.toContain(reset(1));
    await close();
  },
  60_000,
);

test.concurrent('an answer that is read a little at a time beside others is not given up', async () => {
  const size = 250_000;
  const { client, close } = await longAnswers(65_535, 2_000);
  client.send(windowUpdate(0, 10_000_000));
  client.send(get(1, `/${size}`));
  let read = 65_535;
  let stream = 3;
  const reading = setInterval(() => {
    client.send(windowUpdate(1, 6_000));
    client.send(get(stream, '/100'));
    read += 6_000;
    stream += 2;
  }, 200);
  await client.until((all) => read > size || all.includes(reset(1)));
  clearInterval(reading);
  expect(client.received).not.toContain(reset(1));
  await close();
}, 60_000);

test.concurrent.each<[string, window: number, (stream: number) => Uint8Array]>([
  ['PINGs', 65_535, () => frame(6, 0, 0, Buffer.alloc(8))],
  ['SETTINGS', 65_535, () => settingsFrame()],
  ['windows of the connection', 65_535, () => windowUpdate(0, 1)],
  // Their heads need no window, and the one of the connection is used up.
  ['other answers that have a head only', 2 ** 20, (stream) => get(stream, '/0')],
])(
  'a stream that is alone and takes no more than its first window is given up, while the client sends %s',
  async (_name, window, other) => {
    const { client, close } = await longAnswers(window, 1_000);
    client.send(get(1, '/5000000'));
    let stream = 3;
    const busy = setInterval(() => {
      client.send(other(stream));
      stream += 2;
    }, 20);
    expect(await client.until((received) => received.includes(reset(1)))).toContain(reset(1));
    clearInterval(busy);
    await close();
  },
  30_000,
);

test('a long chunk, many small ones behind it, and its end, in their order', async () => {
  const chunks = [
    new Uint8Array(700_000).fill(1),
    ...Array.from({ length: 300 }, (_none, index) => new Uint8Array([index])),
  ];
  const app: App = (_environ, startResponse) => {
    const write = startResponse('200 OK', []);
    for (const chunk of chunks) void write(chunk);
    return [bytes('end')];
  };
  const server = await serve(app, { port: 0, h2c: true });
  const { connect } = await import('node:http2');
  const session = connect(`http://127.0.0.1:${server.port}`);
  const received = Buffer.concat(await session.request({}).toArray());
  expect(received.equals(Buffer.concat([...chunks, bytes('end')]))).toBe(true);
  session.destroy();
  await server.close({ grace: 0 });
});

test('TLS: a client that reads nothing and is killed: nothing is left', async () => {
  const descriptors = (): number => readdirSync('/proc/self/fd').length;
  let running = 0;
  const app: App = (environ, startResponse) => {
    running += 1;
    environ['tsgi.after_response']?.push(() => {
      running -= 1;
    });
    startResponse('200 OK', []);
    return (function* endless() {
      for (;;) yield new Uint8Array(1_000_000);
    })();
  };
  const server = await serve(app, {
    port: 0,
    tls: localhost,
    sendTimeout: 2_000,
    keepAliveTimeout: 500,
    errors: () => {},
  });
  const before = descriptors();
  const child = fork(fileURLToPath(new URL('support/reads-nothing.mjs', import.meta.url)), [String(server.port)]);
  await once(child, 'message');
  child.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(running).toBe(1);
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  await expect.poll(() => [running, descriptors()], { timeout: 30_000 }).toEqual([0, before]);
  await server.close({ grace: 600_000 });
}, 60_000);
