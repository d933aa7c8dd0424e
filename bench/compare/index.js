// npm run bench: the comparisons of docs/benchmarks. Quick, under five minutes; --full takes about an hour.
//
//   npm run bench -- [--full] [--only NAME] [--out FOLDER]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compare } from './compare.js';
import { barsOf, linesOf } from './plots.js';
import { report } from './report.js';
import { selected } from './work.js';

const USAGE = 'Usage: npm run bench -- [--full] [--only NAME] [--out FOLDER]';

function wanted() {
  try {
    return parseArgs({
      options: {
        full: { type: 'boolean', default: false },
        only: { type: 'string' },
        out: { type: 'string', default: 'docs/benchmarks' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`bench: ${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

const { full, only, out, help } = wanted();
if (help) {
  console.log(USAGE);
  process.exit(0);
}
if (type() !== 'Linux' || cpus().length < 2) {
  console.error(
    'bench: CPU times are read from /proc, and load and server have a core each: it takes Linux and two cores',
  );
  process.exit(2);
}
const scratch = mkdtempSync(join(tmpdir(), 'tsgi-bench-'));
const options = {
  ...(full ? { processes: 3, rounds: 5, seconds: 2 } : { processes: 2, rounds: 4, seconds: 1 }),
  scratch,
  command: `npm run bench${full ? ' -- --full' : ''}`,
};
const { works, curves } = selected(full, only);
if (works.length + curves.length === 0) {
  console.error(`bench: --only ${only}: there is no such work`);
  process.exit(2);
}

async function measured(work) {
  const result = await compare(work, options);
  const said = result.servers.map(({ name, cpu, ratio }) => `${name} ${cpu.toFixed(2)} µs × ${ratio.toFixed(2)}`);
  console.log(
    `${work.title}${work.at === undefined ? '' : `, ${work.at}`}: ${said.join('; ')}; noise ${result.none.low.toFixed(2)} to ${result.none.high.toFixed(2)}`,
  );
  return result;
}

try {
  const machine = {
    cores: cpus().length,
    model: cpus()[0].model.trim(),
    node: process.version,
    system: `${type()} ${release()}`,
    date: new Date().toISOString().slice(0, 10),
  };
  const done = { machine, options, works: [], curves: [] };
  for (const work of works) done.works.push({ ...work, result: await measured(work) });
  for (const { steps, work, ...curve } of curves) {
    const points = [];
    for (const step of steps) {
      points.push({ at: step.at, result: await measured({ ...curve, ...work, ...step }) });
    }
    done.curves.push({ ...curve, points });
  }
  mkdirSync(out, { recursive: true });
  for (const work of done.works) writeFileSync(join(out, `${work.name}.svg`), barsOf(work));
  for (const curve of done.curves) writeFileSync(join(out, `${curve.name}.svg`), linesOf(curve));
  const { scratch: _folder, ...said } = options;
  writeFileSync(join(out, 'results.json'), `${JSON.stringify({ ...done, options: said }, undefined, 2)}\n`);
  writeFileSync(join(out, 'README.md'), report(done));
  console.log(`written: ${join(out, 'README.md')}, results.json and ${done.works.length + done.curves.length} plots`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
