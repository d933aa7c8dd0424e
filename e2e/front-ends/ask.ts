import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request as overHttp } from 'node:http';
import { request as overTls } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { requests } from './requests.js';

export type RequestName = `${keyof typeof requests}`;

/** Where a front end listens. */
export interface Target {
  readonly port: number;
  readonly tlsPort: number;
  /** What the application is mounted at; nothing at the root. */
  readonly mount: string;
  /** For files by which the application and the test tell each other something. */
  readonly folder: string;
  /** The answer is known to come at its end: there is no use in waiting for its first bytes for long. */
  readonly isSlowToBegin?: boolean;
}

/** Of loopback, but none that a recipe trusts. */
const CLIENT = '127.0.0.2';

interface Sent {
  method?: string;
  path: string;
  headers?: readonly string[];
  body?: Buffer | string;
  isTls?: boolean;
  agent?: Agent;
}

interface Answer {
  status: number;
  reason: string;
  headers: IncomingMessage['headers'];
  body: string;
  /** The body did not end as its head had said. */
  isCut: boolean;
}

/** Bytes as they are: `fetch` would resolve dots, join headers and hide where an answer was cut. */
function open(target: Target, { method = 'GET', path, headers = [], isTls = false, agent }: Sent) {
  const host = headers.includes('Host') ? [] : ['Host', 'example.org'];
  const options = {
    host: '127.0.0.1',
    localAddress: CLIENT,
    port: isTls ? target.tlsPort : target.port,
    method,
    path: target.mount + path,
    headers: [...host, ...headers],
    agent: agent ?? (false as const),
    maxHeaderSize: 64 << 10,
    setDefaultHeaders: false,
  };
  return isTls ? overTls({ ...options, servername: 'example.org', rejectUnauthorized: false }) : overHttp(options);
}

/** One request on a connection of its own, byte by byte as given. */
export async function ask(target: Target, sent: Sent): Promise<Answer> {
  const { body } = sent;
  const isChunked = sent.headers?.includes('Transfer-Encoding') === true;
  const length =
    body === undefined || isChunked || sent.headers?.includes('Content-Length') === true
      ? []
      : ['Content-Length', String(Buffer.byteLength(body))];
  const request = open(target, { ...sent, headers: [...(sent.headers ?? []), ...length] });
  const answered = answerOf(request);
  // A body that was refused is not read to its end: its writer hears of that, the answer is there all the same.
  request.on('error', () => {});
  request.end(body);
  return answered;
}

function answerOf(request: ReturnType<typeof open>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.setTimeout(20_000, () => request.destroy(new Error('no answer in 20 s')));
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => {});
      response.on('close', () =>
        resolve({
          status: response.statusCode ?? 0,
          reason: response.statusMessage ?? '',
          headers: response.headers,
          body: Buffer.concat(chunks).toString('latin1'),
          isCut: !response.complete,
        }),
      );
    });
  });
}

/** The variables that the application saw, or the status of who answered in its place. */
async function seen(target: Target, sent: Sent, report: (environ: Record<string, string>) => string): Promise<string> {
  const { status, body } = await ask(target, sent);
  if (status !== 200) return `refused with ${status}`;
  const environ: unknown = JSON.parse(Buffer.from(body, 'latin1').toString('utf8'));
  return report(Object.fromEntries(Object.entries(Object(environ))) as Record<string, string>);
}

/** A byte string as UTF-8 text where it is some. */
function text(bytes: string | undefined): string {
  return JSON.stringify(bytes === undefined ? 'none' : Buffer.from(bytes, 'latin1').toString('utf8'));
}

/** Without what the application is mounted at. */
function below(target: Target, path: string | undefined): string | undefined {
  return path?.startsWith(target.mount) === true ? path.slice(target.mount.length) : path;
}

const pathInfo = (environ: Record<string, string>): string => `PATH_INFO ${text(environ['PATH_INFO'])}`;
const scheme = (environ: Record<string, string>): string => environ['scheme'] ?? '';

function file(target: Target): { path: string; query: string } {
  const path = join(target.folder, `told-${randomBytes(8).toString('hex')}`);
  return { path, query: `file=${encodeURIComponent(path)}` };
}

async function appears(path: string): Promise<string> {
  for (let waited = 0; waited < 8_000; waited += 25) {
    if (existsSync(path)) {
      const said = readFileSync(path, 'utf8');
      if (said !== '') return `the application is ${said}`;
    }
    await sleep(25);
  }
  return 'the application says nothing';
}

function summary({ status, reason, body, isCut }: Answer): string {
  return `${status} ${reason}${isCut ? ', cut' : body === '' ? ', no body' : ', with its body'}`;
}

async function uploaded(target: Target, headers: string[]): Promise<string> {
  const body = randomBytes(1 << 20);
  const answer = await ask(target, { method: 'PUT', path: '/count', body, headers });
  const expected = `${body.length} ${createHash('sha256').update(body).digest('hex')}`;
  if (answer.status !== 200) return `refused with ${answer.status}`;
  return answer.body === expected ? 'all of it' : answer.body;
}

async function posted(target: Target, headers: string[]): Promise<string> {
  const answer = await ask(target, {
    method: 'POST',
    path: '/echo',
    body: 'hello world',
    headers: ['Content-Type', 'text/x-own', ...headers],
  });
  if (answer.status !== 200) return `refused with ${answer.status}`;
  return `"${answer.body}", ${answer.headers['x-content-type']}`;
}

async function cut(target: Target, path: string): Promise<string> {
  const answer = await ask(target, { path }).catch(() => undefined);
  if (answer === undefined) return 'cut before its head';
  if (answer.status !== 200) return `refused with ${answer.status}`;
  return answer.isCut ? 'cut' : 'whole, to all appearance';
}

async function leaves(target: Target, path: string, isAnswering: boolean): Promise<string> {
  const { path: told, query } = file(target);
  const request = open(target, { path: `${path}?${query}` });
  request.on('error', () => {});
  request.end();
  if (isAnswering) {
    await new Promise<void>((resolve) => {
      // Where nothing comes before the end, it leaves all the same.
      const late = setTimeout(resolve, 500);
      request.on('response', (response) => {
        response.once('data', () => {
          clearTimeout(late);
          resolve();
        });
        response.on('error', () => {});
      });
    });
  } else await sleep(300);
  request.destroy();
  return appears(told);
}

/** How each request is sent, and what is said of what came of it. */
export const asking: Readonly<Record<RequestName, (target: Target) => Promise<string>>> = {
  root: (target) =>
    seen(
      target,
      { path: '/' },
      (environ) => `SCRIPT_NAME ${text(below(target, environ['SCRIPT_NAME']))}, ${pathInfo(environ)}`,
    ),
  path: (target) => seen(target, { path: '/a%20b/%C3%A9' }, pathInfo),
  'encoded slash': (target) => seen(target, { path: '/a%2Fb' }, pathInfo),
  'double slash': (target) => seen(target, { path: '/a//b' }, pathInfo),
  'dot segments': (target) => seen(target, { path: '/a/../b/./c' }, pathInfo),
  'encoded dots': (target) => seen(target, { path: '/a/%2e%2e/b' }, pathInfo),
  NUL: (target) => seen(target, { path: '/a%00b' }, pathInfo),
  'raw target': (target) =>
    seen(
      target,
      { path: '/a%20b/%c3%A9?c=%2f' },
      (environ) => `REQUEST_URI ${text(below(target, environ['REQUEST_URI']))}`,
    ),
  query: (target) =>
    seen(target, { path: '/?x=1&y=%20?z' }, (environ) => `QUERY_STRING ${text(environ['QUERY_STRING'])}`),
  'empty query': (target) =>
    seen(
      target,
      { path: '/?' },
      (environ) =>
        `QUERY_STRING ${text(environ['QUERY_STRING'])}, REQUEST_URI ${text(below(target, environ['REQUEST_URI']))}`,
    ),
  headers: (target) =>
    seen(
      target,
      { path: '/', headers: ['X-One', '1', 'X-Two', 'a', 'X-Two', 'b'] },
      (environ) => `HTTP_X_ONE ${text(environ['HTTP_X_ONE'])}, HTTP_X_TWO ${text(environ['HTTP_X_TWO'])}`,
    ),
  'header of bytes': (target) =>
    seen(
      target,
      { path: '/', headers: ['X-Name', Buffer.from('José').toString('latin1')] },
      (environ) => `HTTP_X_NAME ${text(environ['HTTP_X_NAME'])}`,
    ),
  'forged headers': (target) =>
    seen(target, { path: '/', headers: ['Proxy', 'http://evil', 'Remote_User', 'root'] }, (environ) => {
      const found = ['HTTP_PROXY', 'HTTP_REMOTE_USER'].filter((name) => name in environ);
      return found.length === 0 ? 'none of HTTP_PROXY, HTTP_REMOTE_USER' : found.join(', ');
    }),
  authorization: (target) =>
    seen(
      target,
      { path: '/', headers: ['Authorization', 'Bearer abc'] },
      (environ) => `HTTP_AUTHORIZATION ${text(environ['HTTP_AUTHORIZATION'])}`,
    ),
  'request cookies': (target) =>
    seen(
      target,
      { path: '/', headers: ['Cookie', 'a=1', 'Cookie', 'b=2'] },
      (environ) => `HTTP_COOKIE ${text(environ['HTTP_COOKIE'])}`,
    ),
  host: (target) =>
    seen(
      target,
      { path: '/', headers: ['Host', 'example.org:8080'] },
      (environ) => `HTTP_HOST ${text(environ['HTTP_HOST'])}`,
    ),
  'who asks': (target) =>
    seen(
      target,
      {
        path: '/',
        headers: ['X-Forwarded-For', '6.6.6.6', 'X-Forwarded-Proto', 'https', 'Forwarded', 'for=6.6.6.6'],
      },
      // The last of several is what the front end has added itself.
      (environ) => `REMOTE_ADDR ${text(environ['REMOTE_ADDR'])}, ${scheme(environ)}`,
    ),
  https: (target) => seen(target, { path: '/', isTls: true }, scheme),
  POST: (target) => posted(target, []),
  'chunked POST': (target) => posted(target, ['Transfer-Encoding', 'chunked']),
  'upload of 1 MiB': (target) => uploaded(target, []),
  'chunked upload of 1 MiB': (target) => uploaded(target, ['Transfer-Encoding', 'chunked']),
  async 'answer while reading'(target) {
    const body = randomBytes(16_384);
    const answer = await ask(target, { method: 'POST', path: '/back', body });
    return answer.body === body.toString('latin1') ? 'all of it' : `${answer.status}, ${answer.body.length} bytes`;
  },
  async 'too large'(target) {
    const request = open(target, { method: 'POST', path: '/count', headers: ['Content-Length', '104857601'] });
    const answered = answerOf(request);
    request.on('error', () => {});
    request.write('the first of many');
    const early = await Promise.race([answered, sleep(2_000)]).catch(() => ({ status: 'nothing' }));
    request.destroy();
    answered.catch(() => {});
    return early === undefined ? 'no answer as long as the body lasts' : String(early.status);
  },
  async 'Expect: 100-continue'(target) {
    const headers = ['Content-Length', '11', 'Expect', '100-continue'];
    const request = open(target, { method: 'POST', path: '/echo', headers });
    const answered = answerOf(request);
    const continued = new Promise<string>((resolve) => request.on('continue', () => resolve('100, then ')));
    request.flushHeaders();
    const first = await Promise.race([
      continued,
      answered.then(
        () => 'at once ',
        () => 'an error, then ',
      ),
      sleep(2_000, 'no 100, then '),
    ]);
    request.end('hello world');
    return `${first}${(await answered).status}`;
  },
  async 'download of 1 MiB'(target) {
    const answer = await ask(target, { path: '/megabyte' });
    const expected = Array.from({ length: 16 }, (_, index) => String.fromCodePoint(index).repeat(1 << 16)).join('');
    if (answer.body !== expected) return `${answer.status}, ${answer.body.length} bytes`;
    return answer.headers['content-length'] === '1048576' ? 'all of it, with its length' : 'all of it, chunked';
  },
  async HEAD(target) {
    const answer = await ask(target, { method: 'HEAD', path: '/megabyte' });
    const length = answer.headers['content-length'];
    return `${answer.status}, ${length === undefined ? 'no Content-Length' : `Content-Length ${length}`}, ${answer.body === '' ? 'no body' : 'a body'}`;
  },
  async 304(target) {
    const answer = await ask(target, { path: '/cached', headers: ['If-None-Match', '"v1"'] });
    return `${answer.status}, ETag ${answer.headers.etag ?? 'none'}, ${answer.body === '' ? 'no body' : 'a body'}`;
  },
  async 204(target) {
    const answer = await ask(target, { path: '/none' });
    return `${answer.status}, ${answer.body === '' ? 'no body' : 'a body'}`;
  },
  async 'answer cookies'(target) {
    const cookies = (await ask(target, { path: '/cookies' })).headers['set-cookie'];
    const whole = cookies?.join('|') === 'a=1; Path=/|b=2, three';
    return whole ? 'two Set-Cookie' : JSON.stringify(cookies);
  },
  'reason phrase': async (target) => summary(await ask(target, { path: '/teapot' })),
  'large request head': (target) =>
    seen(target, { path: '/', headers: ['X-Large', 'l'.repeat(6_000)] }, (environ) =>
      environ['HTTP_X_LARGE']?.length === 6_000 ? 'all 6,000 bytes' : 'not all of it',
    ),
  'huge request head': (target) =>
    seen(target, { path: '/', headers: ['X-Large', 'l'.repeat(70_000)] }, (environ) =>
      environ['HTTP_X_LARGE']?.length === 70_000 ? 'all 70,000 bytes' : 'not all of it',
    ).catch(() => 'the connection is closed'),
  async 'large answer head'(target) {
    const answer = await ask(target, { path: '/large-head' });
    if (answer.status !== 200) return `refused with ${answer.status}`;
    return answer.headers['x-large']?.length === 6_000 ? 'all 6,000 bytes' : 'not all of it';
  },
  async error(target) {
    const { status, body } = await ask(target, { path: '/error' });
    const whose = body.trim() === '500 Internal Server Error' || body.trim() === 'Internal Server Error';
    return `${status} of the ${whose ? 'application’s server' : 'front end'}, ${/secret/.test(body) ? 'a secret' : 'no secret'}`;
  },
  async 'replaced head'(target) {
    const { status, headers } = await ask(target, { path: '/replaced' });
    return `${status}, ${'x-leftover' in headers ? 'a header' : 'nothing'} of the first head`;
  },
  'error behind the head': (target) => cut(target, '/cut'),
  'too few bytes': (target) => cut(target, '/cut-short'),
  async 'first byte'(target) {
    const { path, query } = file(target);
    const request = open(target, { path: `/held?${query}` });
    request.end();
    let isDone = false;
    const first = new Promise<string>((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (response) => {
        response.once('data', (chunk: Buffer) =>
          resolve(String(chunk).startsWith('first') && !isDone ? 'at once' : 'late'),
        );
        response.on('error', () => {});
      });
    });
    const early = await Promise.race([first, sleep(target.isSlowToBegin === true ? 700 : 8_000, 'at the end')]);
    isDone = true;
    writeFileSync(path, 'go on');
    await first;
    request.destroy();
    return early;
  },
  'client leaves a stream': (target) => leaves(target, '/streaming', true),
  'client leaves a silence': (target) => leaves(target, '/silent', false),
  'unknown method': (target) =>
    seen(
      target,
      { method: 'BREW', path: '/', headers: ['Content-Length', '0'] },
      (environ) => `REQUEST_METHOD ${text(environ['REQUEST_METHOD'])}`,
    ),
  async 'kept connection'(target) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      const sockets = new Set<unknown>();
      for (const path of ['/', '/none', '/teapot']) {
        const request = open(target, { path, agent });
        request.on('socket', (socket) => sockets.add(socket));
        const answered = answerOf(request);
        request.end();
        await answered;
        // Its socket goes back to the agent with the next turn.
        await sleep(1);
      }
      return sockets.size === 1 ? 'one connection of the client' : `${sockets.size} connections`;
    } finally {
      agent.destroy();
    }
  },
  async WebSocket(target) {
    const socket = connect(target.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `GET ${target.mount}/socket HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    let got = '';
    const status = await new Promise<string>((resolve) => {
      socket.on('data', (chunk) => {
        got += chunk.toString('latin1');
        const found = /^HTTP\/1\.1 (\d+)[^]*?\r\n\r\n/.exec(got);
        if (found?.[1] === undefined) return;
        if (found[1] !== '101') return resolve(`refused with ${found[1]}`);
        if (got.length === found[0].length) socket.write('both ways');
        else if (got.endsWith('both ways')) resolve('101, bytes both ways');
      });
      socket.on('close', () => resolve('closed'));
      setTimeout(() => resolve(`stands still after ${got.slice(0, 12)}`), 8_000).unref();
    });
    socket.destroy();
    return status;
  },
};
