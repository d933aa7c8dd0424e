// Sends one request again and again to one server, and tells its parent how many were answered, how fast, and how many failed:
// load-process.js starts it. All answers of one work have the same length: the first one is looked at, of the others the bytes are
// counted. So the generator costs less than what it measures, and speaks FastCGI and SCGI directly, without a web server in between.
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { firstAnswer } from './first-answer.js';
import { WIRES } from './wire-bytes.js';

const { wire, address, keeps, connections, seconds, request, multiplex = 1 } = JSON.parse(process.argv[2]);
const { bodySize = 0, isChunked = false } = request;
const codec = WIRES[wire];
/** A larger body is not held in memory, but sent piece by piece: only HTTP is asked that. */
const isStreamed = bodySize > 2_097_152;
const bytes = isStreamed
  ? codec.head(request, keeps)
  : codec.request({ ...request, body: Buffer.alloc(bodySize, 120) }, keeps);
const target = typeof address === 'number' ? { port: address, host: '127.0.0.1' } : { path: address };

const PIECE = Buffer.alloc(65_536, 120);
const CHUNK = Buffer.concat([Buffer.from('10000\r\n'), PIECE, Buffer.from('\r\n')]);

/** Sends a request; a large body as fast as it is taken. */
function send(socket) {
  socket.write(bytes);
  if (!isStreamed) return;
  let left = bodySize / PIECE.length;
  const more = () => {
    for (; left > 0; left--) {
      if (!socket.write(isChunked ? CHUNK : PIECE)) {
        left--;
        return void socket.once('drain', more);
      }
    }
    if (isChunked) socket.write('0\r\n\r\n');
  };
  more();
}

const MOST = 2_000_000;
const times = new Float64Array(MOST);
const shared = Buffer.allocUnsafeSlow(262_144);
let answered = 0;
let failed = 0;
let ends = 0;

function count(sent) {
  if (answered < MOST) times[answered] = performance.now() - sent;
  answered++;
}

/** A connection with one request under way at a time; without `keeps`, one request after the other has a new one. */
function lane(answer, isGoing, done) {
  let sent = 0;
  let received = 0;
  let tail = '';
  let isOpen = true;
  const begin = () => {
    received = 0;
    sent = performance.now();
    send(socket);
  };
  const again = () => {
    isOpen = false;
    socket.destroy();
    if (performance.now() >= ends) done();
    else lane(answer, true, done);
  };
  const next = () => {
    if (answer.length !== undefined && received !== answer.length) failed++;
    else count(sent);
    tail = '';
    if (!keeps) again();
    else if (performance.now() < ends) begin();
    else {
      isOpen = false;
      done();
    }
  };
  const callback = (size, buffer) => {
    received += size;
    if (!keeps) return true;
    if (answer.length === undefined) {
      tail = (tail + buffer.toString('latin1', Math.max(0, size - 5), size)).slice(-5);
      if (tail === '0\r\n\r\n') next();
    } else if (received >= answer.length) next();
    return true;
  };
  const socket = connect({ ...target, onread: { buffer: shared, callback } }, () => isGoing && begin());
  socket.on('end', () => {
    if (!keeps && isOpen) next();
  });
  socket.on('error', () => {});
  // A connection that has ended before its time makes the lane fail once, and begin anew.
  socket.on('close', () => {
    if (!isOpen) return;
    failed++;
    again();
  });
  return { socket, begin };
}

/** A FastCGI connection with several requests under way: the ends of requests are looked for among the records. */
function multiplexed(isGoing, done) {
  const requests = Array.from({ length: multiplex }, (_, index) =>
    codec.request({ ...request, body: Buffer.alloc(bodySize, 120) }, true, index + 1),
  );
  const sent = new Float64Array(multiplex);
  let running = 0;
  let waiting = Buffer.alloc(0);
  const ask = (id) => {
    running++;
    sent[id - 1] = performance.now();
    socket.write(requests[id - 1]);
  };
  const begin = () => requests.forEach((_, index) => ask(index + 1));
  const socket = connect(target, () => isGoing && begin());
  socket.on('data', (chunk) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    const ended = [];
    waiting = codec.walk(waiting, ended);
    for (const id of ended) {
      running--;
      count(sent[id - 1]);
      if (performance.now() < ends) ask(id);
    }
    if (running === 0) done();
  });
  socket.on('error', () => {});
  return { socket, begin };
}

process.once('disconnect', () => process.exit(1));
const first = await firstAnswer(codec, target, send, keeps);
const running = [];
const lanes = [];
for (let made = 0; made < connections; made += 1) {
  let finish;
  running.push(new Promise((resolve) => (finish = resolve)));
  const one = () => (multiplex > 1 ? multiplexed(!keeps, finish) : lane(first, !keeps, finish));
  if (!keeps) {
    lanes.push(one);
    continue;
  }
  const { socket, begin } = one();
  lanes.push(begin);
  // Not more connections at once than a server's backlog holds.
  if (made % 256 === 255 || made === connections - 1) await once(socket, 'connect');
}
process.send('ready');
await once(process, 'message');
const begun = performance.now();
ends = begun + seconds * 1000;
for (const begin of lanes) begin();
// What is not answered long after the end has failed.
const late = await Promise.race([Promise.all(running), delay(seconds * 1000 + 20_000, 'late', { ref: false })]);
if (late === 'late') failed++;
const taken = (performance.now() - begun) / 1000;
const sorted = times.subarray(0, Math.min(answered, MOST)).toSorted();
const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
process.send({ answered, failed, perSecond: answered / taken, p50: at(0.5), p99: at(0.99) });
await once(process, 'message');
process.exit(0);
