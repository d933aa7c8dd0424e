// Holds COUNT connections to URL open that have had one request each, until standard input ends.
//
//   node bench/hosts/idle-connections.js URL COUNT
import { connect } from 'node:net';

const { hostname, port } = new URL(process.argv[2]);
const count = Number(process.argv[3]);

async function open() {
  const socket = connect(Number(port), hostname);
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await new Promise((resolve, reject) => socket.once('data', resolve).once('error', reject));
  return socket;
}

const sockets = [];
// A few at a time: a front end keeps no more connections to the applications than it needs at once.
while (sockets.length < count) sockets.push(...(await Promise.all(Array.from({ length: 8 }, open))));
process.stdout.write('open\n');
process.stdin.resume().on('end', () => {
  for (const socket of sockets) socket.destroy();
});
