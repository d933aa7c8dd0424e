// Writes the figures of docs/performance.md from docs/benchmarks/results: `<!-- bench: NAME -->` begins a table, that of a work or one of
// those below, `<!-- /bench -->` ends it. With --check it only says whether they are as they should be.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { digits, ratioOf, table, tableOf } from '../bench/compare/report.js';
import { readResults } from '../bench/compare/results.js';
import { GROUPS } from '../bench/compare/works.js';

const page = new URL('../docs/performance.md', import.meta.url);
const folder = fileURLToPath(new URL('../docs/benchmarks/results', import.meta.url));
const works = new Map([...readResults(folder).values()].flat().map((work) => [work.name, work]));

function workOf(name) {
  const work = works.get(name);
  if (work === undefined) throw new Error(`${name} has not been measured: npm run bench -- --full --only ${name}`);
  return work;
}

const serverOf = ({ result }, name) => result.servers.find((server) => server.name === name);
const said = (server) => (server === undefined ? '' : `${digits(server.value)}, ${ratioOf(server)}`);

/** One row a work: what is from here, and the first server, which it is compared with. */
function overview() {
  const rows = [
    ['http-hello', 'tsgi http'],
    ['http-hello', 'tsgi serve', ' by `tsgi serve`'],
    ['http-connections', 'tsgi http'],
    ['http-headers-20', 'tsgi http'],
    ['http-post-1k', 'tsgi http'],
    ['fcgi-hello', 'tsgi fcgi'],
    ['fcgi-connections', 'tsgi fcgi'],
    ['fcgi-multiplexed', 'tsgi fcgi'],
    ['fcgi-nginx-kept', 'tsgi fcgi'],
    ['scgi-hello', 'tsgi scgi'],
    ['gateway-php', 'tsgi gateway before php-fpm'],
    ['cgi-hello', 'tsgi build-cgi', ' by a file of `tsgi build-cgi`'],
  ].map(([name, server, how = '']) => {
    const work = workOf(name);
    const [first] = work.result.servers;
    const ours = serverOf(work, server);
    const { low, high } = work.result.none;
    return [
      `${work.title}${how}`,
      ours === undefined ? '' : `${digits(ours.value)} ${work.unit}`,
      `${first.name}: ${digits(first.value)}`,
      ours === undefined ? 'not measured' : ratioOf(ours),
      `${low.toFixed(2)} to ${high.toFixed(2)}`,
    ];
  });
  return table(['', 'here, CPU', 'compared with', 'ratio', 'the latter against itself'], rows);
}

/** Bodies of any size: a row a work of the groups `http` and `streams`. */
function bodies() {
  const names = [...GROUPS.http.works, ...GROUPS.streams.works].map(({ name }) => name);
  const rows = names
    .filter((name) => /-(?:1k|64k|1m|1g)$/.test(name) && works.has(name))
    .map((name) => {
      const work = workOf(name);
      return [
        work.title.replace('HTTP, ', ''),
        work.unit,
        said(serverOf(work, 'tsgi http')),
        digits(work.result.servers[0].value),
        said(serverOf(work, 'Go net/http')),
        said(serverOf(work, 'nginx')),
      ];
    });
  return table(['', 'CPU', 'here', '`node:http`', 'Go', 'nginx'], rows);
}

const OWN = { overview, bodies };

function filled(text) {
  return text.replaceAll(/(<!-- bench: ([^>]+?) -->\n)[^]*?(<!-- \/bench -->)/g, (_all, begin, name, end) => {
    const made = OWN[name]?.() ?? tableOf(workOf(name));
    return `${begin}\n${made}\n\n${end}`;
  });
}

const before = readFileSync(page, 'utf8');
const after = filled(before);
if (before !== after) {
  if (process.argv.includes('--check')) {
    console.error(
      'docs/performance.md is not what docs/benchmarks/results gives: run node scripts/generate-performance.mjs',
    );
    process.exit(1);
  }
  writeFileSync(page, after);
}
