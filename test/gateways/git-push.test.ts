import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { folder } from './behind.ts';

const BACKEND = '/usr/lib/git-core/git-http-backend';
const tsgi = new URL('../../packages/cli/bin/tsgi.js', import.meta.url).pathname;
const execute = promisify(execFile);

/** The command, with its port once it serves. */
async function serving(child: ChildProcess): Promise<string> {
  onTestFinished(() => void child.kill('SIGKILL'));
  let log = '';
  for await (const chunk of child.stderr ?? []) {
    log += String(chunk);
    const port = /on http:\/\/127\.0\.0\.1:(\d+)/.exec(log)?.[1];
    if (port !== undefined) return port;
  }
  throw new Error(log);
}

// git sends what it has in chunks, and says no length: nginx with fcgiwrap takes it.
it.runIf(existsSync(BACKEND))('git pushes and clones 20 MiB through git http-backend', async () => {
  const root = folder();
  const bare = join(root, 'project.git');
  const config = { GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', HOME: root };
  const env = { PATH: process.env.PATH ?? '', ...config };
  const git = (cwd: string, ...args: string[]): Promise<unknown> => execute('git', args, { cwd, env });
  await git(root, 'init', '-q', '--bare', '-b', 'main', bare);
  await git(bare, 'config', 'http.receivepack', 'true');
  const flags = [`GIT_PROJECT_ROOT=${root}`, 'GIT_HTTP_EXPORT_ALL=1', `HOME=${root}`].flatMap((value) => [
    '--env',
    value,
  ]);
  const args = [tsgi, 'gateway', '--to', `cgi:${BACKEND}`, '--bind', 'http://127.0.0.1:0', ...flags];
  const port = await serving(spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] }));
  const work = join(root, 'work');
  await git(root, 'init', '-q', '-b', 'main', work);
  const content = randomBytes(20 * 1_048_576);
  writeFileSync(join(work, 'big'), content);
  await git(work, 'add', 'big');
  await git(work, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'big');
  const url = `http://127.0.0.1:${port}/project.git`;
  await git(work, 'push', '-q', url, 'main');
  await git(root, 'clone', '-q', url, 'copy');
  const { stdout } = await execute('sha256sum', [join(root, 'copy/big'), join(work, 'big')], { env });
  const [copied, original] = stdout.split('\n').map((line) => line.split(' ')[0]);
  expect(copied).toBe(original);
});
