// The floor for SCGI in JavaScript: answers any packet with constant bytes and closes. node raw-scgi.js SOCKET
import { createServer } from 'node:net';

const ANSWER = Buffer.from('Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, world!');

createServer((socket) => {
  socket.on('data', () => socket.end(ANSWER));
  socket.on('error', () => {});
}).listen(process.argv[2]);
