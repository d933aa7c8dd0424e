import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { startApache } from './servers/apache.ts';
import { startLighttpd } from './servers/lighttpd.ts';
import { Cleanup, openFolder } from './servers/process.ts';
import { adapted, recipe } from './servers/recipe.ts';

const PAGE = 'behind-a-web-server.md';
const CGI = ['## CGI, mod_cgi or mod_cgid'];

const command = fileURLToPath(new URL('../packages/cli/bin/tsgi.js', import.meta.url));

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** Files by name below a folder that every user can read; `node_modules` of `app` has the published packages. */
function site(files: Readonly<Record<string, string>>, modulesIn: string): string {
  const folder = openFolder(cleanup);
  chmodSync(folder, 0o755);
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    if (text.startsWith('#!')) chmodSync(path, 0o755);
  }
  const modules = join(folder, modulesIn, 'node_modules/@tsgi');
  mkdirSync(modules, { recursive: true });
  for (const name of ['core', 'cgi-backend'])
    symlinkSync(join(inject('staged'), 'packages', name), join(modules, name));
  return folder;
}

/** How a folder may be set up; in each of them an ES module is one. */
const PACKAGES: [string, string | undefined][] = [
  ['no package.json', undefined],
  ['a package.json without a type', '{ "name": "site", "private": true }'],
  ['"type": "module"', '{ "type": "module" }'],
  ['"type": "commonjs"', '{ "type": "commonjs" }'],
];

const app = readFileSync(new URL('recipe-app.js', import.meta.url), 'utf8');
const path = process.env.PATH ?? '';

describe.each(PACKAGES)('a CGI program in a folder with %s', (_name, manifest) => {
  const program = recipe(PAGE, CGI, 'js', 0);
  const files = {
    'cgi-bin/run.mjs': program,
    'cgi-bin/app.mjs': app,
    ...(manifest === undefined ? {} : { 'package.json': manifest }),
  };

  it('in a cgi-bin of Apache', async () => {
    const folder = site(files, '');
    let log = '';
    const url = await startApache(cleanup, ['cgid', 'alias', 'env'], (server) => {
      log = join(server, 'error.log');
      const directives = adapted(recipe(PAGE, CGI, 'apache', 0), { '/srv/app/cgi-bin': join(folder, 'cgi-bin') });
      return `ScriptSock ${server}/cgid.sock\nSetEnv PATH ${path}\n${directives}`;
    });
    const answer = await fetch(`${url}/cgi-bin/run.mjs/a%20b?c=d`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      SCRIPT_NAME: '/cgi-bin/run.mjs',
      PATH_INFO: '/a b',
      QUERY_STRING: 'c=d',
    });
    // Nothing of Node's: no warning, no trace.
    expect(readFileSync(log, 'utf8')).not.toMatch(/cgid?:error|Warning/);
  });

  it('in a cgi-bin of lighttpd', async () => {
    const folder = site(files, '');
    const block = recipe(PAGE, CGI, 'lighttpd');
    const url = await startLighttpd(cleanup, () => adapted(block, { '/srv/app/cgi-bin': join(folder, 'cgi-bin') }));
    const answer = await fetch(`${url}/cgi-bin/run.mjs/a%20b?c=d`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ PATH_INFO: '/a b', QUERY_STRING: 'c=d' });
  });

  it('in a cgi-bin of lighttpd, as a file of tsgi build-cgi with a process that stays', async () => {
    const folder = site({ 'app/app.mjs': app, 'cgi-bin/package.json': manifest ?? '{}' }, 'app');
    const args = ['build-cgi', join(folder, 'app/app.mjs'), '-o', join(folder, 'cgi-bin/run.mjs')];
    execFileSync(process.execPath, [command, ...args, '--resident', '--idle-exit', '5s'], { stdio: 'pipe' });
    const block = recipe(PAGE, CGI, 'lighttpd');
    const url = await startLighttpd(cleanup, () => adapted(block, { '/srv/app/cgi-bin': join(folder, 'cgi-bin') }));
    const bodies = ['', 'x'.repeat(1_000_000)];
    for (const body of bodies) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () =>
          fetch(`${url}/cgi-bin/run.mjs/a%20b?c=d`, body === '' ? {} : { method: 'POST', body }),
        ),
      );
      for (const answer of answers)
        expect(await answer.json()).toMatchObject({ PATH_INFO: '/a b', QUERY_STRING: 'c=d', bytes: body.length });
    }
  });

  it('on a shared host, by .htaccess alone, and nothing but the app and its assets can be read', async () => {
    const source = { 'lib.js': 'export const secret = 1;', 'package.json': manifest ?? '{}', 'notes.txt': 'secret' };
    const inDocumentRoot = Object.fromEntries(
      Object.entries(source).map(([name, text]) => [`public_html/${name}`, text]),
    );
    const folder = site(
      {
        ...inDocumentRoot,
        ...(manifest === undefined ? {} : { 'app/package.json': manifest }),
        'app/app.mjs': app,
        'app/cgi.mjs': recipe(PAGE, CGI, 'js', 1),
        'public_html/run.mjs': recipe(PAGE, CGI, 'js', 2),
        'public_html/.htaccess': recipe(PAGE, CGI, 'apache', 1),
        'public_html/assets/style.css': 'body { color: red }',
        'public_html/node_modules/x/index.js': 'secret',
      },
      'app',
    );
    const { url, log } = await startSharedHost(folder);
    const seen = async (target: string): Promise<[number, string]> => {
      const answer = await fetch(url + target);
      return [answer.status, await answer.text()];
    };
    for (const target of [
      '/',
      '/deep/path?x=1',
      '/lib.js',
      '/package.json',
      '/notes.txt',
      '/node_modules/x/index.js',
    ]) {
      const [status, text] = await seen(target);
      expect([target, status]).toEqual([target, 200]);
      expect(JSON.parse(text)).toMatchObject({ SCRIPT_NAME: '', PATH_INFO: target.split('?')[0] });
    }
    expect(await seen('/assets/style.css')).toEqual([200, 'body { color: red }']);
    expect((await seen('/assets/'))[0]).toBe(403);
    for (const target of ['/.htaccess', '/run.mjs']) expect((await seen(target))[1]).not.toMatch(/Rewrite|import/);
    expect(readFileSync(log, 'utf8')).not.toMatch(/Warning|SyntaxError/);
  });

  it.each([
    ['', []],
    [', with a process that stays', ['--resident', '--idle-exit', '5s']],
  ])('on a shared host, as the one file that tsgi build-cgi makes%s', async (_what, flags) => {
    const folder = site(
      {
        'public_html/package.json': manifest ?? '{}',
        'public_html/.htaccess': recipe(PAGE, CGI, 'apache', 1).replaceAll('.mjs', '.cgi'),
        'app/app.mjs': app,
      },
      'app',
    );
    const args = [
      'build-cgi',
      join(folder, 'app/app.mjs'),
      '-o',
      join(folder, 'public_html/run.cgi'),
      '--script-name',
      '/',
      ...flags,
    ];
    execFileSync(process.execPath, [command, ...args], { stdio: 'pipe' });
    const { url, log } = await startSharedHost(folder);
    for (const [method, target] of [
      ['GET', '/'],
      ['GET', '/deep/a%20path?x=1'],
      ['GET', '/deep?word+other'],
      ['POST', '/package.json'],
    ] as const) {
      const body = method === 'POST' ? 'x'.repeat(200_000) : null;
      const answer = await fetch(url + target, { method, body });
      expect([target, answer.status]).toEqual([target, 200]);
      const PATH_INFO = decodeURIComponent(target.split('?')[0] ?? '');
      expect(await answer.json()).toMatchObject({ SCRIPT_NAME: '', PATH_INFO, bytes: body?.length ?? 0 });
    }
    expect(readFileSync(log, 'utf8')).not.toMatch(/Warning|Error/);
  });
});

/** An Apache whose only settings are those of the `.htaccess` in the folder's `public_html`. */
async function startSharedHost(folder: string): Promise<{ url: string; log: string }> {
  let log = '';
  const url = await startApache(cleanup, ['cgid', 'env', 'rewrite', 'mime', 'dir', 'autoindex'], (server) => {
    log = join(server, 'error.log');
    cpSync('/etc/mime.types', join(server, 'mime.types'));
    return `ScriptSock ${server}/cgid.sock\nTypesConfig ${server}/mime.types\nSetEnv PATH ${path}
      DocumentRoot ${folder}/public_html\n<Directory ${folder}/public_html>\nAllowOverride All\n</Directory>`;
  });
  return { url, log };
}
