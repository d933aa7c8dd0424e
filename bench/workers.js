// What more workers bring: requests a second of an app that computes for about a millisecond, with 1 and with 2 workers, round by round;
// how new connections spread over two workers; what the supervisor costs: its resident memory, and the system calls of the whole
// tree while nothing happens (with strace, if that is there). Beside the ratio stands what two processes that only count get done of
// what one does: more than that no second worker can bring on this machine, at this hour.
//
//   node bench/workers.js [ROUNDS=5] [SECONDS=5] [IDLE_SECONDS=30]
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { applicationFolder, serving } from './serving.js';

const rounds = Number(process.argv[2] ?? 5);
const seconds = Number(process.argv[3] ?? 5);
const idle = Number(process.argv[4] ?? 30);

const { folder, remove } = applicationFolder(`export default (environ, startResponse) => {
  let sum = 0;
  for (let turn = 0; environ.PATH_INFO === '/work' && turn < 1_000_000; turn++) sum = (sum * 31 + turn) | 0;
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(String(sum === 1 ? 0 : process.pid))];
};
`);

function ask(port, path, agent) {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path, agent }, (answer) => {
      let text = '';
      answer.on('data', (bytes) => (text += bytes));
      answer.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

/** Requests a second on 16 connections that are made anew for each 20 requests: none stays with its first worker. */
async function rate(port) {
  let answered = 0;
  const ends = performance.now() + seconds * 1000;
  const lane = async () => {
    while (performance.now() < ends) {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let count = 0; count < 20 && performance.now() < ends; count++, answered++) await ask(port, '/work', agent);
      agent.destroy();
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: 16 }, lane));
  return (answered * 1000) / (performance.now() - begun);
}

async function spread(port, connections) {
  const found = {};
  for (let done = 0; done < connections; done += 20) {
    for (const pid of await Promise.all(Array.from({ length: 20 }, () => ask(port, '/work', false)))) {
      found[pid] = (found[pid] ?? 0) + 1;
    }
  }
  return Object.values(found);
}

const megabytes = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const childrenOf = (pid) =>
  spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .stdout.trim()
    .split(/\s+/)
    .map(Number);

/** System calls of processes that have nothing to do. */
function callsOf(pids) {
  const args = [idle, 'strace', '-c', '-f', ...pids.flatMap((pid) => ['-p', pid])].map(String);
  const { stderr, error } = spawnSync('timeout', ['-s', 'INT', ...args], { encoding: 'utf8' });
  if (error !== undefined || !/attached/.test(stderr)) return undefined;
  return Number(/^\s*100\.00\s+\S+\s+\S+\s+(\d+)/m.exec(stderr)?.[1] ?? 0);
}

const COUNT = `let turns = 0; let sum = 0; const ends = performance.now() + 2000;
while (performance.now() < ends) { for (let turn = 0; turn < 100_000; turn++) sum = (sum * 31 + turn) | 0; turns++; }
console.log(turns + (sum === 1 ? 1 : 0));`;

/** What so many processes get done together that only count. */
async function counted(processes) {
  const all = Array.from({ length: processes }, async () => {
    const child = spawn(process.execPath, ['-e', COUNT], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    for await (const bytes of child.stdout) text += bytes;
    return Number(text);
  });
  return (await Promise.all(all)).reduce((sum, turns) => sum + turns, 0);
}

const [one, two] = [await serving(folder, ['--workers', '1']), await serving(folder, ['--workers', '2'])];
try {
  const found = [];
  for (let round = 0; round < rounds; round++) {
    const [single, double] = [await rate(one.port), await rate(two.port)];
    const most = (await counted(2)) / (await counted(1));
    found.push({ single, double, ratio: double / single, most });
    console.log(
      `round ${round + 1}: ${single.toFixed(0)}/s, ${double.toFixed(0)}/s, × ${(double / single).toFixed(2)}`,
    );
  }
  console.log(
    `\n${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`,
  );
  console.log(
    `one worker ${median(found.map(({ single }) => single)).toFixed(0)}/s, two ` +
      `${median(found.map(({ double }) => double)).toFixed(0)}/s, ratio ${median(found.map(({ ratio }) => ratio)).toFixed(2)} of ${median(found.map(({ most }) => most)).toFixed(2)} that the machine gives (medians)`,
  );
  console.log(`2,000 new connections on two workers: ${(await spread(two.port, 2000)).join(', ')}`);
  const workers = childrenOf(two.child.pid);
  console.log(
    `resident: supervisor ${megabytes(two.child.pid).toFixed(0)} MiB, ` +
      `workers ${workers.map((pid) => megabytes(pid).toFixed(0)).join(', ')} MiB`,
  );
  await delay(10_000);
  const calls = callsOf([two.child.pid]);
  if (calls === undefined) console.log('strace is not there, or may not look: nothing is said of idle processes');
  else {
    console.log(`system calls in ${idle} s without a request: supervisor ${calls}, both workers ${callsOf(workers)}`);
  }
} finally {
  for (const { child } of [one, two]) child.kill('SIGTERM');
  await delay(1000);
  remove();
}
