import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageManager } from '../src/init/install-packages.ts';
import { folder, tsgi } from './command.ts';

/** A package manager that says what it was asked, and ends with this code. */
function withManager(name: string, exitCode: number): { cwd: string; env: Record<string, string> } {
  const cwd = folder();
  const file = join(cwd, name);
  writeFileSync(file, `#!/bin/sh\necho "$PWD: $*" >'${cwd}/asked'\necho of its own\nexit ${exitCode}\n`);
  chmodSync(file, 0o755);
  return { cwd, env: { PATH: `${cwd}:${process.env['PATH']}`, npm_config_user_agent: `${name}/9.1.0 node/v20.20.0` } };
}

describe('tsgi init --install', () => {
  it.each(['npm', 'pnpm'])('has %s install what the application needs, where that has started it', async (name) => {
    const { cwd, env } = withManager(name, 0);
    const { exitCode, stdout, stderr } = await tsgi(['init', 'my-app', '--install'], { cwd, env });
    expect([exitCode, stderr]).toEqual([0, 'of its own\n']);
    expect(readFileSync(join(cwd, 'asked'), 'utf8')).toBe(`${join(cwd, 'my-app')}: install\n`);
    expect(stdout).toMatch(/^wrote package\.json/);
    expect(stdout).toMatch(/^cd my-app && npm start /m);
  });

  it('says what to do when that fails: the application is written', async () => {
    const { cwd, env } = withManager('npm', 7);
    const { exitCode, stdout, stderr } = await tsgi(['init', 'my-app', '--install'], { cwd, env });
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      'of its own\ntsgi: npm install ended with 7; the application is written, and can be installed by: cd my-app && npm install\n',
    );
    expect(existsSync(join(cwd, 'my-app/src/app.ts'))).toBe(true);
  });

  it('is not for a start file', async () => {
    const { exitCode, stderr } = await tsgi(['init', '--passenger', '--install'], { cwd: folder() });
    expect([exitCode, stderr]).toEqual([2, 'tsgi: --install is not for --passenger\n']);
  });

  it.each([
    [undefined, 'npm'],
    ['npm/10.9.2 node/v22.11.0 linux x64 workspaces/false', 'npm'],
    ['pnpm/12.21.0 npm/? node/v20.20.2 linux x64', 'pnpm'],
    ['bun/1.4.5 npm/? node/v24.3.0', 'bun'],
    ['evil;sh/1 node/v20', 'npm'],
  ])('%s is %s', (userAgent, name) => {
    expect(packageManager(userAgent)).toBe(name);
  });
});
