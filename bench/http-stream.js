// CPU time of a server for one GiB each way, beside node:http, taking turns: the server on one core, its client on
// another, for on one core or wandering between two the same bytes cost up to three times as much. Linux and curl are
// needed.
//
//   node http-stream.js [ROUNDS=5]
import { execFileSync, spawn } from 'node:child_process';
import { openSync, ftruncateSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const GIBIBYTE = 1_073_741_824;
/** Bodies a round: what the system adds to one of them differs too much. */
const BODIES = 4;
const rounds = Number(process.argv[2] ?? 5);
const folder = mkdtempSync(join(tmpdir(), 'http-stream-'));
const file = join(folder, 'zeros');
ftruncateSync(openSync(file, 'w'), GIBIBYTE);

const zeros = `head -c ${GIBIBYTE} /dev/zero |`;
const upload = "curl -sS -T - -H 'Expect:'";
const DIRECTIONS = [
  ['down, with a length', (url) => `curl -sS ${url}/${GIBIBYTE} | wc -c`],
  ['down, chunked', (url) => `curl -sS ${url}/${GIBIBYTE}/chunked | wc -c`],
  ['down, a file', (url) => `curl -sS ${url}/${GIBIBYTE}/file | wc -c`],
  ['up, with a length', (url) => `${zeros} ${upload} -H 'Transfer-Encoding:' -H 'Content-Length: ${GIBIBYTE}' ${url}/`],
  ['up, chunked', (url) => `${zeros} ${upload} ${url}/`],
];

/** Resolves once something listens there. */
function listening(port) {
  return new Promise((resolve) => {
    const attempt = () => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy()));
      socket.on('error', () => setTimeout(attempt, 50));
    };
    attempt();
  });
}

async function start(name, port) {
  const program = fileURLToPath(new URL(`http-stream-${name}.js`, import.meta.url));
  const child = spawn('taskset', ['-c', '0', process.execPath, program, String(port), file], { stdio: 'inherit' });
  await listening(port);
  return { name, child, url: `http://127.0.0.1:${port}` };
}

/** Milliseconds of CPU, of all the threads of a process; the kernel counts hundredths of a second. */
function cpuTime(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Milliseconds of CPU for one body. */
function measure({ child, url }, command) {
  const before = cpuTime(child.pid);
  for (let body = 0; body < BODIES; body += 1) {
    const found = execFileSync('taskset', ['-c', '1', 'sh', '-c', command(url)], { encoding: 'latin1' }).trim();
    if (found !== String(GIBIBYTE)) throw new Error(`${command(url)}: expected ${GIBIBYTE}, found ${found}`);
  }
  return Math.round((cpuTime(child.pid) - before) / BODIES);
}

const servers = [await start('node', 8301), await start('tsgi', 8302)];
try {
  for (const [direction, command] of DIRECTIONS) {
    const taken = new Map(servers.map(({ name }) => [name, []]));
    for (let round = 0; round <= rounds; round += 1) {
      for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
        const time = measure(server, command);
        // The first round warms up.
        if (round > 0) taken.get(server.name).push(time);
      }
    }
    for (const [name, times] of taken) {
      const sorted = times.toSorted((one, other) => one - other);
      const median = sorted[Math.floor(sorted.length / 2)];
      console.log(`${direction.padEnd(20)} ${name.padEnd(5)} median ${median} ms of CPU per GiB (${sorted.join(' ')})`);
    }
  }
} finally {
  for (const { child } of servers) child.kill();
  rmSync(folder, { recursive: true });
}
