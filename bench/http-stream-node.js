// The yardstick for http-stream-tsgi.js: node:http.
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';

const chunk = new Uint8Array(65_536);

async function send(response, length) {
  for (let left = length; left > 0; left -= chunk.length) {
    const accepts = response.write(left < chunk.length ? chunk.subarray(0, left) : chunk);
    if (!accepts) await new Promise((resolve) => response.once('drain', resolve));
  }
  response.end();
}

createServer((request, response) => {
  if (request.method === 'GET') {
    const [, length, framing] = request.url.split('/');
    response.writeHead(200, framing === 'chunked' ? {} : { 'Content-Length': length });
    if (framing === 'file') createReadStream(process.argv[3]).pipe(response);
    else void send(response, Number(length));
    return;
  }
  let length = 0;
  request.on('data', (bytes) => {
    length += bytes.length;
  });
  request.on('end', () => response.end(String(length)));
}).listen(Number(process.argv[2]), '127.0.0.1');
