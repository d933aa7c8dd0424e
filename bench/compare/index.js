// npm run bench: the comparisons of docs/benchmarks. Quick, under five minutes; --full takes about an hour and a half.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measured } from './measure.js';
import { PEERS } from './peers.js';
import { drawAll } from './plots.js';
import { report } from './report.js';
import { keep, readResults } from './results.js';
import { GROUPS, selected } from './works.js';

const USAGE = `Usage: npm run bench -- [options]

Compares the servers of this project with what is used instead, as far as it is on this machine, and writes tables, figures and plots.
What is measured takes the place of its older figures; all else stays.

Options:
      --full           more servers, works and curves: an hour and a half
      --only NAMES     groups or works, with commas between
      --processes N    how many times each server is started
      --rounds N       turns of each
      --seconds N      of a turn
      --out FOLDER     (default: docs/benchmarks; of a quick run,
                       docs/benchmarks/quick)
      --missing        says what is not on this machine, and how it is got
      --list           names groups and works
      --report         makes the report and the plots again from the figures
      --check          says whether the report is what the figures give
  -h, --help           this help`;

function wanted() {
  try {
    const flag = { type: 'boolean', default: false };
    const text = { type: 'string' };
    return parseArgs({
      options: {
        full: flag,
        missing: flag,
        list: flag,
        report: flag,
        check: flag,
        help: { ...flag, short: 'h' },
        only: text,
        processes: text,
        rounds: text,
        seconds: text,
        out: text,
      },
    }).values;
  } catch (error) {
    return stop(`${error.message}\n${USAGE}`);
  }
}

function stop(message) {
  console.error(`bench: ${message}`);
  process.exit(2);
}

function number(name, standard) {
  const value = Number(asked[name] ?? standard);
  if (!(value > 0)) stop(`--${name} ${asked[name]}: expected a number above 0`);
  return value;
}

const asked = wanted();
const isQuick = !asked.full && !asked.report && !asked.check && asked.only === undefined;
const out = asked.out ?? (isQuick ? 'docs/benchmarks/quick' : 'docs/benchmarks');
const results = join(out, 'results');
const page = join(out, 'README.md');
const MISSING = Object.entries(PEERS).filter(([, { path }]) => path === undefined);

function writeReport() {
  writeFileSync(page, report(readResults(results)));
  const plots = drawAll(readResults(results));
  for (const [name, svg] of plots) writeFileSync(join(out, `${name}.svg`), svg);
  console.log(`written: ${page} and ${plots.size} plots`);
}

async function measureAll() {
  if (type() !== 'Linux' || cpus().length < 2) {
    stop('CPU times are read from /proc, and load and server have a core each: it takes Linux and two cores');
  }
  const only = asked.only?.split(',');
  const unknown = only?.filter((name) => GROUPS[name] === undefined && selected(true, [name]).length === 0) ?? [];
  if (unknown.length > 0) stop(`--only ${unknown.join(',')}: there is no such work; --list names them`);
  const scratch = mkdtempSync(join(tmpdir(), 'tsgi-bench-'));
  const turns = asked.full ? { processes: 3, rounds: 5, seconds: 1 } : { processes: 2, rounds: 4, seconds: 1 };
  const options = { scratch };
  for (const [name, standard] of Object.entries(turns)) options[name] = number(name, standard);
  for (const [name, { get }] of MISSING) console.log(`not on this machine: ${name} (${get})`);
  try {
    for (const { group, work } of selected(asked.full, only)) {
      keep(results, group, await measured(work, options, console.log));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  writeReport();
}

if (asked.help) console.log(USAGE);
else if (asked.missing) for (const [name, { get }] of MISSING) console.log(`${name}: ${get}`);
else if (asked.list) {
  for (const [group, { works }] of Object.entries(GROUPS)) {
    console.log(`${group}: ${works.map(({ name }) => name).join(', ')}`);
  }
} else if (asked.report) writeReport();
else if (asked.check) {
  if (readFileSync(page, 'utf8') !== report(readResults(results))) {
    stop(`${page} is not what its figures give: npm run bench -- --report`);
  }
} else await measureAll();
