// One work: its servers take turns, there and back, in short slices, each on a core of its own beside the load.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cpuTime, residentMemory } from './process-tree.js';
import { freePort, SERVERS, start } from './servers.js';
import { interval, median, verdict } from './statistics.js';

const run = promisify(execFile);
const LOAD = fileURLToPath(new URL('load.js', import.meta.url));

async function load(work, address, seconds) {
  const { wire, keeps, request, connections = 32 } = work;
  const options = JSON.stringify({ wire, address, keeps, connections, seconds, request });
  const command = process.platform === 'linux' ? ['taskset', '-c', '1', process.execPath] : [process.execPath];
  const { stdout } = await run(command[0], [...command.slice(1), LOAD, options]);
  return JSON.parse(stdout);
}

/**
 * @param options processes: how many times each server is started; rounds: turns of each; seconds: of a turn.
 * @returns for each server what it used, and what may be said of it beside the first.
 */
export async function compare(work, { processes, rounds, seconds, scratch }) {
  const there = work.servers.filter((name) => SERVERS[name].isThere);
  const [first] = there;
  // The first one twice: what differs between the two is noise.
  const names = [...there, `${first}, again`];
  const found = new Map(
    names.map((name) => [name, { cpu: [], perSecond: [], p50: [], p99: [], memory: [], failed: 0 }]),
  );
  for (let process = 0; process < processes; process++) {
    const running = [];
    try {
      for (const name of names) {
        const address =
          work.wire === 'http' ? await freePort() : join(scratch, `${work.name}.${process}.${running.length}.sock`);
        running.push({ name, address, child: await start(name.replace(/, again$/, ''), address, scratch) });
      }
      for (const { address } of running) await load(work, address, Math.max(1, seconds));
      for (const { name } of running) found.get(name).cpu.push([]);
      for (let round = 0; round < rounds; round++) {
        for (const { name, address, child } of round % 2 === 0 ? running : running.toReversed()) {
          const before = cpuTime(child.pid);
          const { answered, failed, perSecond, p50, p99 } = await load(work, address, seconds);
          const figures = found.get(name);
          figures.cpu[process].push((cpuTime(child.pid) - before) / answered);
          figures.perSecond.push(perSecond);
          figures.p50.push(p50);
          figures.p99.push(p99);
          figures.memory.push(residentMemory(child.pid));
          figures.failed += failed;
        }
      }
    } finally {
      for (const { child } of running) child.kill('SIGTERM');
      await Promise.all(running.map(({ child }) => (child.exitCode === null ? once(child, 'exit') : undefined)));
    }
  }
  const base = found.get(first).cpu;
  const ratios = (name) =>
    found.get(name).cpu.map((turns, process) => turns.map((cpu, turn) => cpu / base[process][turn]));
  const none = interval(ratios(`${first}, again`));
  return {
    missing: work.servers.filter((name) => !there.includes(name)),
    none,
    servers: there.map((name) => {
      const { cpu, perSecond, p50, p99, memory, failed } = found.get(name);
      const compared = interval(ratios(name));
      const { ratio, low, high } = compared;
      return {
        name,
        cpu: median(cpu.flat()),
        ratio,
        low,
        high,
        verdict: name === first ? 'the first' : verdict(compared, none),
        perSecond: median(perSecond),
        p50: median(p50),
        p99: median(p99),
        memory: Math.max(...memory),
        failed,
      };
    }),
  };
}
