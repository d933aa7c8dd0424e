// The floor: a node:net socket that answers any packet with constant bytes.
import { createServer } from 'node:net';

const body = 'Hello, world\n';
const answer = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nDate: ${new Date().toUTCString()}\r\n\r\n${body}`;
createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.on('data', () => socket.write(answer, 'latin1'));
}).listen(Number(process.argv[2]), '127.0.0.1');
