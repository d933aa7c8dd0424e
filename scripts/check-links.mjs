// Checks the links of the pages that people read: every relative link leads to a file or a folder of the repository, and every
// anchor to a heading of that page, by the name that GitHub makes of it. Code and code blocks are left out. A page below docs/ that
// no other page links to is a fault, too: nobody would find it. Addresses elsewhere are not requested.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

const root = new URL('../', import.meta.url);
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '');
const pages = files.filter((file) => file.endsWith('.md') && !file.startsWith('packages/conformance/test/'));

/** Files, and the folders that hold them. */
const there = new Set(['.', ...files]);
for (const file of files) {
  for (let folder = posix.dirname(file); folder !== '.'; folder = posix.dirname(folder)) there.add(folder);
}

/** The lines of a page that are not in a code block, by their number; code in a line is blanked. */
function proseOf(page) {
  const lines = [];
  let fence;
  for (const [index, line] of readFileSync(new URL(page, root), 'utf8').split('\n').entries()) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined && mark !== undefined) fence = mark;
    else if (fence !== undefined && mark !== undefined && mark.startsWith(fence)) fence = undefined;
    else if (fence === undefined) lines.push({ number: index + 1, line });
  }
  return lines;
}

/** The anchor that GitHub gives a heading: lower case, no punctuation, blanks as dashes. */
function slugOf(heading) {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[`*]/g, '')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

const anchors = new Map();
/** The anchors of a page: its headings, numbered where two are the same, and `<a id>`. */
function anchorsOf(page) {
  const known = anchors.get(page);
  if (known !== undefined) return known;
  const found = new Set();
  const times = new Map();
  for (const { line } of proseOf(page)) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading !== undefined) {
      const slug = slugOf(heading);
      const before = times.get(slug) ?? 0;
      times.set(slug, before + 1);
      found.add(before === 0 ? slug : `${slug}-${before}`);
    }
    for (const [, id] of line.matchAll(/<a (?:id|name)="([^"]+)"/g)) found.add(id);
  }
  anchors.set(page, found);
  return found;
}

const problems = [];
const linked = new Set(['README.md']);
let links = 0;
for (const page of pages) {
  for (const { number, line } of proseOf(page)) {
    const prose = line.replace(/(`+)[^`]*\1(?!\])/g, (code) => ' '.repeat(code.length));
    const targets = [
      ...prose.matchAll(/\]\(([^()\s]+)(?:\s+"[^"]*")?\)/g),
      ...prose.matchAll(/^\s*\[[^\]]+\]:\s+(\S+)/g),
    ];
    for (const [, target] of targets) {
      if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
      links += 1;
      const [path, anchor] = target.split('#');
      const file =
        path === '' ? page : posix.normalize(posix.join(posix.dirname(page), decodeURI(path))).replace(/\/$/, '');
      const where = `${page}:${number}: ${target}`;
      if (!there.has(file)) problems.push(`${where}: there is no ${file}`);
      else if (anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).has(anchor)) {
        problems.push(`${where}: ${file} has no heading #${anchor}`);
      }
      if (file !== page) linked.add(file);
    }
  }
}
for (const page of pages) {
  if (page.startsWith('docs/') && !linked.has(page)) problems.push(`${page}: no page links to it`);
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
} else {
  console.log(`${links} links of ${pages.length} pages lead somewhere`);
}
