// Writes the tables of docs/capacity.md from what was measured: docs/benchmarks/results (npm run bench) and
// docs/benchmarks/several-hosts-capacity.json (node bench/hosts/capacity.js --write). Run it after either of them.
//
//   node scripts/generate-capacity.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readResults } from '../bench/compare/results.js';

const docs = (path) => new URL(`../docs/${path}`, import.meta.url);
const works = [...readResults(fileURLToPath(docs('benchmarks/results'))).values()].flat();
const hosts = JSON.parse(readFileSync(docs('benchmarks/several-hosts-capacity.json'), 'utf8'));

/** How much of a core is planned with: above it, what comes in bursts waits. */
const BUSY = 0.6;
/** Cores of a host in these examples, as in most offers. */
const CORES = 4;
const TEN = 10;
const GIGABIT = 125_000_000;
/** What one worker brings in the second core, of what the machine itself gives: docs/performance.md says how it was measured. */
const SECOND = 0.85;

function cpuOf(work, server) {
  const found = works.find(({ name }) => name === work)?.result.servers.find(({ name }) => name === server);
  if (found === undefined) throw new Error(`docs/benchmarks/results: no ${server} of ${work}`);
  return found.value;
}

const number = (value) => Number(value.toPrecision(2)).toLocaleString('en', { maximumFractionDigits: 1 });
const a = (microseconds) => (1_000_000 / microseconds) * BUSY;

const WIRES = [
  ['HTTP, kept connections', 'http-hello', 'tsgi http'],
  ['HTTP, a connection each', 'http-connections', 'tsgi http'],
  ['HTTP, POST of 1 KiB sent back', 'http-post-1k', 'tsgi http'],
  ['FastCGI, kept connections', 'fcgi-hello', 'tsgi fcgi'],
  ['FastCGI, a connection each', 'fcgi-connections', 'tsgi fcgi'],
  ['SCGI', 'scgi-hello', 'tsgi scgi'],
];
/** Microseconds that an application may take by itself. */
const APPS = [0, 100, 1000, 10_000];

function core() {
  const head = `| wire | µs here | ${APPS.map((own) => (own === 0 ? 'app of 0 ms' : `of ${number(own / 1000)} ms`)).join(' | ')} |`;
  const rows = WIRES.map(([title, work, server]) => {
    const own = cpuOf(work, server);
    return `| ${title} | ${number(own)} | ${APPS.map((app) => `${number(a(own + app))} a second`).join(' | ')} |`;
  });
  return [head, `|---|---|${'---|'.repeat(APPS.length)}`, ...rows].join('\n');
}

function host() {
  const factor = 1 + (CORES - 1) * SECOND;
  const rows = APPS.map((app) => {
    const one = a(cpuOf('fcgi-hello', 'tsgi fcgi') + app);
    const label = app === 0 ? '0' : `${number(app / 1000)} ms`;
    return `| ${label} | ${number(one)} | ${number(one * factor)} | ${number(one * factor * TEN)} |`;
  });
  return [
    `| the app's own time | one core | a host of ${CORES} cores | ${TEN} such hosts |`,
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function fronts() {
  return [
    '| front end and wire | µs of its CPU | a second, one core of it | its four cores | µs of the applications | bytes to and from them | a second through 1 Gbit/s |',
    '|---|---|---|---|---|---|---|',
    ...hosts.requests.map(
      ({ lane, front, apps, bytes }) =>
        `| ${lane} | ${number(front)} | ${number(a(front))} | ${number(a(front) * 4)} | ${number(apps)} | ${number(bytes)} | ${number(GIGABIT / bytes)} |`,
    ),
  ].join('\n');
}

function memory() {
  const gigabyte = 1024 * 1024;
  return [
    '| idle connections at | KiB each | in 1 GiB |',
    '|---|---|---|',
    ...hosts.connections.map(
      ({ name, kibibytes }) => `| ${name} | ${number(kibibytes)} | ${number(gigabyte / kibibytes)} |`,
    ),
  ].join('\n');
}

const tables = { core, host, fronts, memory };
let page = readFileSync(docs('capacity.md'), 'utf8');
for (const [name, table] of Object.entries(tables)) {
  const place = new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- /${name} -->)`);
  if (!place.test(page)) throw new Error(`docs/capacity.md has no place for ${name}`);
  page = page.replace(place, `$1\n${table()}\n$2`);
}
writeFileSync(docs('capacity.md'), page);
