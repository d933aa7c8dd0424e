// A body of any size each way, streamed: GET /BYTES sends so many, /BYTES/chunked without a length, /BYTES/file from a file;
// what is sent with POST or PUT is counted.
import { open } from 'node:fs/promises';
import { serve } from '@tsgi/http-backend';

const chunk = new Uint8Array(65_536);

function* zeros(length) {
  for (let left = length; left > 0; left -= chunk.length) yield left < chunk.length ? chunk.subarray(0, left) : chunk;
}

async function app(environ, startResponse) {
  if (environ.REQUEST_METHOD === 'GET') {
    const [, length, framing] = environ.PATH_INFO.split('/');
    startResponse('200 OK', framing === 'chunked' ? [] : [['Content-Length', length]]);
    if (framing === 'file') return environ['tsgi.file_wrapper'](await open(process.argv[3]));
    return zeros(Number(length));
  }
  let length = 0;
  for await (const bytes of environ['tsgi.input']) length += bytes.length;
  startResponse('200 OK', []);
  return [new TextEncoder().encode(String(length))];
}

await serve(app, { port: Number(process.argv[2]) });
