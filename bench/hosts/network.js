// Hosts of their own on one machine: network namespaces that hang on a bridge, each with one address. The bridge has a namespace, too, so
// the machine's own network has nothing to do with it, and deleting the namespaces takes everything away.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

const PREFIX = 'tsgi-hosts-';

function run(command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}

/** @returns why namespaces cannot be made here; `undefined` when they can. */
export function whyNoNamespaces() {
  if (process.getuid?.() !== 0) return 'network namespaces take root';
  const name = `${PREFIX}${process.pid}-trial`;
  try {
    run('ip', 'netns', 'add', name);
    run('ip', '-n', name, 'link', 'add', 'bridge', 'type', 'bridge');
    run('ip', 'netns', 'exec', name, 'true');
    return undefined;
  } catch (error) {
    return error.message;
  } finally {
    spawnSync('ip', ['netns', 'del', name]);
  }
}

/** What a run left behind that was killed itself. */
function removeStale() {
  let names = [];
  try {
    names = readdirSync('/run/netns').filter((name) => name.startsWith(PREFIX));
  } catch {
    // Nobody ever made one.
  }
  for (const name of names) {
    const pid = Number.parseInt(name.slice(PREFIX.length), 10);
    if (pid !== process.pid && !isRunning(pid)) removeNamespace(name);
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function pidsIn(name) {
  const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
  return (stdout ?? '').trim().split('\n').filter(Boolean).map(Number);
}

function killAll(name) {
  for (const pid of pidsIn(name)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

function removeNamespace(name) {
  killAll(name);
  spawnSync('ip', ['netns', 'del', name]);
}

/** Hosts on one switch. */
export class Network {
  #prefix = `${PREFIX}${process.pid}-`;
  #hosts = new Map();

  constructor() {
    removeStale();
    this.#add('switch');
    run('ip', '-n', this.#name('switch'), 'link', 'add', 'bridge', 'type', 'bridge');
    run('ip', '-n', this.#name('switch'), 'link', 'set', 'bridge', 'up');
  }

  #name(host) {
    return this.#prefix + host;
  }

  #add(host) {
    run('ip', 'netns', 'add', this.#name(host));
    this.#hosts.set(host, undefined);
    run('ip', '-n', this.#name(host), 'link', 'set', 'lo', 'up');
  }

  /** @param hosts name and address of each. */
  connect(hosts) {
    const hardware = new Map();
    for (const [host, address] of Object.entries(hosts)) {
      this.#add(host);
      const name = this.#name(host);
      const ends = ['link', 'add', host, 'netns', this.#name('switch'), 'type', 'veth', 'peer', 'eth0', 'netns', name];
      run('ip', ...ends);
      this.plug(host);
      run('ip', '-n', name, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
      run('ip', '-n', name, 'link', 'set', 'eth0', 'up');
      hardware.set(address, JSON.parse(run('ip', '-j', '-n', name, 'link', 'show', 'eth0'))[0].address);
    }
    // Within one network the sender's own system finds out within seconds that nobody has an address, and says so to every
    // connection. From behind a router nobody hears anything, and that is the fault that is to be tried.
    for (const [host, own] of Object.entries(hosts)) {
      for (const [address, mac] of hardware) {
        const entry = [address, 'lladdr', mac, 'dev', 'eth0', 'nud', 'permanent'];
        if (address !== own) run('ip', '-n', this.#name(host), 'neigh', 'replace', ...entry);
      }
    }
  }

  /** Packets to and from the host are dropped; nobody is told. */
  unplug(host) {
    run('ip', '-n', this.#name('switch'), 'link', 'set', host, 'nomaster');
  }

  plug(host) {
    run('ip', '-n', this.#name('switch'), 'link', 'set', host, 'master', 'bridge', 'up');
  }

  /** Starts a process on a host. Mounts that it makes are its own. */
  start(host, command, args, options = {}) {
    const words = ['netns', 'exec', this.#name(host), command, ...args];
    const child = spawn('ip', words, { stdio: ['ignore', 'ignore', 'pipe'], ...options });
    const running = { child, said: '', ended: new Promise((resolve) => child.once('close', resolve)) };
    child.stderr?.on('data', (bytes) => (running.said += bytes));
    return running;
  }

  /** A file as the host sees it. */
  read(host, file) {
    return run('ip', 'netns', 'exec', this.#name(host), 'cat', file);
  }

  /** All processes of a host end at once, as if somebody had killed them. */
  kill(host) {
    killAll(this.#name(host));
  }

  remove() {
    for (const host of [...this.#hosts.keys()].toReversed()) removeNamespace(this.#name(host));
    this.#hosts.clear();
  }
}
