// Writes what docs/deploy/ says of recipes, from what the tests try: `<!-- file: PATH -->` is followed by a file of
// examples/deploy, `<!-- mistakes: SERVER -->` by the mistakes that e2e/front-ends makes in it, and docs/deploy/front-ends.md has the cells,
// the requests and the differences. With --check it only says whether they are as they should be.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { answeringWays, cells, servers, ways } from '../e2e/front-ends/cells.js';
import { differenceOf, differences } from '../e2e/front-ends/differences.js';
import { mistakes } from '../e2e/front-ends/mistakes.js';
import { requests } from '../e2e/front-ends/requests.js';

const docs = new URL('../docs/deploy/', import.meta.url);
const recipes = new URL('../examples/deploy/', import.meta.url);

const LANGUAGES = { conf: 'nginx', cfg: 'haproxy', Caddyfile: 'caddyfile', fcgi: 'sh', htaccess: 'apache', mjs: 'js' };

function table(head, rows) {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

function extensionOf(server) {
  const names = readdirSync(new URL(`${server}/`, recipes));
  return names.find((name) => name.startsWith('http.'))?.slice('http.'.length);
}

/** A recipe, as the reader copies it. */
function fileBlock(path) {
  const language = path.startsWith('apache/')
    ? 'apache'
    : path.startsWith('lighttpd/')
      ? 'lighttpd'
      : path.startsWith('h2o/')
        ? 'yaml'
        : (LANGUAGES[path.split('.').pop()] ?? '');
  return `\`\`\`${language}\n${readFileSync(new URL(path, recipes), 'utf8')}\`\`\``;
}

function mistakeTable(server) {
  const rows = mistakes
    .filter((one) => (one.page ?? one.server) === server)
    .map(({ mistake, status, log, remedy }) => [
      mistake,
      typeof status === 'number' ? String(status) : status,
      log === '' ? 'nothing' : `\`${log}\``,
      remedy,
    ]);
  if (rows.length === 0) throw new Error(`no mistakes of ${server}`);
  return table(['mistake', 'the client gets', 'the log says', 'remedy'], rows);
}

function cellTable() {
  const names = Object.keys(servers);
  return table(
    ['', ...names.map((server) => `${servers[server].name} ${servers[server].version}`)],
    Object.entries(ways).map(([way, text]) => [text].concat(names.map((server) => cellOf(server, way)))),
  );
}

/** A link to the recipe, called by how many requests come out differently there. */
function cellOf(server, way) {
  if (cells[server][way] !== true) return '–';
  const known = Object.keys(requests).filter((request) => differenceOf(`${server}/${way}`, request)).length;
  const name = way === 'authorizer' ? 'yes' : known === 0 ? 'as sent' : `${known} differ`;
  return `[${name}](../../examples/deploy/${server}/${way}.${extensionOf(server)})`;
}

function impossibleTable() {
  const reasons = new Map();
  for (const [server, all] of Object.entries(cells)) {
    for (const [way, reason] of Object.entries(all)) {
      if (reason === true) continue;
      const key = `${server} ${reason}`;
      const found = reasons.get(key) ?? { server, reason, ways: [] };
      found.ways.push(ways[way]);
      reasons.set(key, found);
    }
  }
  return table(
    ['web server', 'has no', 'because'],
    [...reasons.values()].map(({ server, reason, ways: without }) => [
      servers[server].name,
      without.join('; '),
      reason,
    ]),
  );
}

function requestTable() {
  return table(
    ['request', 'the client', 'what comes of it'],
    Object.entries(requests).map(([name, { sent, seen }]) => [name, sent, code(seen)]),
  );
}

/** What is quoted from an environ is code; words are words. */
function code(seen) {
  return /"/.test(seen) ? `\`${seen}\`` : seen;
}

function differenceTable() {
  const order = Object.keys(requests);
  const sorted = differences.toSorted((a, b) => order.indexOf(a.request) - order.indexOf(b.request));
  return table(
    ['request', 'where', 'what comes of it there', 'why'],
    sorted.map(({ request, cells: where, seen, reason }) => [request, where.map(place).join(', '), code(seen), reason]),
  );
}

function place(pattern) {
  const [server, way] = pattern.split('/');
  const name = server === 'apache' ? 'Apache' : servers[server].name;
  return way === '*' ? name : `${name} ${way}`;
}

function counts() {
  const all = Object.values(cells).flatMap((ways) => Object.values(ways));
  const there = all.filter((one) => one === true).length;
  const tried = Object.keys(servers).flatMap((server) => answeringWays(server).map((way) => `${server}/${way}`));
  const asked = tried.length * Object.keys(requests).length;
  const differ = tried.flatMap((cell) => Object.keys(requests).filter((request) => differenceOf(cell, request))).length;
  return `${all.length} cells: ${there} have a recipe that is started and tried, ${all.length - there} cannot exist. ${tried.length} of them get
the ${Object.keys(requests).length} requests below, ${asked} in all: ${asked - differ} come out as if nothing stood between, ${differ} do not, by ${differences.length} known
differences; the other ${there - tried.length} are authorizers, with requests of their own.`;
}

const FRONT_ENDS = `# What each front end does to a request

<!-- Generated by scripts/generate-front-ends.mjs from e2e/front-ends: do not change it by hand. -->

Every recipe of [\`examples/deploy\`](../../examples/deploy/README.md) is started as it stands, with real web servers of Debian 12, and gets the same
requests. ${counts()}

A difference that is gone fails the tests as a new one does.

## The cells

"3 differ" leads to the recipe; the differences are [below](#the-differences).

${cellTable()}

### Those that cannot exist

${impossibleTable()}

## The requests

${requestTable()}

## The differences

${differenceTable()}
`;

let problems = 0;
function write(name, text, before) {
  if (text === before) return;
  if (!process.argv.includes('--check')) writeFileSync(new URL(name, docs), text);
  else {
    console.error(`docs/deploy/${name} is not what the recipes and tests say; node scripts/generate-front-ends.mjs`);
    problems += 1;
  }
}

function currently(name) {
  try {
    return readFileSync(new URL(name, docs), 'utf8');
  } catch {
    return undefined;
  }
}

write('front-ends.md', FRONT_ENDS, currently('front-ends.md'));
const shown = new Set();
for (const name of readdirSync(docs).filter((name) => name.endsWith('.md') && name !== 'front-ends.md')) {
  const before = currently(name);
  const after = before.replaceAll(/<!-- (file|mistakes): (\S+) -->\n[^]*?<!-- \/\1 -->/g, (_, kind, what) => {
    shown.add(what);
    return `<!-- ${kind}: ${what} -->\n\n${kind === 'file' ? fileBlock(what) : mistakeTable(what)}\n\n<!-- /${kind} -->`;
  });
  write(name, after, before);
}
for (const server of Object.keys(servers)) {
  if (!shown.has(server)) {
    console.error(`docs/deploy: no page has the mistakes of ${server}`);
    problems += 1;
  }
}
if (problems > 0) process.exitCode = 1;
else if (process.argv.includes('--check'))
  console.log(`docs/deploy: ${shown.size} recipes and tables are those that the tests start`);
