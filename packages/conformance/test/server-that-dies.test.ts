import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { casesFor, parseTarget, reportText, runTarget } from '../src/index.ts';

const FATAL = 'head-has-no-body';

async function start(how: 'dies' | 'hangs'): Promise<string> {
  const program = fileURLToPath(new URL('programs/dies.js', import.meta.url));
  const child = spawn(process.execPath, [program, FATAL, how], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [address] = await once(child.stdout, 'data');
  return String(address).trim();
}

const all = casesFor('http');
const index = all.findIndex(({ name }) => name === FATAL);
// Some before it, and many after it.
const cases = all.slice(index - 5, index + 60);

it.each([1, 6])(
  'a server that dies is told once, with the case that it died of (%i at a time)',
  async (concurrency) => {
    const address = await start('dies');
    const run = await runTarget(address, parseTarget(address), { cases, concurrency });
    expect(run.stopped?.unasked).toBeGreaterThan(40);
    expect([run.stopped?.during, ...(run.stopped?.beside ?? [])]).toContain(FATAL);
    if (concurrency === 1) expect(run.stopped).toMatchObject({ during: FATAL, after: cases[4]?.name, beside: [] });
    expect(run.results.length + (run.stopped?.unasked ?? 0)).toBe(cases.length);
    const report = reportText(run);
    expect(report.match(/ECONNREFUSED/g)).toHaveLength(1);
    expect(report).toContain('The server stopped answering with the case');
  },
);

it('so is one that stands still', { timeout: 60_000 }, async () => {
  const address = await start('hangs');
  const run = await runTarget(address, parseTarget(address), { cases, concurrency: 1, patience: 500 });
  expect(run.stopped).toMatchObject({ during: FATAL, unasked: cases.length - 6 });
});

it('a case that fails stops nothing', async () => {
  const address = await start('dies');
  const wrong = cases.slice(0, 3).map((found) => Object.assign({}, found, { expect: { status: 799 } }));
  const run = await runTarget(address, parseTarget(address), { cases: wrong, concurrency: 1 });
  expect(run.stopped).toBe(undefined);
  expect(run.results.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed']);
});

it('each result names its group', async () => {
  const address = await start('dies');
  const { results } = await runTarget(address, parseTarget(address), { cases: cases.slice(0, 2) });
  expect(results.map(({ group }) => group)).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
});
