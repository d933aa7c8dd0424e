import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { packageName } from '../src/init/starter.ts';
import { folder, tsgi } from './command.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What `npm install` would bring, from here. */
function install(app: string): void {
  const packages = {
    tsgi: 'packages/cli',
    '@tsgi/core': 'packages/core',
    typescript: 'node_modules/typescript',
    '@types/node': 'node_modules/@types/node',
  };
  const { dependencies, devDependencies = {} } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8'));
  const wanted = Object.keys({ ...dependencies, ...devDependencies });
  for (const scope of ['@tsgi', '@types', '.bin']) mkdirSync(join(app, 'node_modules', scope), { recursive: true });
  for (const [name, path] of Object.entries(packages)) {
    if (wanted.includes(name)) symlinkSync(join(root, path), join(app, 'node_modules', name));
  }
  symlinkSync('../tsgi/bin/tsgi.js', join(app, 'node_modules/.bin/tsgi'));
  symlinkSync('../typescript/bin/tsc', join(app, 'node_modules/.bin/tsc'));
}

function npm(cwd: string, ...args: string[]): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

describe.each([
  [[], ['.gitignore', 'README.md', 'package.json', 'src', 'tsconfig.json'], 'src/app.ts'],
  [['--javascript'], ['.gitignore', 'README.md', 'app.js', 'app.test.js', 'package.json'], 'app.js'],
])('tsgi init my-app %j', (flags, files, source) => {
  it('writes an application that is tested, checked and served by npm alone', async () => {
    const cwd = folder();
    const { exitCode, stdout, stderr } = await tsgi(['init', 'My App', ...flags], { cwd });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain("cd 'My App' && npm install && npm start");
    const app = join(cwd, 'My App');
    expect(readdirSync(app).toSorted()).toEqual(files.toSorted());
    expect(JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')).name).toBe('my-app');
    expect(readFileSync(join(app, 'README.md'), 'utf8')).toContain(source);
    // As long as npm has none of it, npm install finds what the clone has.
    expect(JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')).dependencies).toEqual({
      '@tsgi/core': `file:${root}packages/core`,
      tsgi: `file:${root}packages/cli`,
    });
    expect(stdout).toContain(`package.json takes tsgi from ${root}`);

    install(app);
    expect(npm(app, 'test')).toMatchObject({ status: 0 });
    expect(npm(app, 'run', 'check', '--', '--strict')).toMatchObject({ status: 0 });
    writeFileSync(join(app, source), readFileSync(join(app, source), 'utf8').replace('Hello', 'Goodbye'));
    expect(npm(app, 'test').status).toBe(1);

    const child = spawn('npm', ['start'], {
      cwd: app,
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    onTestFinished(() => void process.kill(-(child.pid ?? 0), 'SIGKILL'));
    let log = '';
    child.stderr?.on('data', (bytes) => (log += String(bytes)));
    await expect.poll(() => log, { timeout: 60_000 }).toContain('serving');
    const [address = ''] = /http:\/\/\S+/.exec(log) ?? [];
    expect(await (await fetch(`${address}/you`)).text()).toBe('Goodbye, you!\n');
  }, 120_000);
});

describe('tsgi init', () => {
  it('replaces nothing, and writes nothing when something is there', async () => {
    const cwd = folder({ 'README.md': 'mine' });
    const { exitCode, stderr } = await tsgi(['init', '.'], { cwd });
    expect([exitCode, stderr]).toEqual([2, 'tsgi: README.md is there already; --force replaces it\n']);
    expect(readdirSync(cwd)).toEqual(['README.md']);
    expect((await tsgi(['init', '.', '--force'], { cwd })).exitCode).toBe(0);
    expect(readFileSync(join(cwd, 'README.md'), 'utf8')).toContain('npm start');
  });

  it.each<[string[], string]>([
    [[], 'expected a folder, as in tsgi init my-app'],
    [['a', 'b'], 'unexpected argument "b": one application is written'],
    [['app.js'], 'expected a folder, found app.js; did you mean tsgi init --passenger app.js?'],
    [['a', '--typescript', '--javascript'], '--typescript and --javascript: expected one of them'],
    [['a', '--interface', 'node'], '--interface is not for a new application'],
    [['--passenger', '--javascript'], '--javascript is not for --passenger'],
    [['a', '--javscript'], 'did you mean --javascript?'],
  ])('%j is one line: %s', async (args, line) => {
    const cwd = folder();
    const { exitCode, stderr, stdout } = await tsgi(['init', ...args], { cwd });
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^tsgi: [^\n]+\n$/);
    expect(stderr).toContain(line);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('a file where the folder should be is named', async () => {
    const { exitCode, stderr } = await tsgi(['init', 'taken/app'], { cwd: folder({ taken: '' }) });
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^tsgi: cannot write package\.json: ENOTDIR/)]);
  });

  it.each([
    ['My App', 'my-app'],
    ['.hidden', 'hidden'],
    ['Überraschung', 'berraschung'],
    ['___', 'app'],
    ['x'.repeat(300), 'x'.repeat(100)],
  ])('the name of %j is %s', (name, expected) => {
    expect(packageName(name)).toBe(expected);
  });
});
