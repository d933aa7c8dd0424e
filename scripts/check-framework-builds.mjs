// Installs, builds and serves what is in examples/frameworks: each build as it is, over HTTP, FastCGI and CGI, requested
// through HTTP. The pages in docs/frameworks/ say the same in words. Needs the build of this repository, and the registry.
//
//   node scripts/check-framework-builds.mjs [NAME…]
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = new URL('..', import.meta.url).pathname;
const tsgi = join(root, 'packages/cli/bin/tsgi.js');
const PATIENCE = 30_000;

/** What is built, and what of it is served. */
const FRAMEWORKS = [
  { name: 'sveltekit', serve: [{ app: 'build/handler.js', asset: /\.\/(_app\/immutable\/[\w./-]+\.js)/, file: true }] },
  {
    name: 'astro',
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
  return fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(PATIENCE), ...init });
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

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts the command; resolves when it serves. */
async function start(args, { cwd, env }) {
  const child = spawn(process.execPath, [tsgi, ...args], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
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
async function serveOver(wire, app, folder, env) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}/`;
  const options = { cwd: folder, env: { ...env, ORIGIN: `http://127.0.0.1:${port}` } };
  const bind = ['--bind', `127.0.0.1:${port}`];
  if (wire === 'http') return { base, running: [await start(['serve', app, ...bind], options)] };
  if (wire === 'fcgi') {
    const socket = `fcgi+unix:${folder}/app.sock`;
    const server = await start(['serve', app, '--bind', socket], options);
    return { base, running: [await start(['gateway', '--to', socket, ...bind], options), server] };
  }
  const program = join(folder, 'app.cgi');
  writeFileSync(
    program,
    `#!/bin/sh\nexec '${process.execPath}' '${tsgi}' serve '${join(folder, app)}' --backend cgi\n`,
  );
  chmodSync(program, 0o755);
  const variables = ['--env', 'ORIGIN', '--env', 'NODE_ENV'];
  return { base, running: [await start(['gateway', '--to', `cgi:${program}`, ...variables, ...bind], options)] };
}

async function judge(served, wire, folder, env) {
  const { base, running } = await serveOver(wire, served.app, folder, env);
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

async function build({ name, env: own = {} }, scratch) {
  const folder = mkdtempSync(join(scratch, `${name}-`));
  cpSync(join(root, 'examples/frameworks', name), folder, { recursive: true });
  const env = { ...process.env, NODE_ENV: 'production', ASTRO_TELEMETRY_DISABLED: '1', ...own };
  await run('npm', ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  await run('npm', ['run', 'build'], { cwd: folder, env });
  // As `npm install tsgi @tsgi/adapters` would.
  mkdirSync(join(folder, 'node_modules/@tsgi'));
  symlinkSync(join(root, 'packages/adapters'), join(folder, 'node_modules/@tsgi/adapters'));
  return { folder, env };
}

const names = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), 'tsgi-frameworks-'));
try {
  for (const framework of FRAMEWORKS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const before = Date.now();
    const { folder, env } = await build(framework, scratch);
    const versions = Object.entries(
      JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages[''],
    ).flatMap(([key, value]) =>
      key.toLowerCase().endsWith('dependencies') ? Object.entries(value).map((pair) => pair.join(' ')) : [],
    );
    const built = `built in ${Math.round((Date.now() - before) / 1000)} s by Node ${process.versions.node}`;
    console.log(`${framework.name}: ${built} (${versions.join(', ')})`);
    for (const served of framework.serve) {
      for (const wire of served.wires ?? ['http', 'fcgi', 'cgi']) {
        const { passed, failures } = await judge(served, wire, folder, env);
        console.log(`${failures.length === 0 ? 'ok   ' : 'FAIL '} ${served.app} over ${wire}: ${passed} checks`);
        for (const failure of failures) console.log(`      ${failure.replaceAll('\n', '\n      ')}`);
        if (failures.length > 0) process.exitCode = 1;
      }
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
