// Sends GET / to URL on CONNECTIONS kept connections, the next one when the last was answered, for SECONDS; prints how many were answered.
//
//   node bench/hosts/closed-load.js URL CONNECTIONS SECONDS
import { connect } from 'node:net';

const { hostname, port } = new URL(process.argv[2]);
const [connections, seconds] = process.argv.slice(3).map(Number);
const ends = performance.now() + seconds * 1000;
const REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
let answered = 0;
let failed = 0;

/** A lane makes its connection anew when the front end has ended it: nginx does that after a thousand requests. */
function lane() {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => socket.write(REQUEST));
    socket.setNoDelay();
    socket.on('data', (bytes) => {
      received += bytes.latin1Slice();
      const head = received.indexOf('\r\n\r\n');
      // Some send the length, some chunks.
      const isWhole = head !== -1 && (received.endsWith('Hello, world!') || received.endsWith('\r\n0\r\n\r\n'));
      if (!isWhole) return;
      if (received.startsWith('HTTP/1.1 200')) answered++;
      else failed++;
      const isLast = /\r\nconnection: close/i.test(received.slice(0, head + 2));
      received = '';
      if (performance.now() < ends && !isLast) socket.write(REQUEST);
      else socket.destroy();
    });
    socket.on('error', () => failed++);
    socket.on('close', () => resolve(performance.now() < ends ? lane() : undefined));
  });
}

await Promise.all(Array.from({ length: connections }, lane));
process.stdout.write(`${JSON.stringify({ answered, failed })}\n`);
