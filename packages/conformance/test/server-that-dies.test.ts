import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { casesFor, parseTarget, reportText, runTarget, type WireClient } from '../src/index.ts';
import { openPeer } from '../src/wires/open-peer.ts';

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

it('so is one that a client of somebody else speaks to', async () => {
  const address = await start('dies');
  const client: WireClient = {
    name: 'carrier',
    title: 'Carrier',
    kinds: ['any-http', 'connection-header', 'socket', 'unknown-length'],
    open: (_target, request, patience) => openPeer(parseTarget(address), request, patience),
  };
  const target = parseTarget(address.replace('http:', 'carrier:'), [client]);
  const run = await runTarget(address, target, { cases, concurrency: 1 });
  expect(run.stopped).toMatchObject({ during: FATAL, after: cases[4]?.name, unasked: cases.length - 6 });
});

it('so is a CGI program that can no longer be run; one that only ends with a case is run for the next one', async () => {
  const store = mkdtempSync(join(tmpdir(), 'tsgi-dies-'));
  onTestFinished(() => rmSync(store, { recursive: true, force: true }));
  const kit = fileURLToPath(new URL('programs/cgi.js', import.meta.url));
  const table = casesFor('cgi').filter(({ talk }) => talk === undefined);
  const [before, ends, removes] = table.slice(0, 3).map(({ name }) => name);
  const command = join(store, 'program');
  writeFileSync(
    command,
    `#!/bin/sh
    case $HTTP_X_TSGI_CASE in
      ${ends}) exit 1 ;;
      ${removes}) rm "$0"; exit 1 ;;
    esac
    exec '${process.execPath}' '${kit}'`,
    { mode: 0o755 },
  );
  const target = { wire: 'cgi', command: [command], store } as const;
  const run = await runTarget('program', target, { cases: table.slice(0, 30), concurrency: 1 });
  expect(run.results.map(({ name, outcome }) => [name, outcome])).toEqual([
    [before, 'passed'],
    [ends, 'failed'],
    [removes, 'failed'],
  ]);
  expect(run.stopped).toMatchObject({ during: removes, after: ends, unasked: 27 });
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
