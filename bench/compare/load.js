// Sends one request again and again to one server, and prints as JSON how many were answered, how fast, and how many failed.
//
//   node load.js '{"wire": "fcgi", "address": "/run/app.sock", "keeps": true, "connections": 32, "seconds": 1, "request": {…}}'
//
// All answers of one work have the same length: the first one is looked at, of the others the bytes are counted. So the generator
// costs less than what it measures, and speaks FastCGI and SCGI directly, without a web server in between.
import { connect } from 'node:net';
import { WIRES } from './wire-bytes.js';

const { wire, address, keeps, connections, seconds, request } = JSON.parse(process.argv[2]);
const { method, path, headers = [], bodySize = 0 } = request;
const codec = WIRES[wire];
const bytes = codec.request({ method, path, headers, body: Buffer.alloc(bodySize, 120) }, keeps);
const target = typeof address === 'number' ? { port: address, host: '127.0.0.1' } : { path: address };

/** @returns the length of the answer. */
function first() {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const socket = connect(target, () => socket.write(bytes));
    const ends = () => {
      if (!/^(?:HTTP\/1\.1 200|[^]{0,8}Status: 200)/.test(received.toString('latin1', 0, 40))) {
        reject(new Error(`answered with ${JSON.stringify(received.toString('latin1', 0, 80))}`));
      } else resolve(received.length);
      socket.destroy();
    };
    socket.on('error', reject).on('end', ends);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const end = codec.end(received);
      if (end !== -1 && keeps) ends();
    });
  });
}

const length = await first();
const MOST = 2_000_000;
const times = new Float64Array(MOST);
const shared = Buffer.allocUnsafeSlow(262_144);
let answered = 0;
let failed = 0;
const begun = performance.now();
const ends = begun + seconds * 1000;

/** A lane has one request under way. */
function lane(done) {
  let sent = 0;
  let received = 0;
  let isOpen = true;
  const send = () => {
    received = 0;
    sent = performance.now();
    socket.write(bytes);
  };
  const next = () => {
    if (received !== length) failed++;
    else {
      const now = performance.now();
      if (answered < MOST) times[answered] = now - sent;
      answered++;
    }
    if (performance.now() >= ends) {
      isOpen = false;
      socket.destroy();
      done();
    } else if (keeps) send();
    else {
      isOpen = false;
      socket.destroy();
      lane(done);
    }
  };
  const callback = (count) => {
    received += count;
    if (keeps && received >= length) next();
    return true;
  };
  const socket = connect({ ...target, onread: { buffer: shared, callback } }, send);
  const over = () => {
    if (isOpen) next();
  };
  // A connection that has ended before its time makes the lane fail once, and begin anew.
  socket.on('end', keeps ? () => {} : over);
  socket.on('error', () => {});
  socket.on('close', () => {
    if (!isOpen) return;
    isOpen = false;
    failed++;
    if (performance.now() >= ends) done();
    else lane(done);
  });
}

await Promise.all(Array.from({ length: connections }, () => new Promise((resolve) => lane(resolve))));
const taken = (performance.now() - begun) / 1000;
const sorted = times.subarray(0, Math.min(answered, MOST)).toSorted();
const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
console.log(JSON.stringify({ answered, failed, perSecond: answered / taken, p50: at(0.5), p99: at(0.99) }));
