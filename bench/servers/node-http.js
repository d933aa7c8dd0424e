// The same answers by node:http: node node-http.js PORT
import { createServer } from 'node:http';

const CHUNK = Buffer.alloc(65_536, 120);

const server = createServer((request, response) => {
  if (request.method === 'POST') return echo(request, response);
  if (request.url.startsWith('/bytes/')) {
    const length = Number(request.url.slice(7));
    response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': length });
    return send(response, length);
  }
  response.setHeader('Content-Type', 'text/plain');
  response.end('Hello, world!');
});

function send(response, length) {
  let left = length;
  while (left > 0) {
    const chunk = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
    left -= chunk.length;
    if (left === 0) return response.end(chunk);
    if (!response.write(chunk)) return void response.once('drain', () => send(response, left));
  }
  response.end();
}

function echo(request, response) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': body.length });
    response.end(body);
  });
}

server.listen(Number(process.argv[2]), '127.0.0.1');
