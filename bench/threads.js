// What threads do for a light request beside requests that compute for 200 ms: how long the light one takes, with none and with two
// threads, beside one and beside two clients that send such work without a pause. A light request is sent each 25 ms, whether the last
// one has been answered or not. Prints a table, and writes the distributions as a plot.
//
//   node bench/threads.js [SECONDS=15] [PLOT=docs/threads.svg]
import { writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { availableParallelism, cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { applicationFolder, serving } from './serving.js';

const seconds = Number(process.argv[2] ?? 15);
const plot = process.argv[3] ?? fileURLToPath(new URL('../docs/threads.svg', import.meta.url));
const EVERY_MS = 25;

const { folder, remove } = applicationFolder(`export default (environ, startResponse) => {
  let rounds = 0;
  const until = performance.now() + 200;
  while (environ.PATH_INFO === '/work' && performance.now() < until) rounds++;
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(String(rounds))];
};
`);

/** Milliseconds until the whole answer is there. */
function ask(port, path, agent) {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
      response.resume().on('end', () => resolve(performance.now() - begin));
    });
    request.on('error', reject);
  });
}

/** Times of light requests, sorted, and the number of those that computed. */
async function measured(threads, clients) {
  const flags = threads === 0 ? [] : ['--threads', String(threads)];
  const { child, port } = await serving(folder, ['--keep-alive-timeout', '10m', ...flags]);
  const agent = new Agent({ keepAlive: true, maxSockets: 200, maxFreeSockets: 200 });
  try {
    // Connections are made ahead: Node accepts one in each turn of its loop, and it is not that which is measured.
    for (let count = 0; count < 10; count++) {
      await Promise.all(Array.from({ length: 90 }, () => ask(port, '/', agent)));
    }
    const control = { running: true };
    let computed = 0;
    const lane = async () => {
      while (control.running) {
        await ask(port, '/work', agent);
        computed++;
      }
    };
    const lanes = Array.from({ length: clients }, lane);
    await delay(1000);
    computed = 0;
    const begin = performance.now();
    const asked = [];
    for (let sent = 0; performance.now() - begin < seconds * 1000; sent++) {
      asked.push(ask(port, '/', agent));
      await delay(Math.max(0, begin + (sent + 1) * EVERY_MS - performance.now()));
    }
    const lasted = (performance.now() - begin) / 1000;
    const rate = computed / lasted;
    const times = (await Promise.all(asked)).toSorted((a, b) => a - b);
    control.running = false;
    await Promise.all(lanes);
    return { times, rate };
  } finally {
    agent.destroy();
    child.kill('SIGKILL');
  }
}

const at = (times, part) => times[Math.min(times.length - 1, Math.floor(times.length * part))];
const ms = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0));

const rows = [];
for (const [threads, clients] of [
  [0, 0],
  [2, 0],
  [0, 1],
  [2, 1],
  [0, 2],
  [2, 2],
]) {
  const { times, rate } = await measured(threads, clients);
  rows.push({ threads, clients, times, rate });
}
remove();

console.log(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.versions.node}; ${seconds} s each\n`);
console.log('| clients that compute | threads | light requests | p50 | p99 | longest | computed a second |');
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const { threads, clients, times, rate } of rows) {
  const figures = [at(times, 0.5), at(times, 0.99), times.at(-1)].map((value) => `${ms(value)} ms`);
  console.log(
    `| ${clients} | ${threads === 0 ? 'none' : threads} | ${times.length} | ${figures.join(' | ')} | ${rate.toFixed(1)} |`,
  );
}

/** The share of light requests that were answered within so many milliseconds, on a logarithmic axis. */
function svg() {
  const [width, height, left, bottom] = [720, 360, 60, 50];
  const [least, most] = [0.1, 2000];
  const x = (value) =>
    left +
    ((Math.log10(Math.min(most, Math.max(least, value))) - Math.log10(least)) /
      (Math.log10(most) - Math.log10(least))) *
      (width - left - 20);
  const y = (part) => height - bottom - part * (height - bottom - 20);
  const shown = rows.filter(({ clients }) => clients > 0);
  const styles = { '0 1': '#c2410c', '2 1': '#0369a1', '0 2': '#fb923c', '2 2': '#38bdf8' };
  const lines = shown.map(({ threads, clients, times }) => {
    const points = times.map((value, index) => `${x(value).toFixed(1)},${y((index + 1) / times.length).toFixed(1)}`);
    return `<polyline fill="none" stroke-width="2"${clients === 2 ? ' stroke-dasharray="6 3"' : ''} stroke="${styles[`${threads} ${clients}`]}" points="${points.filter((_, index) => index % 3 === 0 || index === points.length - 1).join(' ')}"/>`;
  });
  const ticks = [0.1, 1, 10, 100, 1000].map(
    (value) =>
      `<path d="M${x(value).toFixed(1)} 20V${height - bottom}" stroke="#8884"/><text x="${x(value).toFixed(1)}" y="${height - bottom + 18}" text-anchor="middle">${value} ms</text>`,
  );
  const parts = [0, 0.5, 0.99].map(
    (part) =>
      `<path d="M${left} ${y(part).toFixed(1)}H${width - 20}" stroke="#8884"/><text x="${left - 8}" y="${(y(part) + 4).toFixed(1)}" text-anchor="end">${part * 100} %</text>`,
  );
  const legend = shown.map(
    ({ threads, clients }, index) =>
      `<rect x="${left + 180}" y="${62 + index * 18}" width="12" height="4" fill="${styles[`${threads} ${clients}`]}"/><text x="${left + 198}" y="${68 + index * 18}">${threads === 0 ? 'no threads' : `${threads} threads`}, ${clients} client${clients === 1 ? ' that computes' : 's that compute'}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui,sans-serif" font-size="12" fill="#777" role="img" aria-label="Light requests answered within a time, beside requests that compute for 200 ms">
${[...ticks, ...parts, ...lines, ...legend].join('\n')}
<text x="${(width + left) / 2}" y="${height - 10}" text-anchor="middle">until a light request is answered</text>
</svg>
`;
}

writeFileSync(plot, svg());
console.log(`\n${plot}`);
