// The application of all comparisons, for any wire: GET / is 13 bytes, GET /bytes/N as many, POST / sends the body back.
const HELLO = new TextEncoder().encode('Hello, world!');
const CHUNK = new Uint8Array(65_536).fill(120);

/** @type {import('@tsgi/core').App} */
export function app(environ, startResponse) {
  if (environ.REQUEST_METHOD === 'POST') return echo(environ, startResponse);
  const length = environ.PATH_INFO.startsWith('/bytes/') ? Number(environ.PATH_INFO.slice(7)) : -1;
  if (length >= 0) {
    startResponse('200 OK', [
      ['Content-Type', 'application/octet-stream'],
      ['Content-Length', String(length)],
    ]);
    return chunks(length);
  }
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [HELLO];
}

function* chunks(length) {
  for (let left = length; left > 0; left -= CHUNK.length) {
    yield left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
  }
}

async function echo(environ, startResponse) {
  const body = await environ['tsgi.input'].read();
  startResponse('200 OK', [
    ['Content-Type', 'application/octet-stream'],
    ['Content-Length', String(body.length)],
  ]);
  return [body];
}
