// Are requests lost while workers are replaced? Serves with `tsgi serve --workers`, sends REQUESTS of each kind, reloads 20 times
// meanwhile, then kills 20 random workers with SIGKILL meanwhile, and counts: sent, answered, failed. Nothing is sent twice.
//
// Kinds: HTTP on kept connections, HTTP with a connection each, FastCGI through nginx (fastcgi_keep_conn on, upstream keepalive),
// which has to be installed. A reload may fail nothing; a kill may fail what was inside the killed worker, which is counted apart.
// At last: SIGTERM with 200 requests in flight. Ends with 1 if anything was lost.
//
//   node bench/reload.js [REQUESTS=200000] [TIMES=20] [LANES=8]
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const total = Number(process.argv[2] ?? 200_000);
const times = Number(process.argv[3] ?? 20);
const lanes = Number(process.argv[4] ?? 8);

const TSGI = fileURLToPath(new URL('../packages/cli/bin/tsgi.js', import.meta.url));
const APP = `export default async (environ, startResponse) => {
  if (environ.PATH_INFO === '/slow') await new Promise((resolve) => setTimeout(resolve, 1000));
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(String(process.pid))];
};
`;
const folder = mkdtempSync(join(tmpdir(), 'tsgi-reload-'));
// nginx may be another user.
chmodSync(folder, 0o755);
writeFileSync(join(folder, 'app.mjs'), APP);

/** @returns a process, and what it has said on standard error. */
function start(command, args) {
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const running = { child, said: '', ended: new Promise((resolve) => child.once('close', resolve)) };
  child.stderr.on('data', (bytes) => (running.said += bytes));
  return running;
}

async function until(condition, what) {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 6000) throw new Error(`not within a minute: ${what}`);
    await delay(10);
  }
}

/** One connection of HTTP/1.1 that sends one request at a time. */
class Client {
  closed = false;
  pid = 0;
  #text = '';
  #settle = () => {};

  constructor(port) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (bytes) => {
      this.#text += bytes;
      const end = this.#text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(this.#text)?.[1] ?? Infinity);
      if (end === -1 || this.#text.length < end + 4 + length) return;
      const text = this.#text;
      this.#text = '';
      if (/\r\nconnection: close/i.test(text.slice(0, end))) this.#over('closed');
      this.pid = Number(text.slice(end + 4));
      this.#settle(text.slice(9, 12));
    });
    this.socket.on('error', (error) => this.#over(error.code));
    this.socket.on('close', () => this.#over('closed without an answer'));
  }

  ask(path, close) {
    return new Promise((resolve) => {
      this.#settle = resolve;
      if (this.closed) resolve('closed without an answer');
      else this.socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${close ? 'Connection: close\r\n' : ''}\r\n`);
    });
  }

  #over(why) {
    if (this.closed) return;
    this.closed = true;
    if (why === 'closed') this.socket.end();
    else {
      this.socket.destroy();
      this.#settle(why);
    }
  }
}

/** Sends `total` requests in `lanes` while `act` runs, and goes on until both are done. */
async function load(port, kept, act, front = false) {
  const result = { sent: 0, answered: 0, inside: 0, failed: 0, reasons: {}, workers: {} };
  const killed = [];
  const acts = { running: true };
  const acted = act(killed).finally(() => (acts.running = false));
  const lane = async () => {
    let client;
    while (result.sent < total || acts.running) {
      if (!kept || client === undefined || client.closed) client = new Client(port);
      const { pid } = client;
      const begun = performance.now();
      result.sent++;
      const outcome = await client.ask('/', !kept);
      if (outcome === '200') {
        result.answered++;
        result.workers[client.pid] = (result.workers[client.pid] ?? 0) + 1;
        continue;
      }
      // Inside a killed worker: on a connection of it, or, where that cannot be known, under way when one was killed.
      const wasKilled = killed.some((kill) =>
        front || pid === 0 ? kill.at >= begun && kill.at <= performance.now() : kill.pid === pid,
      );
      if (wasKilled) result.inside++;
      else result.failed++;
      result.reasons[outcome] = (result.reasons[outcome] ?? 0) + 1;
    }
    client?.socket.destroy();
  };
  const begun = performance.now();
  await Promise.all([acted, ...Array.from({ length: lanes }, lane)]);
  return { ...result, seconds: (performance.now() - begun) / 1000 };
}

/** The workers that listen: the children of the process. */
function workersOf({ child }) {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(child.pid)], { encoding: 'utf8' });
  return stdout.trim().split(/\s+/).filter(Boolean).map(Number);
}

const reload = (server) => async () => {
  for (let time = 0; time < times; time++) {
    const before = server.said.match(/: reloaded/g)?.length ?? 0;
    server.child.kill('SIGHUP');
    await until(() => (server.said.match(/: reloaded/g)?.length ?? 0) > before, 'reloaded');
  }
};

const kill = (server) => async (killed) => {
  for (let time = 0; time < times; time++) {
    await until(() => workersOf(server).length >= 2, 'two workers');
    // Not one that still starts: it has no connection.
    await delay(1000);
    const workers = workersOf(server);
    const pid = workers[Math.floor(Math.random() * workers.length)];
    killed.push({ pid, at: performance.now() });
    process.kill(pid, 'SIGKILL');
    await until(() => !workersOf(server).includes(pid), 'gone');
  }
};

function nginxConfig(port, socket) {
  return `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
events {}
http {
  access_log off; client_body_temp_path ${folder}/b; fastcgi_temp_path ${folder}/f; proxy_temp_path ${folder}/p;
  scgi_temp_path ${folder}/s; uwsgi_temp_path ${folder}/u; keepalive_requests 1000000;
  upstream app { server unix:${socket}; keepalive 8; }
  server {
    listen 127.0.0.1:${port};
    location / { include /etc/nginx/fastcgi_params; fastcgi_keep_conn on; fastcgi_pass app; }
  }
}
`;
}

async function freePort() {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const rows = [];
let lost = 0;

function report(kind, what, { sent, answered, inside, failed, reasons, workers, seconds }) {
  lost += failed;
  rows.push(`| ${kind} | ${what} | ${sent} | ${answered} | ${inside} | ${failed} |`);
  const why = Object.keys(reasons).length === 0 ? '' : `  ${JSON.stringify(reasons)}`;
  const rate = Math.round(sent / seconds);
  console.log(
    `${kind}, ${what}: sent ${sent} (${rate}/s, ${Object.keys(workers).length} workers), answered ${answered}, ` +
      `inside a killed worker ${inside}, lost ${failed}${why}`,
  );
}

async function stopped(server) {
  server.child.kill('SIGTERM');
  const code = await server.ended;
  if (code !== 0) throw new Error(`ended with ${code}: ${server.said}`);
}

async function serving(bind) {
  const server = start(process.execPath, [
    TSGI,
    'serve',
    'app.mjs',
    '--workers',
    '2',
    '--bind',
    bind,
    '--script-name',
    '/',
  ]);
  await until(() => server.said.includes(': serving ') || server.child.exitCode !== null, 'serving');
  if (server.child.exitCode !== null) throw new Error(server.said);
  return server;
}

try {
  const http = await serving('127.0.0.1:0');
  const port = Number(/:(\d+) /.exec(`${http.said} `.replace('\n', ' '))?.[1]);
  for (const kept of [true, false]) {
    const kind = kept ? `HTTP, ${lanes} kept connections` : 'HTTP, a connection each';
    report(kind, `${times} reloads`, await load(port, kept, reload(http)));
    report(kind, `${times} kills`, await load(port, kept, kill(http)));
  }
  // All are in when the signal comes: each takes a second.
  const slow = Array.from({ length: 200 }, () => new Client(port).ask('/slow', true));
  await delay(500);
  const end = stopped(http);
  const outcomes = await Promise.all(slow);
  await end;
  const answered = outcomes.filter((outcome) => outcome === '200').length;
  report('HTTP', 'SIGTERM, 200 in flight', {
    sent: 200,
    answered,
    inside: 0,
    failed: 200 - answered,
    reasons: {},
    workers: {},
    seconds: 1,
  });

  if (spawnSync('nginx', ['-v']).error === undefined) {
    const socket = join(folder, 'app.sock');
    const fcgi = await serving(`fcgi+unix:${socket}?mode=666`);
    const front = await freePort();
    writeFileSync(join(folder, 'nginx.conf'), nginxConfig(front, socket));
    const nginx = start('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder, '-e', join(folder, 'nginx.log')]);
    await delay(500);
    report('FastCGI behind nginx', `${times} reloads`, await load(front, true, reload(fcgi), true));
    const logged = () => readFileSync(join(folder, 'nginx.log'), 'utf8').split('\n').length - 1;
    const atReloads = logged();
    report('FastCGI behind nginx', `${times} kills`, await load(front, true, kill(fcgi), true));
    // What a kept connection has lost nginx logs, and sends again on another one, if it may (not POST).
    console.log(`nginx has logged ${atReloads} lines during the reloads, ${logged() - atReloads} during the kills`);
    await stopped(fcgi);
    nginx.child.kill('SIGTERM');
    await nginx.ended;
  } else console.log('nginx is not there: FastCGI is left out');

  console.log(
    `\n${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`,
  );
  console.log('| load | meanwhile | sent | answered | inside a killed worker | lost |\n|---|---|---|---|---|---|');
  console.log(rows.join('\n'));
  process.exitCode = lost === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
