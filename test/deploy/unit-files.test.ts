import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const UNITS = ['app.service', 'app.socket'];
const unit = (name: string): string => readFileSync(root(`examples/deploy/systemd/${name}`), 'utf8');

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tsgi-units-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The value of a key that stands once. */
function valueOf(text: string, key: string): string {
  const found = [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);
  expect(found).toHaveLength(1);
  return found[0] ?? '';
}

describe('the units of examples/deploy/systemd', () => {
  it.runIf(spawnSync('systemd-analyze', ['--version']).status === 0)('are what systemd takes', () => {
    const there = folder();
    for (const name of UNITS)
      writeFileSync(join(there, name), unit(name).replaceAll('/usr/bin/node', process.execPath));
    const paths = UNITS.map((name) => join(there, name));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('start, reload and end the command as they say, on the socket that they name', async () => {
    const service = unit('app.service');
    const there = folder();
    mkdirSync(join(there, 'node_modules'));
    symlinkSync(root('packages/cli'), join(there, 'node_modules/tsgi'));
    writeFileSync(
      join(there, 'app.js'),
      "module.exports = (environ, startResponse) => { startResponse('200 OK', []); return []; };",
    );
    // Stands in for systemd-notify: writes down what it is to say.
    writeFileSync(join(there, 'systemd-notify'), `#!/bin/sh\necho "$*" >> ${there}/told\n`);
    chmodSync(join(there, 'systemd-notify'), 0o755);
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(join(there, 'app.sock'), resolve));
    onTestFinished(() => void listener.close());
    const fd = Number(Reflect.get(Object(Reflect.get(listener, '_handle')), 'fd'));

    const name = valueOf(unit('app.socket'), 'FileDescriptorName');
    const line = valueOf(service, 'ExecStart').replace('/usr/bin/node', process.execPath);
    const variables = `LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=${name} NOTIFY_SOCKET=/run/none WATCHDOG_USEC=${Number(valueOf(service, 'WatchdogSec')) * 1_000_000}`;
    const child = spawn('/bin/sh', ['-c', `${variables} exec ${line}`], {
      cwd: there,
      env: { ...process.env, PATH: `${there}:${process.env['PATH']}` },
      stdio: ['ignore', 'ignore', 'pipe', fd],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let stderr = '';
    child.stderr?.on('data', (bytes) => (stderr += String(bytes)));
    const told = (): string => (existsSync(join(there, 'told')) ? readFileSync(join(there, 'told'), 'utf8') : '');
    const timeout = 30_000;
    await expect.poll(() => stderr, { timeout }).toMatch(/^tsgi: serving app\.js with \d+ workers? on fcgi\+fd:3 /m);
    await expect.poll(told, { timeout }).toMatch(/^READY=1\n/);
    const reload = valueOf(service, 'ExecReload').replace('$MAINPID', String(child.pid));
    execFileSync('/bin/sh', ['-c', reload]);
    await expect.poll(() => stderr, { timeout }).toMatch(/^tsgi: reloaded$/m);
    await expect.poll(told, { timeout }).toMatch(/^RELOADING=1 .*\nREADY=1\n/m);
    // KillMode=mixed: the main process alone is told.
    expect(valueOf(service, 'KillMode')).toBe('mixed');
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
    await expect.poll(told, { timeout }).toMatch(/^STOPPING=1$/m);
    const grace = /--grace (\d+)s/.exec(line)?.[1];
    expect(Number(valueOf(service, 'TimeoutStopSec'))).toBeGreaterThan(Number(grace));
  }, 60_000);

  it('are those that the page shows', () => {
    const page = readFileSync(root('docs/deployment.md'), 'utf8');
    for (const name of UNITS) expect(page).toContain(`\`\`\`ini\n${unit(name)}\`\`\`\n`);
  });
});
