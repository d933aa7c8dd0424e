import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { serve as serveFcgi } from '@tsgi/fcgi-backend';
import { serve as serveHttp } from '@tsgi/http-backend';
import type { App } from '@tsgi/core';
import { interval, median, verdict } from '../../bench/compare/statistics.js';

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

const run = promisify(execFile);
const LOAD = new URL('../../bench/compare/load.js', import.meta.url).pathname;

async function load(options: object): Promise<{ answered: number; failed: number }> {
  const { stdout } = await run(process.execPath, [LOAD, JSON.stringify({ connections: 4, seconds: 0.2, ...options })]);
  return JSON.parse(stdout) as { answered: number; failed: number };
}

test.each([true, false])('the load counts answers over HTTP and FastCGI; kept connections: %s', async (keeps) => {
  const request = { method: 'POST', path: '/', bodySize: 70_000 };
  const http = await serveHttp(app, { port: 0 });
  onTestFinished(() => http.close({ grace: 0 }));
  const fcgi = await serveFcgi(app, { port: 0 });
  onTestFinished(() => fcgi.close({ grace: 0 }));
  for (const [wire, { port }] of Object.entries({ http, fcgi })) {
    const { answered, failed } = await load({ wire, address: port, keeps, request });
    expect(answered).toBeGreaterThan(0);
    expect(failed).toBe(0);
  }
  await expect(
    load({ wire: 'http', address: http.port, keeps, request: { method: 'GET', path: '/fails' } }),
  ).rejects.toThrow(/answered with .*500/);
});
