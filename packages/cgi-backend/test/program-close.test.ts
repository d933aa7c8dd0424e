import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ended, variablesFor } from './program.ts';

const program = new URL('fixtures/closes.mjs', import.meta.url).pathname;

it.each(['Infinity', '1e12'])('close({ grace: %s }) waits for the answer', async (QUERY_STRING) => {
  const child = spawn(process.execPath, [program], { env: variablesFor('x', { QUERY_STRING }) });
  const { stdout, code } = await ended(child);
  expect(stdout).toMatch(/^Status: 200 OK[^]*not aborted$/);
  expect(code).toBe(0);
});

it.each(['NaN', '-1'])('close({ grace: %s }) is refused, and the answer is not touched', async (QUERY_STRING) => {
  const child = spawn(process.execPath, [program], { env: variablesFor('x', { QUERY_STRING }) });
  const { stdout, stderr, code } = await ended(child);
  expect(stderr).toBe(`RangeError: grace: expected a number of 0 or more, in milliseconds, found ${QUERY_STRING}\n`);
  expect(stdout).toMatch(/^Status: 200 OK[^]*not aborted$/);
  expect(code).toBe(0);
});

it('a log that nobody reads, or that is full, ends no request', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-cgi-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = variablesFor('x', { QUERY_STRING: 'log' });
  for (const redirection of ['2>/dev/full', '2>&-', '2> >(exit)']) {
    const child = spawn('bash', ['-c', `exec "$0" "$1" ${redirection}`, process.execPath, program], { env });
    const { stdout, code } = await ended(child);
    expect([redirection, stdout.split('\r\n\r\n')[1], code]).toEqual([redirection, 'not aborted', 0]);
  }
});
