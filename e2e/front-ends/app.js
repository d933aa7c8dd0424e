// The application behind every front end: each request of requests.js has its answer here.
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const encoder = new TextEncoder();
/** @type {import('@tsgi/core').Header[]} */
const TEXT = [['Content-Type', 'text/plain; charset=utf-8']];
/** How long a stream or a silence is at most, where nobody says that the client has left. */
const PATIENCE_MS = 2_500;

/** @type {Record<string, import('@tsgi/core').App>} */
const answers = {
  async '/echo'(environ, startResponse) {
    const body = await environ['tsgi.input'].read();
    startResponse('200 OK', [...TEXT, ['X-Content-Type', environ.CONTENT_TYPE ?? 'none']]);
    return [body];
  },

  async '/count'(environ, startResponse) {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of environ['tsgi.input']) {
      bytes += chunk.byteLength;
      hash.update(chunk);
    }
    startResponse('200 OK', TEXT);
    return [encoder.encode(`${bytes} ${hash.digest('hex')}`)];
  },

  '/megabyte'(environ, startResponse) {
    startResponse('200 OK', [
      ['Content-Type', 'application/octet-stream'],
      ['Content-Length', String(1 << 20)],
    ]);
    return Array.from({ length: 16 }, (_, index) => new Uint8Array(1 << 16).fill(index));
  },

  '/cached'(environ, startResponse) {
    const isFresh = environ.HTTP_IF_NONE_MATCH === '"v1"';
    startResponse(isFresh ? '304 Not Modified' : '200 OK', [...(isFresh ? [] : TEXT), ['ETag', '"v1"']]);
    return isFresh ? [] : [encoder.encode('version 1')];
  },

  '/none'(environ, startResponse) {
    startResponse('204 No Content', []);
    return [];
  },

  '/cookies'(environ, startResponse) {
    startResponse('200 OK', [...TEXT, ['Set-Cookie', 'a=1; Path=/'], ['Set-Cookie', 'b=2, three']]);
    return [encoder.encode('two cookies')];
  },

  '/large-head'(environ, startResponse) {
    startResponse('200 OK', [...TEXT, ['X-Large', 'l'.repeat(6_000)]]);
    return [encoder.encode('large')];
  },

  '/teapot'(environ, startResponse) {
    startResponse("418 I'm a teapot", TEXT);
    return [encoder.encode('short and stout')];
  },

  '/error'() {
    throw new Error('a secret of the application');
  },

  '/replaced'(environ, startResponse) {
    startResponse('200 OK', [...TEXT, ['X-Leftover', 'of the answer that failed']]);
    startResponse('503 Service Unavailable', TEXT, new Error('found out too late'));
    return [encoder.encode('out of order')];
  },

  '/back'(environ, startResponse) {
    startResponse('200 OK', TEXT);
    return environ['tsgi.input'];
  },

  '/cut'(environ, startResponse) {
    startResponse('200 OK', TEXT);
    return cut();
  },

  '/cut-short'(environ, startResponse) {
    startResponse('200 OK', [...TEXT, ['Content-Length', '100']]);
    return [encoder.encode('ten bytes\n')];
  },

  '/held'(environ, startResponse) {
    startResponse('200 OK', TEXT);
    return held(fileOf(environ), environ['tsgi.signal']);
  },

  '/streaming'(environ, startResponse) {
    startResponse('200 OK', TEXT);
    return streaming(fileOf(environ), environ['tsgi.signal']);
  },

  async '/silent'(environ, startResponse) {
    const signal = environ['tsgi.signal'];
    await sleep(PATIENCE_MS, undefined, { signal }).catch(() => {});
    writeFileSync(fileOf(environ), signal.aborted ? 'told' : 'not told');
    startResponse('200 OK', TEXT);
    return [encoder.encode('too late')];
  },

  '/socket'(environ, startResponse) {
    const upgrade = environ['tsgi.upgrade'];
    if (upgrade === undefined) {
      startResponse('426 Upgrade Required', TEXT);
      return [encoder.encode('no connection to take over')];
    }
    return upgrade(environ, startResponse, (request, socket) => {
      const accept = createHash('sha1').update(
        `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
      );
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r
Sec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`);
      socket.pipe(socket);
      socket.on('error', () => {});
    });
  },
};

/** @type {import('@tsgi/core').App} */
export default function frontEnds(environ, startResponse) {
  const answer = answers[environ.PATH_INFO];
  return answer === undefined ? seen(environ, startResponse) : answer(environ, startResponse);
}

/** The CGI variables, as the application has them. */
function seen(environ, startResponse) {
  const strings = Object.entries(environ).filter(([, value]) => typeof value === 'string');
  strings.push(['scheme', environ['tsgi.url_scheme']]);
  startResponse('200 OK', [['Content-Type', 'application/json']]);
  return [encoder.encode(JSON.stringify(Object.fromEntries(strings)))];
}

/** What the test and a request, which may be in two processes, tell each other by. */
function fileOf(environ) {
  return new URLSearchParams(environ.QUERY_STRING).get('file');
}

function* cut() {
  yield encoder.encode('the first half');
  throw new Error('the second half is missing');
}

/** The end comes when the client has seen the beginning, or does not for too long. */
async function* held(file, signal) {
  yield encoder.encode('first');
  for (let waited = 0; !existsSync(file) && waited < 10_000; waited += 20) await sleep(20, undefined, { signal });
  yield encoder.encode('last');
}

async function* streaming(file, signal) {
  try {
    for (let waited = 0; waited < PATIENCE_MS; waited += 50) {
      yield encoder.encode('more ');
      await sleep(50, undefined, { signal });
    }
  } finally {
    writeFileSync(file, signal.aborted ? 'told' : 'not told');
  }
}
