// What is lost when FastCGI programs are killed at random under load? For each program and each mode: starts
// `tsgi gateway --spawn`, sends REQUESTS, every second one a POST, in LANES on kept connections, kills a random program of it with
// SIGKILL every KILL milliseconds (one of Node, which starts slowly, every ten times that), and counts: sent, answered, failed, and
// what the programs noted that they had begun with. A request is inside a killed program when it failed and one was killed while
// it ran; what failed otherwise is lost. The client sends nothing twice, so a POST that was noted twice was sent twice by the
// gateway. Ends with 1 if anything was lost or ran twice.
//
// Needs php-cgi, go, perl with FCGI (libfcgi-perl); what is not there is left out, and said.
//
//   node bench/fastcgi-programs.js [REQUESTS=20000] [LANES=8] [KILL=100] [PROGRAM,…]
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const total = Number(process.argv[2] ?? 20_000);
const lanes = Number(process.argv[3] ?? 8);
const killEvery = Number(process.argv[4] ?? 100);
const chosen = process.argv[5]?.split(',');

const TSGI = fileURLToPath(new URL('../packages/cli/bin/tsgi.js', import.meta.url));
const source = (name) => fileURLToPath(new URL(`../e2e/fastcgi/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tsgi-programs-'));
copyFileSync(source('server.php'), join(folder, 'server.php'));

function has(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

const goServer = join(folder, 'go-server');
const goEnv = { ...process.env, CGO_ENABLED: '0', GO111MODULE: 'off' };
const programs = {
  'php-cgi': {
    there: has('php-cgi', ['-v']),
    flags: ['--spawn', 'php-cgi', '--root', folder],
    note: '/server.php?note=',
  },
  go: {
    there: spawnSync('go', ['build', '-o', goServer, source('server.go')], { env: goEnv }).status === 0,
    flags: ['--spawn', goServer],
    note: '/note/',
  },
  perl: {
    there: has('perl', ['-MFCGI', '-e', '1']),
    flags: ['--spawn', `perl ${source('server.pl')}`],
    note: '/note/',
  },
  tsgi: {
    there: true,
    slow: true,
    flags: ['--spawn', `'${process.execPath}' ${TSGI} serve ${source('server.js')}`],
    note: '/note/',
  },
};

/** Programs of a gateway, without their guards. */
function programsOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return children.filter((child) => {
    try {
      return child !== '' && readFileSync(`/proc/${child}/comm`, 'utf8').trim() !== 'sh';
    } catch {
      return false;
    }
  });
}

async function startGateway(flags) {
  const child = spawn(process.execPath, [TSGI, 'gateway', ...flags, '--bind', '127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const gateway = { child, said: '', port: 0, ended: new Promise((resolve) => child.once('close', resolve)) };
  child.stderr.on('data', (bytes) => (gateway.said += bytes));
  while (gateway.port === 0) {
    if (child.exitCode !== null) throw new Error(gateway.said);
    await delay(10);
    gateway.port = Number(/serving .* on http:\S+:(\d+)/.exec(gateway.said)?.[1] ?? 0);
  }
  return gateway;
}

function ask(agent, port, method, path) {
  return new Promise((resolve) => {
    const call = request({ agent, port, host: '127.0.0.1', method, path }, (response) => {
      response.resume();
      response.on('end', () => resolve(String(response.statusCode)));
      response.on('error', (error) => resolve(error.code));
    });
    call.on('error', (error) => resolve(error.code));
    call.end(method === 'POST' ? 'x'.repeat(1000) : undefined);
  });
}

async function run({ flags, note, slow = false }, mode) {
  const notes = join(folder, 'notes');
  writeFileSync(notes, '');
  const gateway = await startGateway([...flags, '--mode', mode, '--max-children', '4', '--env', `NOTES=${notes}`]);
  const kills = [];
  const killer = setInterval(
    () => {
      const all = programsOf(gateway.child.pid);
      const pid = Number(all[Math.floor(Math.random() * all.length)] ?? 0);
      if (pid === 0) return;
      process.kill(pid, 'SIGKILL');
      kills.push(performance.now());
    },
    slow ? 10 * killEvery : killEvery,
  );
  const result = { sent: 0, answered: 0, inside: 0, lost: 0, reasons: {} };
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  const lane = async () => {
    while (result.sent < total) {
      const id = result.sent++;
      const begun = performance.now();
      const outcome = await ask(agent, gateway.port, id % 2 === 0 ? 'GET' : 'POST', `${note}${id}`);
      if (outcome === '200') {
        result.answered++;
        continue;
      }
      if (kills.some((at) => at >= begun - 50 && at <= performance.now())) result.inside++;
      else result.lost++;
      result.reasons[outcome] = (result.reasons[outcome] ?? 0) + 1;
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  const seconds = (performance.now() - begun) / 1000;
  clearInterval(killer);
  agent.destroy();
  gateway.child.kill('SIGTERM');
  await gateway.ended;
  const times = new Map();
  for (const line of readFileSync(notes, 'utf8').split('\n').slice(0, -1)) times.set(line, (times.get(line) ?? 0) + 1);
  const twice = [...times].filter(([line, count]) => line.startsWith('POST') && count > 1).length;
  return { ...result, kills: kills.length, twice, seconds };
}

let failures = 0;
console.log('| program | mode | sent | kills | answered | inside a killed program | lost | POST twice | a second |');
console.log('|---|---|---|---|---|---|---|---|---|');
for (const [name, program] of Object.entries(programs)) {
  if (chosen !== undefined && !chosen.includes(name)) continue;
  if (!program.there) {
    console.log(`| ${name} | not there | | | | | | | |`);
    continue;
  }
  for (const mode of ['static', 'dynamic', 'ondemand']) {
    const { sent, kills, answered, inside, lost, twice, seconds, reasons } = await run(program, mode);
    failures += lost + twice;
    const rate = Math.round(sent / seconds);
    console.log(`| ${name} | ${mode} | ${sent} | ${kills} | ${answered} | ${inside} | ${lost} | ${twice} | ${rate} |`);
    if (inside + lost > 0) console.error(`${name} ${mode}: ${JSON.stringify(reasons)}`);
  }
}
rmSync(folder, { recursive: true, force: true });
process.exitCode = failures === 0 ? 0 : 1;
