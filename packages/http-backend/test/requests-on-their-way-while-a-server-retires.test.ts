import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, test } from 'vitest';
import type { App, Environ, StartResponse } from '@tsgi/core';
import { serve } from '../src/index.ts';
import { localhost } from './support/certificates.ts';
import { END_HEADERS, END_STREAM, GET, headersFrame, PREFACE, settingsFrame } from './support/http2-frames.ts';
import { parseResponses } from './support/responses.ts';
import { bytes, hello, serving } from './support/serving.ts';

const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
/** Nothing here waits for it: what did would end by the timeout of its test. */
const LONG = 600_000;

/** A server that closes has taken what was in its queue first, and told its connections after that. */
async function listensNoMore(port: number): Promise<void> {
  const refused = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' }, () => {
        socket.destroy();
        resolve(false);
      });
      socket.once('error', () => resolve(true));
    });
  await expect.poll(refused, { timeout: 15_000 }).toBe(true);
}

test('HTTP/1.1: an idle kept connection has one more request, and its answer says that it is the last', async () => {
  await using server = await serving(hello, { keepAliveTimeout: LONG });
  const clients = await Promise.all(Array.from({ length: 20 }, () => server.connect()));
  for (const client of clients) client.send(request);
  for (const client of clients) await client.until((received) => received.endsWith('hello'));
  const closing = server.server.close({ grace: LONG, keepAlive: LONG });
  await listensNoMore(server.port);
  for (const client of clients) client.send(request);
  for (const client of clients) {
    const [first, last, ...more] = parseResponses(await client.rest());
    expect(first?.headers.get('connection')).toBeUndefined();
    expect(last).toMatchObject({ status: 200, body: 'hello' });
    expect(last?.headers.get('connection')).toBe('close');
    expect(more).toEqual([]);
    client.end();
  }
  await closing;
});

test('HTTP/1.1: what is sent at any moment around the close is answered', async () => {
  await using server = await serving(hello, { keepAliveTimeout: LONG });
  const clients = await Promise.all(Array.from({ length: 60 }, () => server.connect()));
  for (const client of clients) client.send(request);
  for (const client of clients) await client.until((received) => received.endsWith('hello'));
  const closing = server.server.close({ grace: LONG, keepAlive: LONG });
  for (const client of clients) {
    client.send(request);
    await new Promise(setImmediate);
  }
  const counts = await Promise.all(
    clients.map(async (client) => {
      await client.until((received) => received.split('hello').length === 3);
      // One that sent before its server knew has been told nothing: it may go on.
      if (parseResponses(client.received).at(-1)?.headers.get('connection') !== 'close') client.send(request);
      return parseResponses(await client.rest()).filter(({ status }) => status === 200).length;
    }),
  );
  expect(counts.every((count) => count === 2 || count === 3)).toBe(true);
  for (const client of clients) {
    expect(client.error).toBeUndefined();
    expect(parseResponses(client.received).at(-1)?.headers.get('connection')).toBe('close');
    client.end();
  }
  await closing;
});

test('HTTP/1.1: an answer that began before, and promised another one, is followed by it', async () => {
  let finish = (): void => {};
  const app: App = async function* (environ: Environ, startResponse: StartResponse) {
    startResponse('200 OK', []);
    yield bytes(environ.PATH_INFO);
    if (environ.PATH_INFO === '/slow') await new Promise<void>((resolve) => (finish = resolve));
    yield bytes('.');
  };
  await using server = await serving(app, { keepAliveTimeout: LONG });
  const client = await server.connect();
  client.send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.until((received) => received.includes('/slow'));
  const closing = server.server.close({ grace: LONG, keepAlive: LONG });
  await listensNoMore(server.port);
  finish();
  await client.until((received) => received.endsWith('0\r\n\r\n'));
  client.send('GET /next HTTP/1.1\r\nHost: a\r\n\r\n');
  const [slow, next] = parseResponses(await client.rest());
  expect(slow).toMatchObject({ body: '/slow.' });
  expect(next).toMatchObject({ body: '/next.' });
  expect(next?.headers.get('connection')).toBe('close');
  client.end();
  await closing;
});

test('a connection that has not sent anything yet has its request, too', async () => {
  await using server = await serving(hello);
  const client = await server.connect();
  const closing = server.server.close({ grace: LONG, keepAlive: LONG });
  await listensNoMore(server.port);
  client.send(request);
  const [only] = parseResponses(await client.rest());
  expect(only?.headers.get('connection')).toBe('close');
  client.end();
  await closing;
});

test('who stays silent is closed after the bound, and a second close makes it now', async () => {
  for (const [first, second] of [
    [{ grace: LONG, keepAlive: 50 }, undefined],
    [{ grace: LONG, keepAlive: LONG }, { grace: LONG }],
  ] as const) {
    await using server = await serving(hello, { keepAliveTimeout: LONG });
    const client = await server.connect();
    client.send(request);
    await client.until((received) => received.endsWith('hello'));
    const closing = server.server.close(first);
    await listensNoMore(server.port);
    if (second !== undefined) void server.server.close(second);
    await client.rest();
    expect(client.error).toBeUndefined();
    client.end();
    await closing;
  }
});

test('a bound that is none is refused by name', async () => {
  await using server = await serving(hello);
  await expect(server.server.close({ keepAlive: -1 })).rejects.toThrow(/keepAlive: expected a number of 0 or more/);
});

async function overHttp2(): Promise<{ server: Awaited<ReturnType<typeof serve>>; session: ClientHttp2Session }> {
  const server = await serve(hello, { port: 0, tls: localhost, keepAliveTimeout: LONG });
  const session = connectHttp2(`https://127.0.0.1:${server.port}`, { rejectUnauthorized: false });
  await once(session, 'connect');
  return { server, session };
}

function get(session: ClientHttp2Session): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = '';
    const stream = session.request({ ':path': '/' });
    stream.on('data', (chunk) => (body += String(chunk)));
    stream.on('end', () => resolve(body));
    stream.on('error', reject);
  });
}

test('HTTP/2: an idle connection has one more request, with a GOAWAY, and a client that heeds it ends by itself', async () => {
  const { server, session } = await overHttp2();
  expect(await get(session)).toBe('hello');
  const told = new Promise<[number, number]>((resolve) => {
    session.once('goaway', (code: number, last: number) => resolve([code, last]));
  });
  const gone = once(session, 'close');
  const closing = server.close({ grace: LONG, keepAlive: LONG });
  await listensNoMore(server.port ?? 0);
  expect(await get(session)).toBe('hello');
  expect(await told).toEqual([0, 3]);
  await gone;
  await closing;
});

test('HTTP/2: streams that come together are all answered, and GOAWAY names the last of them', async () => {
  const server = await serve(hello, { port: 0, tls: localhost, keepAliveTimeout: LONG });
  const socket = connectTls({ port: server.port ?? 0, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
  await once(socket, 'secureConnect');
  const answered = new Set<number>();
  const goaways: number[] = [];
  let received = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 9 && received.length >= 9 + received.readUIntBE(0, 3)) {
      const [type, flags] = [received.readUInt8(3), received.readUInt8(4)];
      if (type === 0 && (flags & END_STREAM) !== 0) answered.add(received.readUInt32BE(5));
      if (type === 7) goaways.push(received.readUInt32BE(9));
      received = received.subarray(9 + received.readUIntBE(0, 3));
    }
  });
  const last = END_HEADERS | END_STREAM;
  socket.write(Buffer.concat([Buffer.from(PREFACE), settingsFrame(), headersFrame(1, last, GET)]));
  await expect.poll(() => answered.size, { timeout: 15_000 }).toBe(1);
  const closing = server.close({ grace: LONG, keepAlive: LONG });
  await listensNoMore(server.port ?? 0);
  expect(goaways).toEqual([]);
  socket.write(Buffer.concat([3, 5, 7].map((stream) => headersFrame(stream, last, GET))));
  await expect.poll(() => [...answered], { timeout: 15_000 }).toEqual([1, 3, 5, 7]);
  await expect.poll(() => goaways, { timeout: 15_000 }).toEqual([7]);
  socket.end();
  await closing;
});

test('HTTP/2: who stays silent is told after the bound', async () => {
  const { server, session } = await overHttp2();
  expect(await get(session)).toBe('hello');
  const gone = once(session, 'close');
  const closing = server.close({ grace: LONG, keepAlive: 50 });
  await gone;
  await closing;
});
