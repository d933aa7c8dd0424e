// The same answers as app.js by node:http: node node-http.js PORT
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';

const CHUNK = Buffer.alloc(65_536, 120);

const server = createServer((request, response) => {
  const [, kind, size] = request.url.split('/');
  if (kind === '') {
    if (request.method === 'POST') return echo(request, response);
    response.setHeader('Content-Type', 'text/plain');
    return response.end('Hello, world!');
  }
  const length = Number(size);
  switch (kind) {
    case 'bytes':
      response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': length });
      return send(response, length);
    case 'chunked':
      response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
      return send(response, length);
    case 'file':
      response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': length });
      return createReadStream(process.env.BENCH_FILE).pipe(response);
    case 'count':
      return count(request, response);
    case 'json':
      response.setHeader('Content-Type', 'application/json');
      return response.end(JSON.stringify({ hello: 'world', method: request.method, path: request.url }));
    default:
      return setTimeout(() => response.end('Hello, world!'), 10_000);
  }
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

function count(request, response) {
  let length = 0;
  request.on('data', (chunk) => {
    length += chunk.length;
  });
  request.on('end', () => response.end(String(length)));
}

server.listen(Number(process.argv[2]), '127.0.0.1');
