// The yardstick: node:http.
import { createServer } from 'node:http';

const body = Buffer.from('Hello, world\n');
createServer((_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': body.length });
  response.end(body);
}).listen(Number(process.argv[2]), '127.0.0.1');
