// Starts a server for a work, with what stands before or behind it, each on its core.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { nginx, phpFpm } from './front-ends.js';
import { nodeOf } from './peers.js';
import { SERVERS } from './servers.js';

const SERVER_CORE = '0';
export const LOAD_CORE = '1';

const target = (address) => (typeof address === 'number' ? { port: address, host: '127.0.0.1' } : { path: address });

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function run({ name, command, env = {}, cores, address }) {
  const child = spawn('taskset', ['-c', cores, ...command], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production', ...env },
  });
  let said = '';
  child.stderr.on('data', (bytes) => (said = (said + bytes).slice(-2000)));
  for (const until = performance.now() + 15_000; performance.now() < until; await delay(20)) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: ${said}`);
    const connects = await new Promise((resolve) => {
      const socket = connect(target(address), () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (connects) return child;
  }
  child.kill('SIGKILL');
  throw new Error(`${name} does not answer at ${address}: ${said}`);
}

/** How nginx reaches a server: FRONTS[wire and kept or not](socket) gives upstream and location. */
const FRONTS = {
  'http kept': (socket) => ({
    upstream: `server unix:${socket}; keepalive 64; keepalive_requests 100000000;`,
    location: `proxy_http_version 1.1; proxy_set_header Connection ''; proxy_pass http://app;`,
  }),
  'fcgi kept': (socket) => ({
    upstream: `server unix:${socket}; keepalive 64; keepalive_requests 100000000;`,
    location: 'include /etc/nginx/fastcgi_params; fastcgi_keep_conn on; fastcgi_pass app;',
  }),
  fcgi: (socket) => ({
    upstream: `server unix:${socket};`,
    location: 'include /etc/nginx/fastcgi_params; fastcgi_pass app;',
  }),
  scgi: (socket) => ({
    upstream: `server unix:${socket};`,
    location: 'include /etc/nginx/scgi_params; scgi_pass app;',
  }),
};

/**
 * @param work its `wire`, `front` (of FRONTS), `cores` (default: the first), `runtime` (a version of Node), `file` (what is sent of files).
 * @returns {Promise<{ pid: number, wire: string, address: number | string, stop: () => Promise<void> }>} the process that is
 * measured, once it answers, and where it is asked.
 */
export async function start(name, work, scratch) {
  const folder = join(scratch, `server-${(start.count = (start.count ?? 0) + 1)}`);
  mkdirSync(folder, { recursive: true });
  const children = [];
  const stop = async () => {
    for (const child of children) child.kill('SIGTERM');
    const late = setTimeout(() => children.forEach((child) => child.kill('SIGKILL')), 5000);
    await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
    clearTimeout(late);
  };
  const server = SERVERS[name];
  const front = work.front ?? server.front;
  const isHttp = work.wire === 'http' && front === undefined;
  const address = isHttp ? await freePort() : join(folder, 'app.sock');
  try {
    let behind;
    if (work.behind === 'php-fpm') {
      behind = join(folder, 'php.sock');
      const command = phpFpm(join(folder, 'php-fpm'), behind);
      children.push(await run({ name: 'php-fpm', command, cores: LOAD_CORE, address: behind }));
    }
    const made = server.start({ node: nodeOf(work.runtime), address, scratch, folder, file: work.file, behind });
    const { command, env } = Array.isArray(made) ? { command: made } : made;
    const cores = work.cores ?? SERVER_CORE;
    const child = await run({
      name,
      command,
      env: work.file === undefined ? env : { ...env, BENCH_FILE: work.file },
      cores,
      address,
    });
    children.push(child);
    if (front === undefined) return { pid: child.pid, wire: work.wire, address, stop };
    const port = await freePort();
    const web = nginx(join(folder, 'front'), port, FRONTS[front](address));
    children.push(await run({ name: 'nginx', command: web, cores: LOAD_CORE, address: port }));
    return { pid: child.pid, wire: 'http', address: port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
