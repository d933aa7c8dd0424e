// The application of all comparisons, for any wire: GET / is 13 bytes, /json some JSON, /bytes/N as many bytes, /chunked/N the same
// without a length, /file/N the file that BENCH_FILE names, N bytes long; /compute computes for about a millisecond; POST / sends the
// body back, POST /count its length; /waits reads nothing, and answers nothing, for ten seconds.
import { open } from 'node:fs/promises';

const HELLO = new TextEncoder().encode('Hello, world!');
const CHUNK = new Uint8Array(65_536).fill(120);

/** @type {import('@tsgi/core').App} */
export function app(environ, startResponse) {
  const path = environ.PATH_INFO;
  if (path === '/' || path === '') {
    if (environ.REQUEST_METHOD === 'POST') return echo(environ, startResponse);
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return [HELLO];
  }
  const [, kind, size] = path.split('/');
  switch (kind) {
    case 'bytes':
      startResponse('200 OK', [
        ['Content-Type', 'application/octet-stream'],
        ['Content-Length', size],
      ]);
      return chunks(Number(size));
    case 'chunked':
      startResponse('200 OK', [['Content-Type', 'application/octet-stream']]);
      return chunks(Number(size));
    case 'file':
      return file(environ, startResponse, size);
    case 'count':
      return count(environ, startResponse);
    case 'json':
      startResponse('200 OK', [['Content-Type', 'application/json']]);
      return [Buffer.from(JSON.stringify({ hello: 'world', method: environ.REQUEST_METHOD, path }))];
    case 'compute':
      return compute(startResponse);
    default:
      return waits(startResponse);
  }
}

function* chunks(length) {
  for (let left = length; left > 0; left -= CHUNK.length) {
    yield left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
  }
}

async function file(environ, startResponse, size) {
  startResponse('200 OK', [
    ['Content-Type', 'application/octet-stream'],
    ['Content-Length', size],
  ]);
  return environ['tsgi.file_wrapper'](await open(process.env.BENCH_FILE));
}

async function echo(environ, startResponse) {
  const body = await environ['tsgi.input'].read();
  startResponse('200 OK', [
    ['Content-Type', 'application/octet-stream'],
    ['Content-Length', String(body.length)],
  ]);
  return [body];
}

async function count(environ, startResponse) {
  let length = 0;
  for await (const chunk of environ['tsgi.input']) length += chunk.length;
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(String(length))];
}

function compute(startResponse) {
  let sum = 0;
  for (let turn = 0; turn < 1_000_000; turn++) sum = (sum * 31 + turn) | 0;
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [sum === 1 ? HELLO.subarray(1) : HELLO];
}

async function waits(startResponse) {
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  startResponse('200 OK', []);
  return [HELLO];
}
