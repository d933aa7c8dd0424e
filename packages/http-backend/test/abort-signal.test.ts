import { expect, test } from 'vitest';
import type { App, Bytes } from '@tsgi/core';
import { bytes, serving } from './support/serving.ts';

/** Gives what the application saw once it is torn down. */
function watched(run: (signal: AbortSignal) => Promise<void>): {
  app: App;
  torn: Promise<{ aborted: boolean; steps: string[] }>;
} {
  let done = (_seen: { aborted: boolean; steps: string[] }): void => {};
  const torn = new Promise<{ aborted: boolean; steps: string[] }>((resolve) => {
    done = resolve;
  });
  const app: App = (environ, startResponse) => {
    const steps: string[] = [];
    const signal = environ['tsgi.signal'];
    signal.addEventListener('abort', () => steps.push('signal'));
    environ['tsgi.after_response'].push(() => {
      steps.push('after');
      done({ aborted: signal.aborted, steps });
    });
    startResponse('200 OK', []);
    async function* body(): AsyncGenerator<Bytes> {
      try {
        yield bytes('begun');
        await run(signal);
        yield bytes('ended');
      } finally {
        steps.push('return');
      }
    }
    return Object.assign(body(), { close: () => void steps.push('close') });
  };
  return { app, torn };
}

const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test('a reset while the response is unfinished fires it, before the teardown', async () => {
  const { app, torn } = watched(
    (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
  );
  await using server = await serving(app);
  const client = await server.connect();
  client.send(request);
  await client.until((received) => received.includes('begun'));
  client.socket.resetAndDestroy();
  expect(await torn).toEqual({ aborted: true, steps: ['signal', 'return', 'close', 'after'] });
  expect(server.log).toEqual([]);
});

test('R18: a client that closes while a stream waits for its next chunk fires it', async () => {
  const { app, torn } = watched(
    (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
  );
  await using server = await serving(app);
  const client = await server.connect();
  client.send(request);
  await client.until((received) => received.includes('begun'));
  client.socket.destroy();
  expect(await torn).toEqual({ aborted: true, steps: ['signal', 'return', 'close', 'after'] });
});

test('a client that has ended only its side, and is sent chunks now and then, does not', async () => {
  const { app, torn } = watched(async () => {
    await new Promise((resolve) => setTimeout(resolve, 700));
  });
  await using server = await serving(app);
  const client = await server.connect();
  client.send(request);
  client.socket.end();
  await client.until((received) => received.includes('0\r\n\r\n'));
  expect((await torn).aborted).toBe(false);
});

test('a client that goes after the response does not', async () => {
  const { app, torn } = watched(async () => {});
  await using server = await serving(app);
  const client = await server.connect();
  client.send(request);
  await client.until((received) => received.includes('0\r\n\r\n'));
  client.socket.resetAndDestroy();
  await client.closed();
  expect(await torn).toEqual({ aborted: false, steps: ['return', 'close', 'after'] });
});

test('writing to a client that is gone ends the body', async () => {
  let taken = 0;
  let closed = (): void => {};
  const over = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const app: App = (_environ, startResponse) => {
    startResponse('200 OK', []);
    const chunk = new Uint8Array(65_536);
    async function* body(): AsyncGenerator<Bytes> {
      for (;;) {
        taken += 1;
        yield chunk;
        await new Promise(setImmediate);
      }
    }
    return Object.assign(body(), { close: () => closed() });
  };
  await using server = await serving(app);
  const client = await server.connect();
  client.send(request);
  await client.until((received) => received.length > 100_000);
  client.destroy();
  await over;
  const after = taken;
  await new Promise(setImmediate);
  expect(taken).toBe(after);
});

test('a reset within the body of a request rejects the read and fires it', async () => {
  let report = (_seen: unknown[]): void => {};
  const seen = new Promise<unknown[]>((resolve) => {
    report = resolve;
  });
  await using server = await serving(async (environ, startResponse) => {
    const signal = environ['tsgi.signal'];
    try {
      await environ['tsgi.input'].read();
    } catch (error) {
      report([(error as Error).name, signal.aborted]);
    }
    startResponse('200 OK', []);
    return [];
  });
  const client = await server.connect();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf');
  await new Promise((resolve) => setTimeout(resolve, 20));
  client.socket.resetAndDestroy();
  expect(await seen).toEqual(['AbortError', true]);
});
