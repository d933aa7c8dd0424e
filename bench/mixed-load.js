// Mixed load on one server, bounded in count: keep-alive, aborts, uploads, errors. Prints the heap after a forced
// collection at the start, in the middle and at the end, and every request that got no answer.
//
//   node mixed-load.js [REQUESTS=20000] [PER_SECOND=200]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';

const total = Number(process.argv[2] ?? 20_000);
const perSecond = Number(process.argv[3] ?? 200);
const server = fork(fileURLToPath(new URL('mixed-load-server.js', import.meta.url)), { execArgv: ['--expose-gc'] });
const [{ port }] = await once(server, 'message');
const agent = new Agent({ keepAlive: true, maxSockets: 32 });
const upload = Buffer.alloc(400_000, 'x');

/** Kind of request, and what its client must see: a status, an answer cut short, or nothing after its own abort. */
const KINDS = [
  { path: '/', expect: '200' },
  { path: '/', expect: '200', headers: { Connection: 'close' } },
  { path: '/upload', expect: '200', body: upload },
  { path: '/unread', expect: '413', body: upload },
  { path: '/file', expect: '200' },
  { path: '/throws', expect: '500' },
  { path: '/breaks', expect: 'cut' },
  { path: '/slow', expect: '200' },
  { path: '/signal', expect: 'aborted', abortAfter: 30 },
  { path: '/endless', expect: 'aborted', abortAfter: 50 },
  { path: '/upload', expect: 'aborted', body: upload.subarray(0, 50_000), length: 400_000, abortAfter: 20 },
];

/** @returns {Promise<string>} what the client saw. */
function ask(kind) {
  return new Promise((resolve) => {
    const length = kind.length ?? kind.body?.length;
    const headers = { ...kind.headers, ...(length === undefined ? undefined : { 'Content-Length': length }) };
    const outgoing = request({ port, agent, path: kind.path, method: kind.body ? 'POST' : 'GET', headers });
    const timer = setTimeout(() => {
      outgoing.destroy();
      resolve(kind.abortAfter === undefined ? 'no answer in 10 s' : 'aborted');
    }, kind.abortAfter ?? 10_000);
    const settle = (outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    outgoing.on('response', (answer) => {
      answer.on('error', () => settle(kind.abortAfter === undefined ? 'cut' : 'aborted'));
      answer.on('end', () => settle(answer.complete ? String(answer.statusCode) : 'cut'));
      answer.resume();
    });
    outgoing.on('error', (error) => settle(kind.abortAfter === undefined ? error.message : 'aborted'));
    if (kind.length === undefined) outgoing.end(kind.body);
    else outgoing.write(kind.body);
  });
}

async function report(label, done) {
  await new Promise((resolve) => setTimeout(resolve, 4000));
  server.send('heap');
  const [{ heapUsed, rss, running }] = await once(server, 'message');
  const mebibytes = (bytes) => (bytes / 1_048_576).toFixed(2);
  console.log(
    `${label}: ${done} requests, heap ${mebibytes(heapUsed)} MiB, resident ${mebibytes(rss)} MiB, ${running} running`,
  );
}

const unexpected = new Map();
let done = 0;
await Promise.all(Array.from({ length: 500 }, () => ask(KINDS[0])));
await report('start', done);
const tick = 50;
const started = Date.now();
while (done < total) {
  const due = Math.min(total, Math.ceil(((Date.now() - started) * perSecond) / 1000));
  const round = [];
  for (; done < due; done += 1) {
    const kind = KINDS[done % KINDS.length];
    round.push(
      ask(kind).then((outcome) => {
        if (outcome !== kind.expect) {
          const key = `${kind.path}: expected ${kind.expect}, found ${outcome}`;
          unexpected.set(key, (unexpected.get(key) ?? 0) + 1);
        }
      }),
    );
    if (done === Math.floor(total / 2)) round.push(report('middle', done));
  }
  await Promise.all([...round, new Promise((resolve) => setTimeout(resolve, tick))]);
}
agent.destroy();
await report('end', done);
console.log(
  unexpected.size === 0
    ? 'every request had its answer'
    : [...unexpected].map(([what, n]) => `${n} × ${what}`).join('\n'),
);
server.kill();
