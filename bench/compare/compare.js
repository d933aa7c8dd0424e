// One work: its servers take turns, there and back, in short slices, each on a core of its own beside the load.
import { load } from './load-process.js';
import { isThere, missingOf } from './peers.js';
import { cpuTime, residentMemory } from './process-tree.js';
import { SERVERS } from './servers.js';
import { LOAD_CORE, start } from './start.js';
import { interval, median, verdict } from './statistics.js';

/** The servers of a work that are there, the first of them twice: what differs between the two is noise. */
export function namesOf(work, needsOf) {
  const needed = (name) => [...needsOf(name), ...(work.runtime === undefined ? [] : [`node ${work.runtime}`])];
  const there = work.servers.filter((name) => isThere(needed(name)));
  const missing = work.servers.filter((name) => !there.includes(name));
  return {
    there,
    names: there.length === 0 ? [] : [...there, `${there[0]}, again`],
    missing: missing.map((name) => ({ server: name, needs: missingOf(needed(name)) })),
  };
}

export const plain = (name) => name.replace(/, again$/, '');

/**
 * What may be said of each beside the first.
 *
 * @param values for each name, for each process of it, the values of its rounds.
 * @param more what else is said of one, by name.
 */
export function judged({ there, names, missing }, values, more = () => ({})) {
  const [first] = there;
  const base = values.get(first);
  const ratios = (name) =>
    values.get(name).map((turns, process) => turns.map((value, turn) => value / base[process][turn]));
  const none = interval(ratios(names.at(-1)));
  return {
    missing,
    none,
    servers: there.map((name) => {
      const compared = interval(ratios(name));
      const said = name === first ? 'the first' : verdict(compared, none);
      return { name, value: median(values.get(name).flat()), ...compared, verdict: said, ...more(name) };
    }),
  };
}

/** CPU time a request, in µs; or, for `measure: 'rate'`, time between two answers, in µs. */
export async function compareLoad(work, { processes, rounds, seconds, scratch }) {
  const named = namesOf(work, (name) => [...SERVERS[name].needs, ...(work.front === undefined ? [] : ['nginx'])]);
  const { names } = named;
  if (names.length < 3) return { missing: named.missing, servers: [] };
  const found = new Map(names.map((name) => [name, { perSecond: [], p50: [], p99: [], memory: [], failed: 0 }]));
  const values = new Map(names.map((name) => [name, []]));
  const { keeps, request, connections = 32, multiplex } = work;
  const turn = ({ pid, wire, address }, lasts) => {
    const options = { wire, address, keeps: work.front !== undefined || keeps, connections, request, multiplex };
    return load({ ...options, seconds: lasts }, work.loadCores ?? LOAD_CORE, () => cpuTime(pid));
  };
  for (let process = 0; process < processes; process++) {
    const running = [];
    try {
      for (const name of names) running.push({ name, ...(await start(plain(name), work, scratch)) });
      for (const server of running) {
        values.get(server.name).push([]);
        // It compiles what is hot.
        await turn(server, Math.max(0.8, seconds));
      }
      for (let round = 0; round < rounds; round++) {
        for (const server of round % 2 === 0 ? running : running.toReversed()) {
          const { answered, failed, perSecond, p50, p99, used } = await turn(server, seconds);
          const figures = found.get(server.name);
          values.get(server.name)[process].push(work.measure === 'rate' ? 1e6 / perSecond : used / answered);
          figures.perSecond.push(perSecond);
          figures.p50.push(p50);
          figures.p99.push(p99);
          figures.memory.push(residentMemory(server.pid));
          figures.failed += failed;
        }
      }
    } finally {
      await Promise.all(running.map(({ stop }) => stop()));
    }
  }
  return judged(named, values, (name) => {
    const { perSecond, p50, p99, memory, failed } = found.get(name);
    return {
      perSecond: median(perSecond),
      p50: median(p50),
      p99: median(p99),
      memory: Math.max(...memory),
      failed,
    };
  });
}
