// The servers that are compared: how each is started, and whether it is there.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = (file) => fileURLToPath(new URL(`../${file}`, import.meta.url));

function has(command) {
  try {
    execFileSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Go's programs are built once. */
function goProgram(folder, scratch) {
  const program = join(scratch, folder);
  if (!existsSync(program)) {
    mkdirSync(scratch, { recursive: true });
    execFileSync('go', ['build', '-o', program, '.'], { cwd: here(folder), stdio: 'ignore' });
  }
  return [program];
}

const node = (file, ...args) => ({ command: () => [process.execPath, here(file), ...args], isThere: true });
const go = (folder) => ({ command: (scratch) => goProgram(folder, scratch), isThere: has('go') });

/** By name; the address, a port or a path, is the last argument of the command. */
export const SERVERS = {
  'tsgi http': node('servers/tsgi.js', 'http'),
  'node:http': node('servers/node-http.js'),
  'node:net, parses nothing': node('http-raw.js'),
  'Go net/http': go('go-http'),
  'tsgi fcgi': node('servers/tsgi.js', 'fcgi'),
  'Go net/http/fcgi': go('go-fcgi'),
  'tsgi scgi': node('servers/tsgi.js', 'scgi'),
  'node:net, parses nothing (SCGI)': node('scgi-raw.js'),
};

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts a server on the first core, where cores can be chosen. @returns the process, once it answers. */
export async function start(name, address, scratch) {
  const command = [...SERVERS[name].command(scratch), String(address)];
  const pinned = has('taskset') ? ['taskset', '-c', '0', ...command] : command;
  const child = spawn(pinned[0], pinned.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] });
  const target = typeof address === 'number' ? { port: address, host: '127.0.0.1' } : { path: address };
  for (const until = performance.now() + 15_000; performance.now() < until; await delay(20)) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    const connects = await new Promise((resolve) => {
      const socket = connect(target, () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (connects) return child;
  }
  child.kill('SIGKILL');
  throw new Error(`${name} does not answer at ${address}`);
}
