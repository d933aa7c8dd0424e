import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startFileText } from '../src/init/start-file.ts';
import { folder, HELLO, tsgi } from './command.ts';

const manifest = (more: object = {}): string => JSON.stringify({ type: 'module', ...more });

describe('tsgi init --passenger', () => {
  it('writes the start file, and says where its name goes', async () => {
    const cwd = folder({ 'app.js': HELLO, 'package.json': manifest({ dependencies: { tsgi: '*' } }) });
    const { exitCode, stdout, stderr } = await tsgi(['init', '--passenger'], { cwd });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^wrote app\.cjs, which starts app\.js\nIn cPanel /);
    expect(stdout).toContain(`\n  PassengerAppRoot ${cwd}\n  PassengerStartupFile app.cjs\n`);
    expect(readFileSync(join(cwd, 'app.cjs'), 'utf8')).toContain("folder: __dirname, app: 'app.js' }");
  });

  it.each([
    [
      'package.json says which',
      { 'package.json': manifest({ main: 'src/main.js' }), 'src/main.js': HELLO },
      'src/main.js',
    ],
    ['a main that is not there is none', { 'package.json': manifest({ main: 'no.js' }), 'app.mjs': HELLO }, 'app.mjs'],
    ['what SvelteKit has built', { 'package.json': manifest(), 'build/handler.js': HELLO }, 'build/handler.js'],
    ['what Astro has built', { 'dist/server/entry.mjs': HELLO }, 'dist/server/entry.mjs'],
    ['a package.json that is none', { 'package.json': 'no', 'app.js': HELLO }, 'app.js'],
  ])('%s', async (_case, files, app) => {
    const cwd = folder(files);
    expect((await tsgi(['init', '--passenger'], { cwd })).stdout).toContain(`which starts ${app}\n`);
    expect(readFileSync(join(cwd, 'app.cjs'), 'utf8')).toContain(`folder: __dirname, app: '${app}' }`);
  });

  it('says when tsgi would not be there', async () => {
    const run = async (files: Record<string, string>): Promise<string> =>
      (await tsgi(['init', '--passenger', 'app.js'], { cwd: folder({ 'app.js': HELLO, ...files }) })).stdout;
    expect(await run({ 'package.json': manifest() })).toContain(
      "not among package.json's dependencies: npm install tsgi\n",
    );
    expect(await run({})).toContain('There is no package.json here');
  });

  it('never replaces a file without --force, and nothing but a file with it', async () => {
    const cwd = folder({ 'app.js': HELLO, 'app.cjs': 'mine' });
    const refused = await tsgi(['init', '--passenger'], { cwd });
    expect([refused.exitCode, refused.stderr]).toEqual([2, 'tsgi: app.cjs is there already; --force replaces it\n']);
    expect(readFileSync(join(cwd, 'app.cjs'), 'utf8')).toBe('mine');
    expect((await tsgi(['init', '--passenger', '--force'], { cwd })).exitCode).toBe(0);
    expect(readFileSync(join(cwd, 'app.cjs'), 'utf8')).toContain('tsgi/passenger');

    const elsewhere = join(folder({ kept: 'kept' }), 'kept');
    const linked = folder({ 'app.js': HELLO });
    symlinkSync(elsewhere, join(linked, 'app.cjs'));
    const { exitCode, stderr } = await tsgi(['init', '--passenger', '--force'], { cwd: linked });
    expect([exitCode, stderr]).toEqual([2, 'tsgi: app.cjs is there already, and is no file that could be replaced\n']);
    expect(readFileSync(elsewhere, 'utf8')).toBe('kept');
  });

  it.each<[string[], string]>([
    [['--passenger', 'none.js'], 'there is no file /'],
    [['--passenger', 'site'], 'site is a folder; expected a file'],
    [['--passenger', 'app.js', 'b.js'], 'unexpected argument "b.js": one application is started'],
    [['--passengr'], 'did you mean --passenger?'],
    [['--pasenger', 'app.js'], 'did you mean --passenger?'],
    [['--passenger', '--interface', 'rack'], '--interface: expected tsgi, fetch, node, triple or jsgi, found "rack"'],
  ])('%j is one line: %s', async (args, line) => {
    const cwd = folder({ 'app.js': HELLO, 'site/a.js': '' });
    const { exitCode, stderr, stdout } = await tsgi(['init', ...args], { cwd });
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^tsgi: [^\n]+\n$/);
    expect(stderr).toContain(line);
    expect(existsSync(join(cwd, 'app.cjs'))).toBe(false);
  });

  it('an application of the start file’s name is not replaced, with --force either', async () => {
    const cwd = folder({ 'app.cjs': 'module.exports = 1' });
    const { exitCode, stderr } = await tsgi(['init', '--passenger', 'app.cjs', '--force'], { cwd });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('app.cjs is the name of the file that is written')]);
    expect(readFileSync(join(cwd, 'app.cjs'), 'utf8')).toBe('module.exports = 1');
  });

  it('there is nothing to start in an empty folder', async () => {
    const { exitCode, stderr } = await tsgi(['init', '--passenger'], { cwd: folder() });
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('there is no app.js here; expected the application'),
    ]);
  });

  it.skipIf(process.getuid?.() === 0 && spawnSync('setpriv', ['--version']).status !== 0)(
    'a folder that cannot be written to is named',
    async () => {
      const cwd = folder({ 'app.js': HELLO });
      // A file where the folder should be stops root, too.
      mkdirSync(join(cwd, 'site'));
      writeFileSync(join(cwd, 'site/app.js'), HELLO);
      chmodSync(join(cwd, 'site'), 0o555);
      const cli = new URL('../bin/tsgi.js', import.meta.url).pathname;
      const args = [process.execPath, cli, 'init', '--passenger', 'app.js'];
      const [command = '', ...rest] =
        process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--clear-groups', ...args] : args;
      chmodSync(cwd, 0o755);
      const { status, stderr } = spawnSync(command, rest, { cwd: join(cwd, 'site'), encoding: 'utf8' });
      expect([status, stderr]).toEqual([
        1,
        expect.stringMatching(/^tsgi: cannot write app\.cjs: EACCES: permission denied\n$/),
      ]);
    },
  );

  it('whatever a path or a prefix is made of, the start file is JavaScript that says the same', () => {
    const app = `it's "a" \\ \${b}\u2028 c.js`;
    const text = startFileText({ app, interface: 'node', scriptName: "/o'neill" });
    const start = (options: { app: string; scriptName: string }): unknown => options;
    const [, call = ''] = /\({ start }\) => start\(([^]*?)\),\n/.exec(text) ?? [];
    const told = new Function('start', '__dirname', `return start(${call})`)(start, '/home/me');
    expect(told).toEqual({ folder: '/home/me', app, interface: 'node', scriptName: "/o'neill" });
  });
});
