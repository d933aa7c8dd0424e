import { once } from 'node:events';
import { connect as connectHttp2, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { expect, test } from 'vitest';
import type { App, Header } from '@tsgi/core';
import { serve, type ServeOptions } from '../src/index.ts';
import {
  continuationFrame,
  dataFrame,
  END_HEADERS,
  END_STREAM,
  GET,
  headersFrame,
  literals,
  POST,
  PREFACE,
  resetFrame,
  settingsFrame,
} from './support/http2-frames.ts';
import { RawClient } from './support/raw-client.ts';
import { bytes, echo, hello } from './support/serving.ts';

/** A server for HTTP/2 without TLS, and Node's client. */
async function over(app: App, options: ServeOptions = {}) {
  const server = await serve(app, { port: 0, h2c: true, errors: () => {}, ...options });
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  session.on('error', () => {});
  return {
    server,
    session,
    async raw(): Promise<RawClient> {
      const client = await RawClient.connect({ host: '127.0.0.1', port: server.port ?? 0 });
      client.send(PREFACE);
      client.send(settingsFrame());
      return client;
    },
    async [Symbol.asyncDispose]() {
      session.destroy();
      await server.close({ grace: 0 });
    },
  };
}

function request(session: ClientHttp2Session, headers: Record<string, string>, endStream = true): ClientHttp2Stream {
  const stream = session.request(headers, { endStream });
  stream.on('error', () => {});
  return stream;
}

async function status(stream: ClientHttp2Stream): Promise<number> {
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  stream.resume();
  return Number(headers[':status']);
}

test.each([
  ['too many headers', Object.fromEntries(Array.from({ length: 101 }, (_none, index) => [`x-${index}`, '1'])), 431],
  ['a head too long', { 'x-a': 'x'.repeat(16_400) }, 431],
  ['an expectation that is not known', { ':method': 'POST', expect: 'the-inquisition' }, 417],
])('%s is refused, and the session goes on', async (_name, headers, expected) => {
  await using server = await over(hello);
  expect(await status(request(server.session, headers, !('expect' in headers)))).toBe(expected);
  expect(await status(request(server.session, {}))).toBe(200);
});

test('Infinity lifts the limits of a head', async () => {
  await using server = await over(hello, { headSize: Infinity, headerCount: Infinity, uriLength: Infinity });
  const headers = Object.fromEntries(Array.from({ length: 600 }, (_none, index) => [`x-${index}`, 'y'.repeat(50)]));
  expect(await status(request(server.session, { ':path': `/${'z'.repeat(9_000)}`, ...headers }))).toBe(200);
});

test('a head far too long never reaches the application', async () => {
  let begun = 0;
  await using server = await over((environ, startResponse) => {
    begun += 1;
    return hello(environ, startResponse);
  });
  const stream = request(server.session, { 'x-a': 'x'.repeat(40_000) });
  stream.resume();
  await new Promise((resolve) => stream.once('close', resolve));
  expect(begun).toBe(0);
});

test('headersTimeout: a client that never completes a head', async () => {
  await using server = await over(hello, { headersTimeout: 60, keepAliveTimeout: 60, drainTimeout: 60 });
  const client = await server.raw();
  client.send(headersFrame(1, END_STREAM, GET));
  const drip = setInterval(() => client.send(continuationFrame(1, 0, new Uint8Array(0))), 20);
  await client.rest();
  clearInterval(drip);
  client.destroy();
});

test('keepAliveTimeout: frames that are no requests do not put it off', async () => {
  await using server = await over(hello, { keepAliveTimeout: 60, drainTimeout: 60 });
  expect(await status(request(server.session, {}))).toBe(200);
  const pings = setInterval(() => server.session.destroyed || server.session.ping(() => {}), 20);
  await once(server.session, 'close');
  clearInterval(pings);
});

test('keepAliveTimeout does not run while an answer is on its way', async () => {
  await using server = await over(
    (_environ, startResponse) => {
      startResponse('200 OK', []);
      return [new Uint8Array(400_000)];
    },
    { keepAliveTimeout: 60 },
  );
  const stream = request(server.session, {});
  stream.pause();
  await once(stream, 'response');
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await status(request(server.session, {}))).toBe(200);
  stream.resume();
  await once(server.session, 'close');
});

test('long chunks that the client has not taken yet keep no other request out', async () => {
  await using server = await over((environ, startResponse) => {
    startResponse('200 OK', []);
    return [new Uint8Array(environ.PATH_INFO === '/long' ? 12_000_000 : 1)];
  });
  const long = request(server.session, { ':path': '/long' });
  long.pause();
  await once(long, 'response');
  expect(await status(request(server.session, {}))).toBe(200);
  const { length } = Buffer.concat(await long.toArray());
  expect(length).toBe(12_000_000);
});

test('sendTimeout: a client that reads nothing of a refusal', async () => {
  await using server = await over(hello, { sendTimeout: 60, drainTimeout: 60 });
  const client = await RawClient.connect({ host: '127.0.0.1', port: server.server.port ?? 0 });
  // SETTINGS_INITIAL_WINDOW_SIZE is 0 (RFC 9113 §6.5.2).
  client.send(Buffer.concat([Buffer.from(PREFACE), settingsFrame(Buffer.from([0, 4, 0, 0, 0, 0]))]));
  const head = literals({ ':method': 'GET', ':scheme': 'http', ':path': '/a#b', ':authority': 'a' });
  client.send(headersFrame(1, END_STREAM + END_HEADERS, head));
  expect(await client.until((received) => received.includes('\0\0\x04\x03\0\0\0\0\x01'))).toContain('\0\0\x04\x03\0');
  client.destroy();
});

test('requestTimeout: a body that stands still', async () => {
  await using server = await over(echo, { requestTimeout: 60 });
  const stream = request(server.session, { ':method': 'POST' }, false);
  stream.write('abc');
  expect(await status(stream)).toBe(408);
});

test('minimumRate: a body that drips', async () => {
  await using server = await over(echo, { requestTimeout: 100, minimumRate: 10_000 });
  const stream = request(server.session, { ':method': 'POST' }, false);
  const drip = setInterval(() => stream.write('x'), 10);
  expect(await status(stream)).toBe(408);
  clearInterval(drip);
});

test('no time runs against a body that the application does not read', async () => {
  await using server = await over(
    async (environ, startResponse) => {
      await new Promise((resolve) => setTimeout(resolve, 250));
      const body = await environ['tsgi.input'].read();
      startResponse('200 OK', []);
      return [bytes(String(body.length))];
    },
    { requestTimeout: 80 },
  );
  const stream = request(server.session, { ':method': 'POST' }, false);
  stream.end(new Uint8Array(1_000_000));
  expect(await status(stream)).toBe(200);
});

test('sendTimeout: a client that reads nothing of a response under way', async () => {
  let report = (_name: string): void => {};
  const aborted = new Promise<string>((resolve) => {
    report = resolve;
  });
  await using server = await over(
    (environ, startResponse) => {
      environ['tsgi.signal'].addEventListener('abort', () => report('aborted'));
      startResponse('200 OK', []);
      return (function* body() {
        for (;;) yield new Uint8Array(100_000);
      })();
    },
    { sendTimeout: 80 },
  );
  const stream = request(server.session, {});
  stream.pause();
  expect(await aborted).toBe('aborted');
  stream.resume();
  await new Promise((resolve) => stream.once('close', resolve));
  expect(stream.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR);
});

test('sendTimeout: a client that reads nothing of a response that has ended', async () => {
  await using server = await over(
    (_environ, startResponse) => {
      startResponse('200 OK', []);
      return [new Uint8Array(1_000_000)];
    },
    { sendTimeout: 80 },
  );
  const stream = request(server.session, {});
  stream.pause();
  await once(stream, 'response');
  // Only after the reset is nothing open any more.
  await server.server.close({ grace: 600_000 });
  stream.resume();
});

test('sendTimeout spares a client that reads slowly', async () => {
  await using server = await over(
    (_environ, startResponse) => {
      startResponse('200 OK', []);
      return [new Uint8Array(600_000)];
    },
    { sendTimeout: 150 },
  );
  const stream = request(server.session, {});
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length;
    stream.pause();
    setTimeout(() => stream.resume(), 15);
  });
  await once(stream, 'end');
  expect(length).toBe(600_000);
});

test('maxRequestsPerConnection: the last one is answered, with GOAWAY', async () => {
  let begun = 0;
  await using server = await over(
    (environ, startResponse) => {
      begun += 1;
      return hello(environ, startResponse);
    },
    { maxRequestsPerConnection: 2, drainTimeout: 100 },
  );
  const client = await server.raw();
  for (const id of [1, 3, 5, 7]) client.send(headersFrame(id, END_STREAM + END_HEADERS, GET));
  await client.rest();
  expect(begun).toBe(2);
  expect(client.received.split('hello')).toHaveLength(3);
  // GOAWAY, and RST_STREAM with REFUSED_STREAM for what came in the same packet: both may be asked again elsewhere.
  expect(client.received).toContain('\0\0\x08\x07\0\0\0\0\0');
  for (const id of ['\x05', '\x07']) expect(client.received).toContain(`\0\0\x04\x03\0\0\0\0${id}\0\0\0\x07`);
  client.destroy();
});

test('drainTimeout: a body that nobody wants', async () => {
  await using server = await over(hello, { drainTimeout: 60 });
  const stream = request(server.session, { ':method': 'POST' }, false);
  const drip = setInterval(() => stream.write('x'), 20);
  expect(await status(stream)).toBe(200);
  await once(stream, 'close');
  clearInterval(drip);
  expect(await status(request(server.session, {}))).toBe(200);
});

test('drainSize: a body that nobody wants', async () => {
  await using server = await over(hello, { drainSize: 100_000 });
  const stream = request(server.session, { ':method': 'POST' }, false);
  const sent = setInterval(() => stream.write(new Uint8Array(20_000)), 1);
  await once(stream.resume(), 'close');
  clearInterval(sent);
  expect(await status(request(server.session, {}))).toBe(200);
});

test.each<[string, (environ: { 'tsgi.signal': AbortSignal }) => boolean]>([
  ['that waits', () => true],
  ['that answers at once', () => false],
])('rapid reset ends the connection, with an application %s', async (_name, waits) => {
  let begun = 0;
  await using server = await over((environ, startResponse) => {
    begun += 1;
    if (!waits(environ)) return hello(environ, startResponse);
    return new Promise((_resolve, reject) => {
      environ['tsgi.signal'].addEventListener('abort', () => reject(new Error('aborted')));
    });
  });
  const client = await server.raw();
  let id = 1;
  const ended = new AbortController();
  void client.rest().then(() => ended.abort());
  for (; id < 100_000 && !ended.signal.aborted; id += 2) {
    client.send(Buffer.concat([headersFrame(id, END_STREAM + END_HEADERS, GET), resetFrame(id)]));
    if (id % 50 === 1) await new Promise(setImmediate);
  }
  await client.rest();
  expect(begun).toBeLessThan(5_000);
  client.destroy();
});

test('a flood of CONTINUATION frames ends the connection', async () => {
  await using server = await over(hello);
  const client = await server.raw();
  client.send(headersFrame(1, END_STREAM, GET));
  const ended = new AbortController();
  void client.rest().then(() => ended.abort());
  let sent = 0;
  for (; sent < 20_000 && !ended.signal.aborted; sent += 1) {
    client.send(continuationFrame(1, 0, new Uint8Array(0)));
    if (sent % 100 === 0) await new Promise(setImmediate);
  }
  await client.rest();
  expect(sent).toBeLessThan(20_000);
  client.destroy();
});

test('trailers', async () => {
  await using server = await over(async (environ, startResponse) => {
    const trailers = environ['http.trailers'] as Header[];
    const before = trailers.length;
    await environ['tsgi.input'].read();
    startResponse('200 OK', []);
    return [bytes(JSON.stringify([before, trailers]))];
  });
  const ask = async (headers: Record<string, string>): Promise<string> => {
    const stream = server.session.request({ ':method': 'POST', ...headers }, { waitForTrailers: true });
    stream.on('error', () => {});
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': 'abc' }));
    stream.end('hello');
    let body = '';
    for await (const chunk of stream) body += String(chunk);
    return body;
  };
  expect(JSON.parse(await ask({}))).toEqual([0, [['x-sum', 'abc']]]);
  expect(JSON.parse(await ask({ 'content-length': '5' }))).toEqual([0, [['x-sum', 'abc']]]);
});

test.each([
  ['too many', Object.fromEntries(Array.from({ length: 4 }, (_none, index) => [`x-${index}`, '1']))],
  ['too long', { 'x-a': 'x'.repeat(400) }],
])('trailers that are %s fail the body', async (_name, trailers) => {
  await using server = await over(echo, { headerCount: 3, headSize: 300 });
  const stream = server.session.request({ ':method': 'POST' }, { waitForTrailers: true });
  stream.on('error', () => {});
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end('hello');
  expect(await status(stream)).toBe(431);
});

test.each([0, 8])('a body that a reset with code %i cuts short is no whole one (R48)', async (code) => {
  let report = (_outcome: string): void => {};
  const outcome = new Promise<string>((resolve) => {
    report = resolve;
  });
  await using server = await over(async (environ, startResponse) => {
    await environ['tsgi.input'].read().then(
      () => report('whole'),
      (error: Error) => report(error.name),
    );
    return hello(environ, startResponse);
  });
  const client = await server.raw();
  client.send(headersFrame(1, END_HEADERS, POST));
  client.send(dataFrame(1, 0, bytes('abc')));
  await new Promise((resolve) => setTimeout(resolve, 20));
  client.send(resetFrame(1, code));
  expect(await outcome).toBe('AbortError');
  client.destroy();
});

test.each([0, 8])('a reset with code %i aborts an application that does not read', async (code) => {
  let report = (_name: string): void => {};
  const aborted = new Promise<string>((resolve) => {
    report = resolve;
  });
  await using server = await over(
    (environ, startResponse) =>
      new Promise((resolve) => {
        environ['tsgi.signal'].addEventListener('abort', () => {
          environ['tsgi.early_hints']?.([['Link', '</a>']]);
          startResponse('200 OK', []);
          resolve([]);
          report('aborted');
        });
      }),
  );
  const client = await server.raw();
  client.send(headersFrame(1, END_HEADERS, POST));
  // More than is kept for an application that does not read, and never more than the window.
  for (let count = 0; count < 3; count += 1) {
    client.send(dataFrame(1, 0, new Uint8Array(16_000)));
    client.send(dataFrame(1, 0, new Uint8Array(16_000)));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  client.send(resetFrame(1, code));
  expect(await aborted).toBe('aborted');
  client.destroy();
});

test('a trailer that may not be one is refused', async () => {
  await using server = await over(echo);
  const client = await server.raw();
  // HPACK: a literal without indexing, `cookie: a`.
  const cookie = Buffer.concat([Buffer.from([0, 6]), Buffer.from('cookie'), Buffer.from([1, 0x61])]);
  client.send(headersFrame(1, END_HEADERS, POST));
  client.send(dataFrame(1, 0, bytes('abc')));
  client.send(headersFrame(1, END_HEADERS + END_STREAM, cookie));
  expect(await client.until((received) => received.includes('POST /') || /400/.test(received))).not.toContain('[abc]');
  client.destroy();
});
