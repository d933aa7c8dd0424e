import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callApp } from '@tsgi/core/testing';
import { gateway as fcgi } from '@tsgi/fcgi-backend';
import { gateway as scgi } from '@tsgi/scgi-backend';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exchange, folder, tsgi } from './command.ts';

const script = fileURLToPath(new URL('../bin/tsgi.js', import.meta.url));

// Each of these has a way to the log of its own: the application's, the run loop's, the console's, the validator's.
const NOISY = `export default (environ, startResponse) => {
  environ['tsgi.errors'].write('of the application\\n');
  console.error('of the console');
  console.log('on standard output');
  process.stdout.write('on standard output, too\\n');
  if (environ.PATH_INFO === '/throw') throw new Error('of the run loop');
  startResponse('200 OK', environ.PATH_INFO === '/untyped' ? [] : [['Content-Type', 'text/plain']]);
  return [Buffer.from('still here')];
};
`;

const CGI = `#!/bin/sh
echo of the program >&2
printf 'Content-Type: text/plain\\r\\n\\r\\nstill here'
`;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(condition, { timeout: 15_000 }).toBe(true);
}

const isUp = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path, () => resolve(true));
    socket.once('error', () => resolve(false)).once('connect', () => socket.end());
  });

/** Starts it with a log that can no longer be written; gives its socket. */
async function startWithoutLog(log: 'full' | 'dead', wire: string, args: string[]): Promise<[ChildProcess, string]> {
  const cwd = folder({ 'app.mjs': NOISY, 'program.cgi': CGI });
  chmodSync(join(cwd, 'program.cgi'), 0o755);
  const full = log === 'full' ? openSync('/dev/full', 'w') : undefined;
  const child = spawn(process.execPath, [script, ...args, '--bind', `${wire}+unix:s`], {
    cwd,
    stdio: ['ignore', full ?? 'pipe', full ?? 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (full !== undefined) closeSync(full);
  else {
    // It has written its banner, and then nobody reads any more.
    await once(child.stderr ?? child, 'data');
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
  const path = join(cwd, 's');
  await until(() => existsSync(path) && isUp(path));
  return [child, path];
}

async function ask(wire: string, path: string, target: string): Promise<string> {
  if (wire === 'http') {
    return exchange({ path }, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  }
  const address = `unix:${path}`;
  const { status, text } = await callApp(wire === 'fcgi' ? fcgi({ address }) : scgi({ address }), { target });
  return `${status} ${text}`;
}

const commands: [what: string, wire: string, args: string[]][] = [
  ...['http', 'fcgi', 'scgi'].map((wire): [string, string, string[]] => [
    `tsgi serve over ${wire}`,
    wire,
    ['serve', 'app.mjs', '--validate', '--script-name', '/'],
  ]),
  ['tsgi gateway', 'http', ['gateway', '--to', 'cgi:program.cgi']],
];

describe.each(['dead', 'full'] as const)('a log whose reader is %s', (log) => {
  it.each(commands)('reaches neither request nor process: %s', async (_what, wire, args) => {
    const [child, path] = await startWithoutLog(log, wire, args);
    const ended = once(child, 'exit');
    for (let round = 0; round < 3; round++) {
      expect(await ask(wire, path, '/')).toContain('still here');
      expect(await ask(wire, path, '/untyped')).toContain('still here');
      expect(await ask(wire, path, '/throw')).toMatch(args[0] === 'gateway' ? /still here/ : /\b500 /);
    }
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  it('does not change how a command that cannot start ends', async () => {
    const full = openSync(log === 'full' ? '/dev/full' : '/dev/null', 'w');
    const child = spawn(process.execPath, [script, 'serve', 'none.mjs'], { stdio: ['ignore', 'ignore', full] });
    closeSync(full);
    expect((await once(child, 'exit'))[0]).toBe(3);
  });
});

describe('standard output that cannot be written', () => {
  const run = async (args: string[], stdout: 'closed' | number): Promise<{ exitCode: number; stderr: string }> => {
    const cwd = folder({ 'app.mjs': NOISY });
    const child = spawn(process.execPath, [script, ...args], {
      cwd,
      stdio: ['ignore', stdout === 'closed' ? 'pipe' : stdout, 'pipe'],
    });
    if (stdout === 'closed') child.stdout?.destroy();
    let stderr = '';
    child.stderr?.on('data', (bytes) => (stderr += String(bytes)));
    const [exitCode] = await once(child, 'close');
    return { exitCode, stderr };
  };

  it.each([
    ['--help'],
    ['serve', '--help'],
    ['--version'],
    ['serve', 'app.mjs', '--print-config'],
    ['conformance', '--app'],
  ])('nobody reads it: %s ends quietly', async (...args) => {
    expect(await run(args, 'closed')).toEqual({ exitCode: 0, stderr: '' });
  });

  it('tsgi check … | head is no failure', async () => {
    const { exitCode, stderr } = await run(['check', 'app.mjs', '--format', 'json'], 'closed');
    expect(stderr).not.toMatch(/EPIPE|^\s+at /m);
    expect(exitCode).toBe((await tsgi(['check', 'app.mjs'], { cwd: folder({ 'app.mjs': NOISY }) })).exitCode);
  });

  it('a full disk is one', async () => {
    const full = openSync('/dev/full', 'w');
    const ended = await run(['--help'], full);
    closeSync(full);
    expect(ended).toEqual({
      exitCode: 1,
      stderr: 'tsgi: cannot write to standard output: ENOSPC: no space left on device, write\n',
    });
  });
});
