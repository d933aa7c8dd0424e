// What a request costs each front end and the application hosts behind it, on kept connections, in CPU time, bytes and packets; what an idle
// connection costs them in memory. In the namespaces of bench/hosts; it takes root, nginx, HAProxy and about a minute. Writes
// docs/benchmarks/several-hosts-capacity.json with --write.
//
//   node bench/hosts/capacity.js [--write]
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cpuTime, residentMemory } from '../compare/process-tree.js';
import { LANES, Scene, whyNotHere } from './scene.js';

const CONNECTIONS = 32;
const SECONDS = 3;
const IDLE = 2000;
const load = fileURLToPath(new URL('closed-load.js', import.meta.url));
const holder = fileURLToPath(new URL('idle-connections.js', import.meta.url));

const why = whyNotHere();
if (why !== undefined) {
  console.error(`bench/hosts: ${why}`);
  process.exit(2);
}

async function output({ child, ended }) {
  let text = '';
  for await (const bytes of child.stdout) text += bytes;
  if ((await ended) !== 0) throw new Error('the load failed');
  return JSON.parse(text);
}

/** Bytes and packets that a host has sent and received over its one interface. */
function traffic(scene, host) {
  const line = scene.network
    .read(host, '/proc/net/dev')
    .split('\n')
    .find((text) => text.includes('eth0:'));
  const [received, receivedPackets, , , , , , , sent, sentPackets] = line.split(':')[1].trim().split(/\s+/).map(Number);
  return { bytes: received + sent, packets: receivedPackets + sentPackets };
}

/** The load runs on the front end's own host: its interface has what goes to the applications, and nothing else. */
async function costs(scene, lane) {
  const { host, port } = scene.frontOf(lane);
  const send = (seconds) => {
    const stdio = ['ignore', 'pipe', 'inherit'];
    const args = [load, `http://127.0.0.1:${port}`, String(CONNECTIONS), String(seconds)];
    return output(scene.network.start(host, process.execPath, args, { stdio }));
  };
  await send(1);
  const front = scene.frontPid(lane);
  const apps = () => scene.apps.reduce((sum, { pid }) => sum + cpuTime(pid), 0);
  const before = { front: cpuTime(front), apps: apps(), traffic: traffic(scene, host) };
  const { answered, failed } = await send(SECONDS);
  if (failed > 0) throw new Error(`${lane}: ${failed} of ${answered} failed`);
  const after = traffic(scene, host);
  return {
    lane,
    front: (cpuTime(front) - before.front) / answered,
    apps: (apps() - before.apps) / answered,
    bytes: (after.bytes - before.traffic.bytes) / answered,
    packets: (after.packets - before.traffic.packets) / answered,
    perSecond: answered / SECONDS,
  };
}

/** KiB of resident memory for an idle connection that has had one request. */
async function idle(scene, name, pid, url) {
  const hold = async (count) => {
    const stdio = ['pipe', 'pipe', 'inherit'];
    const args = [holder, url, String(count)];
    const { child, ended } = scene.network.start('client', process.execPath, args, { stdio });
    for await (const text of child.stdout) if (String(text).includes('open')) break;
    await delay(1000);
    return async () => {
      child.stdin.end();
      await ended;
    };
  };
  // What the first ones take is taken once.
  await (
    await hold(200)
  )();
  const before = residentMemory(pid);
  const release = await hold(IDLE);
  const kibibytes = ((residentMemory(pid) - before) * 1024) / IDLE;
  await release();
  return { name, kibibytes };
}

const scene = new Scene();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    scene.remove();
    process.exit(130);
  });
}
try {
  await scene.start({ app: 'quick-app.js' });
  const requests = [];
  for (const lane of Object.keys(LANES)) requests.push(await costs(scene, lane));
  const connections = [];
  for (const lane of ['nginx, HTTP', 'HAProxy, HTTP']) {
    connections.push(await idle(scene, lane.split(',')[0], scene.frontPid(lane), LANES[lane]));
  }
  connections.push(await idle(scene, 'tsgi serve', scene.apps[0].pid, 'http://10.0.0.11:8000'));
  const found = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, Linux ${release()}`,
    ports: readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number),
    requests,
    connections,
  };
  console.table(requests);
  console.table(connections);
  if (process.argv.includes('--write')) {
    const file = new URL('../../docs/benchmarks/several-hosts-capacity.json', import.meta.url);
    writeFileSync(file, `${JSON.stringify(found, undefined, 2)}\n`);
  }
} finally {
  scene.remove();
}
