import { expect, test } from 'vitest';
import type { App, Bytes } from '@tsgi/core';
import { bytes, serving } from './support/serving.ts';

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
};

/** Long enough for anything that is on its way to have arrived. */
async function settled(value: () => number): Promise<number> {
  let last = -1;
  while (last !== value()) {
    last = value();
    await turns(50);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return last;
}

test('a client that does not read stops the iterator, and gets all when it does', async () => {
  const count = 1_000;
  let taken = 0;
  const app: App = (_environ, startResponse) => {
    startResponse('200 OK', [['Content-Length', String(count * 65_536)]]);
    const chunk = new Uint8Array(65_536);
    return (function* body(): Generator<Bytes> {
      while (taken < count) {
        taken += 1;
        yield chunk;
      }
    })();
  };
  await using server = await serving(app);
  const client = await server.connect();
  client.socket.pause();
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  // What the kernel's buffers on both sides hold is not ours to bound: some megabytes of loopback.
  expect(await settled(() => taken)).toBeLessThan(count / 2);
  client.socket.resume();
  const received = await client.rest();
  expect(received.length).toBeGreaterThan(count * 65_536);
});

test('a client that never reads is given up', async () => {
  let closed = (): void => {};
  const over = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const app: App = (_environ, startResponse) => {
    startResponse('200 OK', []);
    const chunk = new Uint8Array(65_536);
    function* body(): Generator<Bytes> {
      for (;;) yield chunk;
    }
    return Object.assign(body(), { close: () => closed() });
  };
  await using server = await serving(app, { sendTimeout: 100 });
  const client = await server.connect();
  client.socket.pause();
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await over;
});

test('an application that does not read stops the client, and gets all when it does', async () => {
  const size = 64_000_000;
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const app: App = async (environ, startResponse) => {
    await gate;
    let length = 0;
    for await (const chunk of environ['tsgi.input']) length += chunk.length;
    startResponse('200 OK', []);
    return [bytes(String(length))];
  };
  await using server = await serving(app);
  const client = await server.connect();
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`);
  client.send(new Uint8Array(size));
  const stopped = await settled(() => client.socket.writableLength);
  expect(stopped).toBeGreaterThan(size / 2);
  open();
  expect(await client.rest()).toMatch(new RegExp(`${size}$`));
});

test('a client that pipelines and does not read is not answered ahead', async () => {
  let answered = 0;
  const app: App = (_environ, startResponse) => {
    answered += 1;
    startResponse('200 OK', []);
    return [new Uint8Array(100_000)];
  };
  await using server = await serving(app);
  const client = await server.connect();
  client.socket.pause();
  const count = 1_000;
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(count));
  expect(await settled(() => answered)).toBeLessThan(count / 2);
  client.socket.resume();
  await client.until(() => answered === count);
});
