import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { serve as serveFcgi } from '@tsgi/fcgi-backend';
import { serve as serveHttp } from '@tsgi/http-backend';
import type { App } from '@tsgi/core';
import { load } from '../../bench/compare/load-process.js';
import { report } from '../../bench/compare/report.js';
import { keep, readResults } from '../../bench/compare/results.js';
import { SERVERS } from '../../bench/compare/servers.js';
import { PROGRAMS } from '../../bench/compare/starts.js';
import { interval, median, verdict } from '../../bench/compare/statistics.js';
import { selected } from '../../bench/compare/works.js';

const LOAD_FIGURES = { perSecond: 1, p50: 1, p99: 1, memory: 1, failed: 0 };

// `npm run bench` must not call a difference what is none. Nothing here looks at how fast anything is.

const RATIOS = fc.array(fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { minLength: 2, maxLength: 6 }), {
  minLength: 1,
  maxLength: 4,
});

test('the median', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

test('an interval holds what was found, and has its ends in order', () => {
  fc.assert(
    fc.property(RATIOS, (ratios) => {
      const { ratio, low, high } = interval(ratios);
      const all = ratios.flat();
      expect(low).toBeLessThanOrEqual(high);
      expect(low).toBeGreaterThanOrEqual(Math.min(...all));
      expect(high).toBeLessThanOrEqual(Math.max(...all));
      expect(ratio).toBe(median(all));
    }),
    { numRuns: 20 },
  );
});

test('what no null comparison reaches is a difference, what it reaches is noise', () => {
  const none = { ratio: 1, low: 0.97, high: 1.02 };
  expect(verdict({ ratio: 0.65, low: 0.64, high: 0.66 }, none)).toBe('less');
  expect(verdict({ ratio: 1.2, low: 1.1, high: 1.3 }, none)).toBe('more');
  // Its interval has 1 in it.
  expect(verdict({ ratio: 1.1, low: 0.99, high: 1.3 }, none)).toBe('within the noise');
  // The first server was as far from itself.
  expect(verdict({ ratio: 1.025, low: 1.01, high: 1.03 }, none)).toBe('within the noise');
  expect(verdict({ ratio: 0.98, low: 0.97, high: 0.99 }, none)).toBe('within the noise');
});

test('a process that is slower for all of its life widens the interval: rounds of one process are not so many measurements', () => {
  const rounds = (ratio: number): number[] => [ratio - 0.001, ratio, ratio + 0.001];
  const { low, high } = interval([rounds(1), rounds(1.1), rounds(0.99)]);
  expect(low).toBeLessThan(1);
  expect(high).toBeGreaterThan(1.05);
});

const app: App = async (environ, startResponse) => {
  if (environ.PATH_INFO === '/fails') {
    startResponse('500 Internal Server Error', []);
    return [];
  }
  const body = await environ['tsgi.input'].read();
  startResponse('200 OK', [['Content-Length', String(body.byteLength + 2)]]);
  return [Buffer.from('ok'), body];
};

async function loaded(options: object): Promise<{ answered: number; failed: number; used: number }> {
  let reads = 0;
  return load({ connections: 4, seconds: 0.2, ...options }, '0-63', () => reads++);
}

test.each([true, false])('the load counts answers over HTTP and FastCGI; kept connections: %s', async (keeps) => {
  const request = { method: 'POST', path: '/', bodySize: 70_000 };
  const http = await serveHttp(app, { port: 0 });
  onTestFinished(() => http.close({ grace: 0 }));
  const fcgi = await serveFcgi(app, { port: 0 });
  onTestFinished(() => fcgi.close({ grace: 0 }));
  for (const [wire, { port }] of Object.entries({ http, fcgi })) {
    const { answered, failed, used } = await loaded({ wire, address: port, keeps, request });
    expect(answered).toBeGreaterThan(0);
    expect(failed).toBe(0);
    // What the server uses is read once when all connections are there, and once after the last answer.
    expect(used).toBe(1);
  }
  await expect(
    loaded({ wire: 'http', address: http.port, keeps, request: { method: 'GET', path: '/fails' } }),
  ).rejects.toThrow(/answered with .*500/);
});

test('the load counts each of several requests that a FastCGI connection has under way', async () => {
  const fcgi = await serveFcgi(app, { port: 0 });
  onTestFinished(() => fcgi.close({ grace: 0 }));
  const request = { method: 'POST', path: '/', bodySize: 3000 };
  const { answered, failed } = await loaded({ wire: 'fcgi', address: fcgi.port, keeps: true, multiplex: 5, request });
  expect(answered).toBeGreaterThanOrEqual(4 * 5);
  expect(failed).toBe(0);
});

test.each([true, false])('the load streams a large body; in chunks: %s', async (isChunked) => {
  const sizes = new Set<number>();
  const counts: App = async (environ, startResponse) => {
    let size = 0;
    for await (const chunk of environ['tsgi.input']) size += chunk.byteLength;
    sizes.add(size);
    startResponse('200 OK', [['Content-Length', '2']]);
    return [Buffer.from('ok')];
  };
  const http = await serveHttp(counts, { port: 0 });
  onTestFinished(() => http.close({ grace: 0 }));
  const request = { method: 'POST', path: '/', bodySize: 8_388_608, isChunked };
  const { answered, failed } = await loaded({ wire: 'http', address: http.port, keeps: true, request });
  expect(answered).toBeGreaterThan(0);
  expect(failed).toBe(0);
  expect([...sizes]).toEqual([8_388_608]);
});

test('figures that are measured again take the place of the older ones, and a report has what they give', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-bench-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const measured = (name: string, value: number): object => ({
    name,
    title: `work ${name}`,
    unit: 'µs a request',
    kind: 'load',
    machine: 'here',
    node: 'v20',
    date: 'today',
    turns: { processes: 1, rounds: 1, seconds: 1 },
    result: {
      missing: [{ server: 'Bun.serve', needs: [{ name: 'bun', get: 'npm run setup:runtimes' }] }],
      none: { ratio: 1, low: 0.9, high: 1.1 },
      servers: [
        { name: 'first', value, ratio: 1, verdict: 'the first', ...LOAD_FIGURES },
        { name: 'close', value, ratio: 1.05, low: 1.01, high: 1.09, verdict: 'within the noise', ...LOAD_FIGURES },
        { name: 'far', value, ratio: 2, low: 1.9, high: 2.1, verdict: 'more', ...LOAD_FIGURES },
      ],
    },
  });
  keep(folder, 'http', measured('http-post-1k', 1));
  keep(folder, 'http', measured('http-hello', 2));
  keep(folder, 'http', measured('http-post-1k', 3.456));
  const results = readResults(folder);
  expect(results.get('http')?.map(({ name }) => name)).toEqual(['http-hello', 'http-post-1k']);
  const text = report(results);
  expect(text).toContain('| 3.46 | 1 |');
  expect(text).toContain('1.05 (1.01 to 1.09), within the noise');
  expect(text).toContain('**2.00 (1.90 to 2.10)**');
  expect(text).toContain('Not on this machine: Bun.serve (bun: `npm run setup:runtimes`)');
});

test('every work is of a kind that is known, and its servers too', () => {
  const works = selected(true).map(({ work }) => work);
  expect(new Set(works.map(({ name }) => name)).size).toBe(works.length);
  for (const { servers, kind } of works) {
    const known = kind === 'starts' ? PROGRAMS : SERVERS;
    for (const name of servers) expect(Object.keys(known)).toContain(name);
  }
});
