// Three application hosts, three front ends, and a client, each with an address of its own, running the files of
// examples/deploy/several-hosts as they stand.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Network, whyNoNamespaces } from './network.js';

const root = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const TSGI = root('packages/cli/bin/tsgi.js');
const EXAMPLE = root('examples/deploy/several-hosts');

const ADDRESSES = {
  nginx: '10.0.0.1',
  haproxy: '10.0.0.2',
  gateway: '10.0.0.3',
  app1: '10.0.0.11',
  app2: '10.0.0.12',
  app3: '10.0.0.13',
  client: '10.0.0.100',
};
const APPS = ['app1', 'app2', 'app3'];

/** A front end and a wire: what can be asked for. HAProxy speaks no SCGI, and there is no gateway to HTTP. */
export const LANES = {
  'nginx, HTTP': 'http://10.0.0.1:8001',
  'nginx, FastCGI': 'http://10.0.0.1:8002',
  'nginx, SCGI': 'http://10.0.0.1:8003',
  'HAProxy, HTTP': 'http://10.0.0.2:8001',
  'HAProxy, FastCGI': 'http://10.0.0.2:8002',
  'tsgi gateway, FastCGI': 'http://10.0.0.3:8002',
  'tsgi gateway, SCGI': 'http://10.0.0.3:8003',
};

/** @returns why this cannot be run here; `undefined` when it can. */
export function whyNotHere() {
  const missing = ['nginx', 'haproxy'].find((program) => spawnSync(program, ['-v']).error !== undefined);
  return whyNoNamespaces() ?? (missing === undefined ? undefined : `there is no ${missing}`);
}

async function until(condition, what) {
  const ends = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > ends) throw new Error(`not within half a minute: ${what()}`);
    await delay(50);
  }
}

/** The second process of `ip netns exec` is what it started: the command replaces it. */
class AppHost {
  #network;
  #running;

  #flags;

  constructor(network, name, folder, { flags = [], app = 'app.js' }) {
    this.#flags = flags;
    this.#network = network;
    this.name = name;
    this.folder = folder;
    mkdirSync(folder);
    copyFileSync(join(EXAMPLE, 'tsgi.config.mjs'), join(folder, 'tsgi.config.mjs'));
    copyFileSync(root(`bench/hosts/${app}`), join(folder, 'app.mjs'));
  }

  async start() {
    const env = { ...process.env, HOST_FOLDER: this.folder, HOST_NAME: this.name };
    this.#running = this.#network.start(this.name, process.execPath, [TSGI, 'serve', ...this.#flags], {
      env,
      cwd: this.folder,
    });
    const { child } = this.#running;
    await until(
      () => (this.#running.said.match(/: serving /g)?.length ?? 0) === 3 || child.exitCode !== null,
      () => `${this.name}: ${this.#running.said}`,
    );
    if (child.exitCode !== null) throw new Error(this.#running.said);
  }

  /** As a service manager does it. */
  async stop() {
    this.#running.child.kill('SIGTERM');
    const code = await this.#running.ended;
    if (code !== 0) throw new Error(`${this.name} ended with ${code}: ${this.#running.said}`);
  }

  kill() {
    this.#network.kill(this.name);
  }

  killWorker() {
    const args = ['-o', 'pid=', '--ppid', String(this.#running.child.pid)];
    const [worker] = spawnSync('ps', args, { encoding: 'utf8' }).stdout.trim().split(/\s+/).map(Number);
    process.kill(worker, 'SIGKILL');
  }

  /** Of the process that watches the workers. */
  get pid() {
    return this.#running.child.pid;
  }

  /** A line for each request that was begun here. */
  get begun() {
    return readFileSync(join(this.folder, 'begun'), 'utf8').trim().split('\n').filter(Boolean);
  }
}

/** Everything that runs; `remove` ends it. */
export class Scene {
  folder = mkdtempSync(join(tmpdir(), 'tsgi-hosts-'));
  network = new Network();
  apps = [];
  #fronts = [];

  /** @param options `flags` of `tsgi serve`, beside what the example's config says; the file of the `app`. */
  async start(options = {}) {
    this.network.connect(ADDRESSES);
    this.apps = APPS.map((name) => new AppHost(this.network, name, join(this.folder, name), options));
    await Promise.all(this.apps.map((app) => app.start()));
    this.#start('nginx', '/bin/sh', [
      '-c',
      // What the file names is this process's alone.
      `mkdir -p /var/lib/nginx /var/log/nginx && mount -t tmpfs t /run && mount -t tmpfs t /var/lib/nginx && mount --bind ${this.folder} /var/log/nginx && exec nginx -c ${EXAMPLE}/nginx.conf -g 'daemon off;'`,
    ]);
    const log = openSync(join(this.folder, 'haproxy.log'), 'a');
    const stdio = ['ignore', log, 'pipe'];
    this.#start('haproxy', 'haproxy', ['-db', '-f', join(EXAMPLE, 'haproxy.cfg')], { stdio });
    for (const [wire, port, own] of [
      ['fcgi', 9000, 8002],
      ['scgi', 4000, 8003],
    ]) {
      const targets = APPS.flatMap((name) => ['--to', `${wire}://${ADDRESSES[name]}:${port}`]);
      const pool = wire === 'fcgi' ? ['--pool', '16'] : [];
      const args = [
        'gateway',
        ...targets,
        ...pool,
        '--connect-timeout',
        '2s',
        '--response-timeout',
        '5s',
        '--keep-alive-timeout',
        '75s',
      ];
      this.#start('gateway', process.execPath, [TSGI, ...args, '--bind', `0.0.0.0:${own}`]);
    }
    await until(
      async () => {
        const { records } = await this.load(4, () => delay(1000));
        return records.length > 0 && records.every(({ outcome }) => outcome === '200');
      },
      () => `an answer from each front end: ${this.#fronts.map(({ said }) => said).join('\n')}`,
    );
  }

  #start(host, command, args, options) {
    this.#fronts.push({ host, ...this.network.start(host, command, args, options) });
  }

  /** Where a lane is asked, on its own host. */
  frontOf(lane) {
    const { port, hostname } = new URL(LANES[lane]);
    return { host: Object.keys(ADDRESSES).find((name) => ADDRESSES[name] === hostname), port: Number(port) };
  }

  /** The process that answers a lane, or the one that started those which do. */
  frontPid(lane) {
    const { host } = this.frontOf(lane);
    const own = this.#fronts.filter((front) => front.host === host);
    // The gateway has a process for each wire.
    return (lane.endsWith('SCGI') ? own.at(-1) : own[0]).child.pid;
  }

  /** A line for each time that a host began a request. */
  get begun() {
    return this.apps.flatMap((app) => app.begun);
  }

  /** What was logged of requests that were asked of more than one host, by lane. */
  sentAgain() {
    const counts = {};
    const add = (lane) => (counts[lane] = (counts[lane] ?? 0) + 1);
    const wires = { 8001: 'HTTP', 8002: 'FastCGI', 8003: 'SCGI' };
    for (const line of readFileSync(join(this.folder, 'access.log'), 'utf8').split('\n')) {
      const [, port, upstream] = /^\S+ (\d+) .*"([^"]*)" \S+$/.exec(line) ?? [];
      if (upstream?.includes(',')) add(`nginx, ${wires[port]}`);
    }
    for (const line of readFileSync(join(this.folder, 'haproxy.log'), 'utf8').split('\n')) {
      const [, front, retries] = /^\d+ (http|fastcgi) \d+ .* \+?(\d+)$/.exec(line) ?? [];
      if (Number(retries) > 0) add(`HAProxy, ${front === 'http' ? 'HTTP' : 'FastCGI'}`);
    }
    return counts;
  }

  /**
   * Sends so many requests a second to every lane, until `act` is done.
   *
   * @returns the requests, and when the first one was sent (milliseconds since 1970).
   */
  async load(perSecond, act, lanes = LANES) {
    // The numbers of the requests begin anew.
    for (const { folder } of this.apps) writeFileSync(join(folder, 'begun'), '');
    const words = Object.entries(lanes).map(([name, url]) => `${name}=${url}`);
    const args = [root('bench/hosts/load.js'), String(perSecond), '3600', ...words];
    const { child, ended } = this.network.start('client', process.execPath, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const records = [];
    let begun;
    let acted;
    for await (const line of createInterface({ input: child.stdout })) {
      const record = JSON.parse(line);
      if (record.begun === undefined) records.push(record);
      else {
        // Not before: a process that still starts would die of the signal.
        ({ begun } = record);
        acted = act().finally(() => child.kill('SIGTERM'));
      }
    }
    await acted;
    if ((await ended) !== 0) throw new Error('the load failed');
    return { records, begun };
  }

  remove() {
    this.network.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
