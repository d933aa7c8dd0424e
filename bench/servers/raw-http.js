// The floor for HTTP in JavaScript: a node:net socket that answers any packet with constant bytes. node raw-http.js PORT
import { createServer } from 'node:net';

const BODY = 'Hello, world!';
const HEAD = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\nDate: ${new Date().toUTCString()}\r\n`;
const ANSWER = `${HEAD}\r\n${BODY}`;
const LAST = `${HEAD}Connection: close\r\n\r\n${BODY}`;

createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    if (bytes.includes('Connection: close')) socket.end(LAST, 'latin1');
    else socket.write(ANSWER, 'latin1');
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
