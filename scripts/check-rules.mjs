// Checks docs/rules.md: every rule R1 to R98 has one row; every file that a row names exists and mentions the rule.
// A row without files says so in words ("issue …", "documented"), never by being empty.

import { existsSync, readFileSync } from 'node:fs';

const RULES = 98;
const root = new URL('../', import.meta.url);
const page = readFileSync(new URL('docs/rules.md', root), 'utf8');

/** Comments cite runs of rules too: `R20 to R42`, `R56-R67`, `R56–R67`. */
function mentions(text, number) {
  if (new RegExp(`\\bR${number}\\b`).test(text)) return true;
  for (const [, from, to] of text.matchAll(/\bR(\d+)\s?(?:to|-|–)\s?R(\d+)\b/g)) {
    if (Number(from) <= number && number <= Number(to)) return true;
  }
  return false;
}

const problems = [];
const seen = new Map();
for (const line of page.split('\n')) {
  const row = /^\| R(\d+) \|([^|]*)\|([^|]*)\|([^|]*)\|$/.exec(line);
  if (row === null) {
    if (/^\| R\d+/.test(line)) problems.push(`a row that cannot be read: ${line}`);
    continue;
  }
  const [, id, title, enforced, proved] = row;
  const number = Number(id);
  if (seen.has(number)) problems.push(`R${id} has two rows`);
  seen.set(number, line);
  for (const [column, cell] of Object.entries({ rule: title, enforced, proved })) {
    if (cell.trim() === '') problems.push(`R${id}: nothing under "${column}"`);
  }
  for (const [, file] of `${enforced} ${proved}`.matchAll(/`([^`]+\/[^`]+\.[a-z]+)`/g)) {
    const url = new URL(file, root);
    if (!existsSync(url)) problems.push(`R${id}: ${file} does not exist`);
    else if (!mentions(readFileSync(url, 'utf8'), number)) problems.push(`R${id}: ${file} does not mention the rule`);
  }
}
for (let number = 1; number <= RULES; number += 1) {
  if (!seen.has(number)) problems.push(`R${number} has no row`);
}

if (problems.length > 0) {
  console.error(`docs/rules.md:\n  ${problems.join('\n  ')}`);
  process.exit(1);
}
console.log(`docs/rules.md: ${seen.size} rules, every file exists and mentions its rule`);
