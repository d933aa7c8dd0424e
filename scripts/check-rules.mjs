// Checks docs/rules.md: every rule of the contract, R1 to R98 and R103 on, has one row; every file that a row names exists and mentions the rule, and a
// file that proves it does so in its code: in the name of a test, the `rule` of a case, an expectation. A comment at the
// head of a file proves nothing. A row without a file says why in words, never by being empty.

import { existsSync, readFileSync } from 'node:fs';

// R99 to R102 are the validator's own: they bind nobody but those who want to be warned.
const RULES = [...Array.from({ length: 98 }, (_, index) => index + 1), 103, 104];
const root = new URL('../', import.meta.url);
const page = readFileSync(new URL('docs/rules.md', root), 'utf8');

/** Whether text names the rule, by itself or in a run of rules: `R20 to R42`, `R56-R67`, `R56–R67`. */
function mentions(text, number) {
  if (new RegExp(`\\bR${number}\\b`).test(text)) return true;
  for (const [, from, to] of text.matchAll(/\bR(\d+)\s?(?:to|-|–)\s?R(\d+)\b/g)) {
    if (Number(from) <= number && number <= Number(to)) return true;
  }
  return false;
}

/** The source without the lines that are comment. */
function code(source) {
  return source
    .split('\n')
    .filter((line) => !/^\s*(?:\/\/|\/\*|\*)/.test(line))
    .join('\n');
}

const texts = new Map();
/** The text of a file of the repository, or undefined when there is none. */
function textOf(file) {
  const url = new URL(file, root);
  if (!texts.has(file)) texts.set(file, existsSync(url) ? readFileSync(url, 'utf8') : undefined);
  return texts.get(file);
}

const filesIn = (cell) => [...cell.matchAll(/`([^`\s]+\/[^`\s]+\.[a-z]+)`/g)].map(([, file]) => file);

const problems = [];
const seen = new Set();
for (const line of page.split('\n')) {
  if (!/^\|\s*R\d+/.test(line)) continue;
  const row = /^\| R(\d+) \|([^|]*)\|([^|]*)\|([^|]*)\|$/.exec(line);
  if (row === null) {
    problems.push(`a row that cannot be read: ${line}`);
    continue;
  }
  const [, id, title, enforced, proved] = row;
  const number = Number(id);
  if (!RULES.includes(number)) problems.push(`R${id}: there is no such rule`);
  if (seen.has(number)) problems.push(`R${id} has two rows`);
  seen.add(number);
  for (const [column, cell] of Object.entries({ rule: title, enforced, proved })) {
    if (cell.trim() === '') problems.push(`R${id}: nothing under "${column}"`);
  }
  for (const [column, cell] of Object.entries({ enforced, proved })) {
    const files = filesIn(cell);
    if (new Set(files).size < files.length) problems.push(`R${id}: a file is named twice under "${column}"`);
    for (const file of files) {
      const text = textOf(file);
      if (text === undefined) problems.push(`R${id}: ${file} does not exist`);
      else if (!mentions(text, number)) problems.push(`R${id}: ${file} does not mention the rule`);
      else if (column === 'proved' && file.endsWith('.ts') && !mentions(code(text), number)) {
        problems.push(`R${id}: ${file} mentions the rule in comments only, which proves nothing`);
      }
    }
  }
}
for (const number of RULES) {
  if (!seen.has(number)) problems.push(`R${number} has no row`);
}

if (problems.length > 0) {
  console.error(`docs/rules.md:\n  ${problems.join('\n  ')}\n${problems.length} problems`);
  process.exit(1);
}
console.log(`docs/rules.md: ${seen.size} rules, every file exists and mentions its rule`);
