// Writes what was found into docs/: the table of docs/deploy/several-hosts.md, a plot for each fault beside it, and the figures as JSON.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { timePlot } from './plots.js';

const docs = (path) => new URL(`../../docs/${path}`, import.meta.url);

/** The name of a file for a fault. */
const plotOf = (fault) => `several-hosts-${fault.replaceAll(' ', '-')}.svg`;

function rowsOf({ title, lanes }) {
  return lanes.map(
    ({ lane, sent, answered, sentAgain, begunTwice, lostGets, lostPosts, p50, p99, slowest }, index) =>
      `| ${index === 0 ? title : ''} | ${lane} | ${sent.toLocaleString('en')} | ${answered.toLocaleString('en')} | ` +
      `${sentAgain ?? '–'} | ${begunTwice} | ${lostGets} | ${lostPosts} | ${p50} | ${p99} | ${slowest.toLocaleString('en')} |`,
  );
}

const FIGURES = docs('benchmarks/several-hosts.json');

/** What an earlier run has found of the other faults: all of them take longer than a machine is quiet. */
function earlier() {
  try {
    return JSON.parse(readFileSync(FIGURES, 'utf8')).faults;
  } catch {
    return [];
  }
}

/**
 * @param results of faults that were tried.
 * @param order all faults, as they are shown.
 */
export function write(results, { rate, order }) {
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, Linux ${release()}`;
  const found = results.map(({ fault, title, marks, lanes }) => ({ fault, title, marks, lanes }));
  const all = [...found, ...earlier()];
  const faults = order.flatMap((name) => all.find(({ fault }) => fault === name) ?? []);
  const text = [
    `\`node bench/hosts/run.js --write\` on ${date}: ${machine}; ${rate} requests a second on each way, every fourth a POST.`,
    '',
    '| fault | way | sent | answered | sent again | begun twice | GETs lost | POSTs lost | p50, ms | p99, ms | slowest, ms |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...faults.flatMap(rowsOf),
    ...faults
      .filter(({ marks }) => marks.length > 0)
      .flatMap(({ fault, title }) => ['', `![${title}](${plotOf(fault)})`]),
  ].join('\n');
  const page = readFileSync(docs('deploy/several-hosts.md'), 'utf8');
  const written = page.replace(/(<!-- figures -->\n)[^]*?(\n<!-- \/figures -->)/, `$1\n${text}\n$2`);
  writeFileSync(docs('deploy/several-hosts.md'), written);
  for (const result of results) {
    if (result.marks.length > 0) writeFileSync(docs(`deploy/${plotOf(result.fault)}`), timePlot(result));
  }
  writeFileSync(FIGURES, `${JSON.stringify({ date, machine, rate, faults }, undefined, 2)}\n`);
}
