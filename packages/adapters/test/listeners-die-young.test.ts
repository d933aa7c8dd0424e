import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const program = fileURLToPath(new URL('apps/connections-that-live-on.mjs', import.meta.url));
const flags = [
  '--expose-gc',
  '--trace-pretenuring-statistics',
  '--min-semi-space-size=2',
  '--max-semi-space-size=2',
] as const;

/** Of how many places that made something for each of 500 connections V8 puts everything into old memory from then on. */
async function tenured(...words: string[]): Promise<number> {
  const { stdout } = await run(process.execPath, [...flags, program, ...words]);
  expect(stdout).toContain('500 connections');
  const found = [...stdout.matchAll(/\(\d+, (\d+), [\d.]+\) undecided => tenure/g)];
  return found.filter(([, survivors]) => Number(survivors) > 400).length;
}

describe('listeners of a request', () => {
  it('die young, although those of connections live on', async () => {
    expect(await tenured()).toBe(0);
  });

  it('would live on where nobody had taught V8', async () => {
    expect(await tenured('untaught')).toBeGreaterThan(0);
  });
});
