import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { serving, type Wire } from './asking.ts';

// strace may be missing, or not be allowed to look at a process.
const canTrace = spawnSync('strace', ['-e', 'trace=none', '/bin/true'], { stdio: 'ignore' }).status === 0;
if (!canTrace)
  console.warn('system calls are not counted: strace is missing, or may not trace (apt-get install strace)');

const REQUESTS = 50;
/** What memory and threads need is left out, for it comes when V8 likes; and the waiting, which may be in vain. */
const COUNTED = 'trace=%network,%desc,%file';
const LEFT_OUT = ['mmap', 'epoll_wait', 'epoll_pwait', 'epoll_pwait2'];

/** @returns how often each system call stands in a log of strace, by name. */
function callsIn(log: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [, name = ''] of log.matchAll(/^(?:\[pid\s+\d+\] |\d+ +)?(\w+)\(/gm)) {
    if (!LEFT_OUT.includes(name)) found[name] = (found[name] ?? 0) + 1;
  }
  return found;
}

async function callsOf(wire: Wire, method: string): Promise<Record<string, number>> {
  const { child, ask, stop } = await serving(wire, method);
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-calls-'));
  const log = join(folder, 'log');
  try {
    await ask(200);
    const tracing = spawn('strace', ['-f', '-q', '-e', COUNTED, '-o', log, '-p', String(child.pid)], {
      stdio: 'ignore',
    });
    // Attached as soon as a request leaves a trace.
    const lines = (): number => readFileSync(log, 'latin1').split('\n').length;
    await expect.poll(() => ask(1).then(lines, () => 0), { timeout: 15_000 }).toBeGreaterThan(2);
    await ask(5);
    const before = readFileSync(log, 'latin1').length;
    await ask(REQUESTS);
    tracing.kill('SIGINT');
    await once(tracing, 'close');
    const found = callsIn(readFileSync(log, 'latin1').slice(before));
    return Object.fromEntries(Object.entries(found).map(([name, count]) => [name, count / REQUESTS]));
  } finally {
    stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.runIf(canTrace)('system calls', () => {
  it.each([
    // A read and a write.
    { wire: 'http', method: 'GET', most: 2 },
    { wire: 'http', method: 'POST', most: 2 },
    { wire: 'fcgi', method: 'GET', most: 2 },
    { wire: 'fcgi', method: 'POST', most: 2 },
    // The connection is taken, watched for two things and closed besides.
    { wire: 'scgi', method: 'GET', most: 6 },
  ] as const)('a small $method over $wire makes $most at most', async ({ wire, method, most }) => {
    const found = await callsOf(wire, method);
    const sum = Object.values(found).reduce((all, count) => all + count, 0);
    // A collection may close something meanwhile, or a timer write: there is room for ten calls in fifty requests.
    expect(sum > most + 0.2 ? found : {}).toEqual({});
    expect(sum).toBeGreaterThanOrEqual(most - 0.2);
  });

  it('a file of tsgi build-cgi opens what an empty script opens, its environment, and /dev/null behind its answer', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tsgi-calls-'));
    try {
      const [app, empty, file] = ['app.mjs', 'empty.cgi', 'out.cgi'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      writeFileSync(
        app,
        `export default (environ, startResponse) => (startResponse('200 OK', []), [Buffer.from('Hello')]);`,
      );
      writeFileSync(empty, 'process.exitCode = 0;');
      const command = fileURLToPath(new URL('../../packages/cli/bin/tsgi.js', import.meta.url));
      const built = spawnSync(process.execPath, [command, 'build-cgi', app, '-o', file], { encoding: 'utf8' });
      expect(built.status, built.stderr).toBe(0);
      const opened = (script: string): number => {
        const log = join(folder, 'log');
        const env = {
          GATEWAY_INTERFACE: 'CGI/1.1',
          REQUEST_METHOD: 'GET',
          SERVER_NAME: 'a',
          SERVER_PORT: '80',
          SERVER_PROTOCOL: 'HTTP/1.1',
        };
        const run = spawnSync('strace', ['-f', '-q', '-e', 'trace=open,openat', '-o', log, process.execPath, script], {
          env,
        });
        expect(run.status).toBe(0);
        return callsIn(readFileSync(log, 'latin1'))['openat'] ?? 0;
      };
      const nothing = opened(empty);
      expect(nothing).toBeGreaterThan(5);
      expect(opened(file)).toBeLessThanOrEqual(nothing + 2);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
