// The report as Markdown, and the tables that other pages have of it.
import { GROUPS } from './works.js';

const count = (value) => Math.round(value).toLocaleString('en');

/** Three digits that count. */
export function digits(value) {
  if (value >= 1000) return count(value);
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

export function ratioOf({ ratio, low, high, verdict }) {
  if (verdict === 'the first') return '1';
  const text = `${ratio.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  return verdict === 'within the noise' ? `${text}, within the noise` : `**${text}**`;
}

export const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** What else is known of a server, beside its value and ratio. */
const COLUMNS = {
  load: [
    ['requests a second', ({ perSecond }) => count(perSecond)],
    ['p50, ms', ({ p50 }) => digits(p50)],
    ['p99, ms', ({ p99 }) => digits(p99)],
    ['resident, MiB', ({ memory }) => count(memory)],
  ],
  starts: [
    ['p50, ms by the clock', ({ p50 }) => digits(p50)],
    ['p99', ({ p99 }) => digits(p99)],
  ],
  resting: [],
};

const heading = (unit, kind) => (kind === 'resting' || unit.includes('between') ? unit : `CPU, ${unit}`);

function workTable({ unit, kind, result }) {
  const failures = result.servers.some(({ failed }) => failed > 0) ? [['failed', ({ failed }) => count(failed)]] : [];
  const more = [...COLUMNS[kind], ...failures];
  return table(
    ['', heading(unit, kind), 'ratio to the first', ...more.map(([title]) => title)],
    result.servers.map((server) => [
      server.name,
      digits(server.value),
      ratioOf(server),
      ...more.map(([, cell]) => cell(server)),
    ]),
  );
}

function curveTable({ axis, points }) {
  const names = namesOf(points);
  return table(
    [axis, ...names],
    points.map(({ at, version, result }) => [
      version ?? at.toLocaleString('en'),
      ...names.map((name) => {
        const server = result.servers.find((each) => each.name === name);
        if (server === undefined) return '';
        return server.verdict === 'the first' ? digits(server.value) : `${digits(server.value)}, ${ratioOf(server)}`;
      }),
    ]),
  );
}

export function namesOf(points) {
  return [...new Set(points.flatMap(({ result }) => result.servers.map(({ name }) => name)))];
}

function missingOf(results) {
  const missing = new Map(results.flatMap(({ missing: list }) => list).map(({ server, needs }) => [server, needs]));
  if (missing.size === 0) return '';
  const said = [...missing].map(
    ([server, needs]) => `${server} (${needs.map(({ name, get }) => `${name}: \`${get}\``).join(', ')})`,
  );
  return ` Not on this machine: ${said.join('; ')}.`;
}

function noiseOf(results) {
  const noise = results.map(({ none }) => none).filter((none) => none !== undefined);
  if (noise.length === 0) return 'Not measured.';
  const [low, high] = [Math.min(...noise.map((none) => none.low)), Math.max(...noise.map((none) => none.high))];
  return `The first server against itself: ${low.toFixed(2)} to ${high.toFixed(2)}.`;
}

function turnsOf({ kind, turns, date, node, points }) {
  const { processes, rounds, seconds } = turns;
  const runs = {
    load: `${processes} × ${rounds} turns of ${seconds} s`,
    starts: `${processes} × ${rounds} turns of 10 starts`,
    resting: `${processes} × ${Math.min(rounds, 3)} starts`,
  };
  return `${date}, ${points?.some(({ version }) => version !== undefined) ? '' : `Node ${node}, `}${runs[kind]}.`;
}

/** The table of a work or a curve, as the report has it. */
export function tableOf(work) {
  return work.points === undefined ? workTable(work) : curveTable(work);
}

function section(work) {
  const { name, title, points } = work;
  const results = points?.map(({ result }) => result) ?? [work.result];
  const isEmpty = results.every(({ servers }) => servers.length === 0);
  const parts = [`### ${title}`];
  if (!isEmpty) parts.push(tableOf(work));
  parts.push(`${noiseOf(results)} ${turnsOf(work)}${missingOf(results)}`);
  if (points !== undefined) parts.splice(1, 0, `${heading(work.unit, work.kind)}, and the ratio to the first.`);
  if (!isEmpty) parts.push(`![${title}](${name}.svg)`);
  return parts.join('\n\n');
}

/** @param results by group. */
export function report(results) {
  const groups = [...results].map(
    ([group, works]) => `## ${GROUPS[group].title}\n\n${works.map(section).join('\n\n')}`,
  );
  const works = [...results.values()].flat();
  const machines = [...new Set(works.map(({ machine }) => machine))].join('; ');
  return `<!-- Made by npm run bench. -->
# Benchmarks

Made by \`npm run bench\` on ${machines}.

What is compared is the CPU time that a server, with all its processes, spends on a request. The servers of a table are started several
times, and take turns, there and back, on one core, the load on another. A ratio is the median of the pairs, behind it the interval of
95 %. A difference is in **bold** only where it is larger than the noise: where the interval is without 1, and further from 1 than the
first server was from itself, being started twice. Requests a second, p50 and p99 are those of the load's one process, which is slower
than most servers here. What stands behind nginx or before php-fpm is measured without these.

${groups.join('\n\n')}
`;
}
