// npm run bench:micro: the parts of a request without sockets, each alone: how long, and how many bytes it allocates. A part that is
// fast here may still be slow where its callers keep it from being inlined: npm run bench has the last word.
//
//   node --expose-gc --max-semi-space-size=64 --min-semi-space-size=64 bench/micro.js [NAME …]
import { parseArgs } from 'node:util';
import { Bench } from 'tinybench';
import { PARTS } from './micro-parts.js';

const { positionals } = parseArgs({ allowPositionals: true });
const wanted = Object.entries(PARTS).filter(
  ([name]) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
);
if (wanted.length === 0) {
  console.error(`bench:micro: no part has that in its name; there are\n  ${Object.keys(PARTS).join('\n  ')}`);
  process.exit(2);
}

const CALLS = 2000;

/** What one call allocates: the young generation is larger than all calls together, so nothing is collected meanwhile. */
function bytesOf(part) {
  for (let call = 0; call < 20_000; call++) part();
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let call = 0; call < CALLS; call++) part();
  const grown = process.memoryUsage().heapUsed - before;
  return grown < 0 ? undefined : grown / CALLS;
}

const bench = new Bench({ time: 500, warmupTime: 200 });
for (const [name, part] of wanted) bench.add(name, part);
await bench.run();
const shown = (value, digits) => (value === undefined ? '' : value.toFixed(digits));
console.log(
  `Node ${process.version}\n\n| part | ns a call, median | ± % of the mean | bytes a call |\n|---|---|---|---|`,
);
for (const { name, result } of bench.tasks) {
  if (result.error !== undefined) throw result.error;
  const { p50, rme } = result.latency;
  const bytes = globalThis.gc === undefined ? undefined : bytesOf(PARTS[name]);
  console.log(`| ${name} | ${shown(p50 * 1e6, 0)} | ${shown(rme, 1)} | ${shown(bytes, 0)} |`);
}
