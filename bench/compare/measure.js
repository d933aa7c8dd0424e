// Measures a work, or each step of a curve.
import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import { join } from 'node:path';
import { compareLoad } from './compare.js';
import { nodeOf, PEERS } from './peers.js';
import { compareResting } from './resting.js';
import { compareStarts } from './starts.js';

const KINDS = { load: compareLoad, starts: compareStarts, resting: compareResting };

function versionOf(runtime) {
  if (runtime === undefined) return process.version;
  return execFileSync(nodeOf(runtime), ['--version'], { encoding: 'utf8' }).trim();
}

/** Zeros that are really there: a hole in a file is read at another price. */
function fileOf(scratch, size) {
  const file = join(scratch, `file-${size}`);
  writeFileSync(file, Buffer.alloc(Math.min(size, 1_048_576), 120));
  if (size > 1_048_576) {
    execFileSync('sh', ['-c', `head -c ${size} /dev/zero > "$0"`, file]);
    truncateSync(file, size);
  }
  return file;
}

function said(work, { unit, scale }, result) {
  const shown = result.servers.map(
    ({ name, value, ratio }) => `${name} ${(value * scale).toFixed(2)} × ${ratio.toFixed(2)}`,
  );
  const at = work.at === undefined ? '' : `, ${work.at}`;
  if (shown.length === 0) return `${work.title}${at}: not enough of it is on this machine`;
  return `${work.title}${at} (${unit}): ${shown.join('; ')}; noise ${result.none.low.toFixed(2)} to ${result.none.high.toFixed(2)}`;
}

/** @returns the work with its result, or its points, and what it was measured on. */
export async function measured(work, options, log) {
  const { kind = 'load', unit = 'µs a request', scale = 1, steps, fileSize } = work;
  const file = fileSize === undefined ? undefined : fileOf(options.scratch, fileSize);
  const one = async (each) => {
    if (each.runtime !== undefined && PEERS[`node ${each.runtime}`].path === undefined) {
      log(`${each.title}, ${each.at}: Node ${each.runtime} is missing: ${PEERS[`node ${each.runtime}`].get}`);
      return undefined;
    }
    const result = await KINDS[kind]({ ...each, file }, options);
    log(said(each, { unit, scale }, result));
    for (const server of result.servers) server.value *= scale;
    return result;
  };
  const { name, title, axis } = work;
  const about = {
    name,
    title,
    unit,
    axis,
    kind,
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    machine: `${cpus().length} × ${cpus()[0].model.trim()}, ${type()} ${release()}`,
    turns: { processes: options.processes, rounds: options.rounds, seconds: options.seconds },
  };
  if (steps === undefined) return { ...about, result: await one(work) };
  const points = [];
  for (const step of steps) {
    const result = await one({ ...work, ...step });
    const version = step.runtime === undefined ? undefined : versionOf(step.runtime);
    if (result !== undefined) points.push({ at: step.at, version, result });
  }
  return { ...about, points };
}
