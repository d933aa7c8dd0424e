// The figures as they stand in docs/benchmarks/results: a file a group, in which each work says when and how it was measured.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GROUPS } from './works.js';

const rounded = (_key, value) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;

/** @returns {Map<string, { name: string }[]>} what is there, by group, in the order of works.js. */
export function readResults(folder) {
  let files = [];
  try {
    files = readdirSync(folder);
  } catch {
    // Nothing has been measured.
  }
  const found = new Map();
  for (const group of Object.keys(GROUPS)) {
    if (files.includes(`${group}.json`)) {
      found.set(group, JSON.parse(readFileSync(join(folder, `${group}.json`), 'utf8')));
    }
  }
  return found;
}

/** A work that was measured again takes the place of its older figures. */
export function keep(folder, group, measured) {
  mkdirSync(folder, { recursive: true });
  const before = readResults(folder).get(group) ?? [];
  const all = [...before.filter(({ name }) => name !== measured.name), measured];
  const order = GROUPS[group].works.map(({ name }) => name);
  const kept = all.filter(({ name }) => order.includes(name));
  kept.sort((one, other) => order.indexOf(one.name) - order.indexOf(other.name));
  writeFileSync(join(folder, `${group}.json`), `${JSON.stringify(kept, rounded, 1)}\n`);
}
