import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { App, Bytes, Environ } from '@tsgi/core';
import { RequestBody } from '@tsgi/core/server';
import { callApp } from '@tsgi/core/testing';
import { gateway, type GatewayOptions, serve, type ServeOptions } from '../src/index.ts';
import { closing, deferred, echo, hello, recording, socketPath } from './peer.ts';

// The gateway in front of our own server: the codec speaks to itself over a real socket.

async function through(app: App, options: Partial<GatewayOptions> = {}, served: ServeOptions = {}): Promise<App> {
  const path = socketPath();
  const server = await serve(app, { path, errors: () => {}, ...served });
  closing({ close: () => server.close({ grace: 0 }) });
  return gateway({ address: server.address, ...options });
}

const sha = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

/** A body whose length nobody knows. */
function unknownLength(...chunks: Bytes[]): Record<string, unknown> {
  const body = new RequestBody();
  for (const chunk of chunks) body.push(chunk);
  body.end();
  return { 'tsgi.input': body.input, CONTENT_LENGTH: undefined };
}

describe.each([
  ['a connection each', {}],
  ['kept connections', { pool: 2 }],
])('%s', (_name, options) => {
  test('status, headers in order, repeated ones apart, body', async () => {
    const app = await through((_environ, startResponse) => {
      startResponse('418 I am a Teapot', [
        ['Set-Cookie', 'a=1'],
        ['X-B', 'caf\xe9'],
        ['Set-Cookie', 'b=2'],
      ]);
      return ['some ', 'more'].map((text) => Buffer.from(text));
    }, options);
    for (let round = 0; round < 3; round++) {
      const { headers, ...answer } = await callApp(app);
      expect(answer).toMatchObject({ status: '418 I am a Teapot', text: 'some more', complete: true });
      // When it is there whole, in one piece, a Content-Length follows (R82).
      expect(headers.slice(0, 3)).toEqual([
        ['Set-Cookie', 'a=1'],
        ['X-B', 'caf\xe9'],
        ['Set-Cookie', 'b=2'],
      ]);
    }
  });

  test('the environ arrives as it was, but for keys with a dot', async () => {
    const { app, environs } = recording(hello);
    const headers: [string, string][] = [
      ['X-Bytes', '\x80\xff'],
      ['Cookie', 'a=1; b=2'],
      ['X-Long', 'v'.repeat(70_000 - 5000)],
    ];
    await callApp(await through(app, options), {
      target: '/a%20b/%C3%A9?x=%20&y',
      headers,
      environ: { 'my.key': 'kept' },
    });
    const [environ = {} as Environ] = environs;
    expect(environ).toMatchObject({
      REQUEST_METHOD: 'GET',
      PATH_INFO: '/a b/\xc3\xa9',
      REQUEST_URI: '/a%20b/%C3%A9?x=%20&y',
      QUERY_STRING: 'x=%20&y',
      HTTP_X_BYTES: '\x80\xff',
      HTTP_COOKIE: 'a=1; b=2',
      HTTP_X_LONG: 'v'.repeat(65_000),
    });
    expect(environ).not.toHaveProperty('my.key');
    expect(environ).not.toHaveProperty('CONTENT_LENGTH');
  });

  test('bodies of every size, known and unknown, come back', async () => {
    const app = await through(echo, options);
    for (const size of [0, 1, 65_527, 65_528, 65_529, 131_072, 3_000_000]) {
      const body = Buffer.alloc(size, 'abcdefg');
      for (const environ of [{}, unknownLength(body.subarray(0, size >> 1), body.subarray(size >> 1))]) {
        const answer = await callApp(app, { method: 'POST', body, environ });
        expect(answer.complete).toBe(true);
        expect(answer.body).toHaveLength(size);
        expect(sha(answer.body)).toBe(sha(body));
      }
    }
  });

  test('CONTENT_LENGTH is told for a body of unknown length', async () => {
    const { app, environs } = recording(echo);
    const gate = await through(app, options);
    await callApp(gate, { method: 'POST', environ: unknownLength(Buffer.from('12345')) });
    expect(environs[0]?.CONTENT_LENGTH).toBe('5');
  });

  test('HEAD: the head, and no body', async () => {
    const answer = await callApp(await through(hello, options), { method: 'HEAD' });
    expect(answer).toMatchObject({ status: '200 OK', text: '', complete: true });
    expect(answer.headers).toContainEqual(['Content-Length', '5']);
  });

  test('many at once', async () => {
    const app = await through(echo, options);
    const texts = Array.from({ length: 20 }, (_value, index) => `body ${index}`);
    const answers = await Promise.all(texts.map((body) => callApp(app, { method: 'POST', body })));
    expect(answers.map((answer) => answer.text)).toEqual(texts);
  });
});

describe('R77: an application that fails after its head does not look complete', () => {
  const failing: App = (_environ, startResponse) => {
    startResponse('200 OK', []);
    return (async function* () {
      yield Buffer.from('half');
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error('no luck');
    })();
  };

  test.each([
    ['UNIX', {}],
    ['TCP', { port: 0, address: { type: 'tcp', host: '127.0.0.1', port: 0 } }],
  ] as const)('over %s', async (_name, served) => {
    const answer = await callApp(await through(failing, {}, served));
    expect(answer).toMatchObject({ status: '200 OK', complete: false });
  });
});

describe('the client goes', () => {
  test('before the head: the application is aborted', async () => {
    const called = deferred();
    const { app, aborted, tornDown } = recording((environ) => {
      called.resolve();
      return new Promise((resolve) => environ['tsgi.signal'].addEventListener('abort', () => resolve([])));
    });
    const controller = new AbortController();
    const answer = callApp(await through(app), { signal: controller.signal });
    await called.promise;
    controller.abort();
    await tornDown;
    expect(aborted).toHaveLength(1);
    expect((await answer).complete).toBe(false);
  });

  test('within the body: the application is aborted', async () => {
    const { app, aborted, tornDown } = recording((_environ, startResponse) => {
      startResponse('200 OK', []);
      return (async function* () {
        for (;;) {
          yield Buffer.alloc(65_536);
          await new Promise(setImmediate);
        }
      })();
    });
    const controller = new AbortController();
    const forward = await through(app);
    const counting: App = async (environ, startResponse) => {
      const body = (await forward(environ, startResponse)) as AsyncIterable<Bytes>;
      return (async function* () {
        let count = 0;
        for await (const chunk of body) {
          if (++count === 5) controller.abort();
          yield chunk;
        }
      })();
    };
    await callApp(counting, { signal: controller.signal });
    await tornDown;
    expect(aborted).toHaveLength(1);
  });

  test('within its own body: the application gets no answer for the half', async () => {
    let bodyError: unknown;
    const body = new RequestBody({ expected: 10 });
    body.push(Buffer.from('half'));
    const { app, tornDown } = recording(async (environ, startResponse) => {
      const read = environ['tsgi.input'].read();
      body.end();
      await read.catch((error: unknown) => (bodyError = error));
      return hello(environ, startResponse);
    });
    const answer = await callApp(await through(app), {
      method: 'POST',
      environ: { 'tsgi.input': body.input, CONTENT_LENGTH: '10' },
    });
    await tornDown;
    expect(bodyError).toMatchObject({ name: 'AbortError' });
    expect(answer.status).toMatch(/^400 /);
  });
});

describe('backpressure', () => {
  test('a client that does not read stops the application', async () => {
    let produced = 0;
    const forward = await through((_environ, startResponse) => {
      startResponse('200 OK', []);
      return (function* () {
        for (; produced < 500; produced++) yield Buffer.alloc(65_536);
      })();
    });
    const stalled = deferred();
    let received = 0;
    const slow: App = async (environ, startResponse) => {
      const body = (await forward(environ, startResponse)) as AsyncIterable<Bytes>;
      return (async function* () {
        for await (const chunk of body) {
          if (received === 0) await stalled.promise;
          received += chunk.byteLength;
          yield Buffer.from('.');
        }
      })();
    };
    const answer = callApp(slow);
    let before = -1;
    await expect
      .poll(() => produced > 0 && before === (before = produced), { interval: 100, timeout: 15_000 })
      .toBe(true);
    expect(produced).toBeLessThan(100);
    stalled.resolve();
    expect(await answer).toMatchObject({ complete: true });
    expect(received).toBe(500 * 65_536);
  });

  test('an application that does not read stops the client', async () => {
    const gate = deferred();
    const forward = await through(async (environ, startResponse) => {
      await gate.promise;
      return echo(environ, startResponse);
    });
    let given = 0;
    const input = (async function* () {
      for (; given < 300; given++) yield Buffer.alloc(65_536);
    })();
    const answer = callApp(forward, {
      method: 'POST',
      environ: { 'tsgi.input': input, CONTENT_LENGTH: String(300 * 65_536) },
    });
    let before = -1;
    await expect.poll(() => given > 0 && before === (before = given), { interval: 100, timeout: 15_000 }).toBe(true);
    expect(given).toBeLessThan(100);
    gate.resolve();
    expect((await answer).body).toHaveLength(300 * 65_536);
  });
});
