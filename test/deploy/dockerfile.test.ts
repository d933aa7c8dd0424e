import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const text = readFileSync(root('examples/deploy/docker/Dockerfile'), 'utf8');
const instructions = text
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(/ (.*)/s, 2) as [name: string, rest: string]);

/** Starts a process whose parent ends at once: it becomes a child of process 1. */
const APP = `const { spawn } = require('node:child_process');
module.exports = async (environ, startResponse) => {
  if (environ.PATH_INFO === '/orphan') spawn('/bin/sh', ['-c', 'sleep 0.3 & exit 0'], { stdio: 'ignore' });
  if (environ.PATH_INFO === '/slow') await new Promise((resolve) => setTimeout(resolve, 1500));
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('whole')];
};`;

const has = (program: string): boolean => spawnSync(program, ['--version']).status === 0;
/** A container's process 1 is one; where that may not be made, tini is told to take orphans all the same. */
const canUnshare = has('unshare') && spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0;

function rest(name: string): string[] {
  return instructions.filter(([found]) => found === name).map(([, value]) => value);
}

/** The folder that the instructions make. \`docker build\` needs a daemon; what they run is run here, in a folder. */
function built(): string {
  const context = mkdtempSync(join(tmpdir(), 'tsgi-context-'));
  const image = mkdtempSync(join(tmpdir(), 'tsgi-image-'));
  onTestFinished(() => {
    rmSync(context, { recursive: true, force: true });
    rmSync(image, { recursive: true, force: true });
  });
  writeFileSync(join(context, 'app.js'), APP);
  writeFileSync(join(context, 'package.json'), '{ "dependencies": { "tsgi": "*" } }');
  writeFileSync(join(context, 'package-lock.json'), '{}');
  let cwd = image;
  for (const [name, value] of instructions) {
    if (name === 'WORKDIR') mkdirSync((cwd = join(image, value)), { recursive: true });
    else if (name === 'COPY') {
      const words = value.split(' ');
      const target = join(cwd, words.pop() ?? '');
      for (const word of words) cpSync(join(context, word), join(target, word), { recursive: true });
    } else if (name === 'RUN' && value === 'npm ci --omit=dev') {
      // The packages of this repository stand in for those of the registry.
      mkdirSync(join(cwd, 'node_modules'));
      symlinkSync(root('packages/cli'), join(cwd, 'node_modules/tsgi'));
    } else if (name === 'RUN' && value.includes('apt-get')) {
      // What it installs is on this machine, or the test is not run.
      expect(value).toMatch(/apt-get install .* tini /);
    } else if (name === 'RUN') {
      const { status, stderr } = spawnSync('/bin/sh', ['-c', value], { cwd, encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: 'tsgi: app.js can be served so\n' });
    } else expect(['FROM', 'USER', 'EXPOSE', 'ENTRYPOINT', 'CMD', 'STOPSIGNAL']).toContain(name);
  }
  return cwd;
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);
}

function stateOf(pid: number): string {
  return /^State:\s+(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
}

describe.runIf(has('tini'))('examples/deploy/docker/Dockerfile', () => {
  it('makes a folder whose process 1 reaps orphans, and answers what runs before it ends', async () => {
    const cwd = built();
    const [entry = '[]'] = rest('ENTRYPOINT');
    const [command = '[]'] = rest('CMD');
    const words: string[] = [...(JSON.parse(entry) as string[]), ...(JSON.parse(command) as string[])];
    expect(words[0]).toBe('tini');
    const line = words.map((word) => word.replace('0.0.0.0:8000', '127.0.0.1:0'));
    const [program = '', ...args] = canUnshare
      ? ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', ...line]
      : [line[0] ?? '', '-s', ...line.slice(1)];
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    let stderr = '';
    child.stderr.on('data', (bytes) => (stderr += String(bytes)));
    await expect.poll(() => stderr, { timeout: 30_000 }).toMatch(/serving app\.js with 2 workers on http:/);
    const address = /on (http:\S+) /.exec(stderr)?.[1] ?? '';
    const tini = canUnshare ? (childrenOf(child.pid ?? 0)[0] ?? 0) : (child.pid ?? 0);
    const [server = 0] = childrenOf(tini);

    for (let count = 0; count < 3; count++) expect(await (await fetch(`${address}/orphan`)).text()).toBe('whole');
    await expect.poll(() => childrenOf(tini).length, { timeout: 20_000 }).toBeGreaterThan(1);
    await expect.poll(() => childrenOf(tini), { timeout: 20_000 }).toEqual([server]);
    expect(stateOf(server)).not.toBe('Z');

    const running = Array.from({ length: 6 }, () => fetch(`${address}/slow`).then((answer) => answer.text()));
    await new Promise((resolve) => setTimeout(resolve, 500));
    const ended = once(child, 'exit');
    // As docker stop: to process 1.
    process.kill(tini, rest('STOPSIGNAL')[0] ?? 'SIGTERM');
    expect(await Promise.all(running)).toEqual(Array.from({ length: 6 }, () => 'whole'));
    expect(await ended).toEqual([0, null]);
    expect(readdirSync('/proc').includes(String(server))).toBe(false);
  }, 90_000);

  it('gives running requests less time than docker stop gives it', () => {
    expect(Number(/"--grace", "(\d+)s"/.exec(text)?.[1])).toBeLessThan(10);
    expect(execFileSync('tini', ['--version'], { encoding: 'utf8' })).toMatch(/^tini version/);
  });

  it('is the one that the page shows', () => {
    expect(readFileSync(root('docs/deployment.md'), 'utf8')).toContain(`\`\`\`dockerfile\n${text}\`\`\`\n`);
  });
});
