import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { htaccessText } from '../src/init/shared-hosting.ts';
import { folder, HELLO, tsgi } from './command.ts';

/** A home folder: the document root, and the application beside it. */
function home(files: Readonly<Record<string, string>> = {}): { app: string; root: string } {
  const above = folder({ 'app/app.js': HELLO, 'app/package.json': '{"type":"module"}', ...files });
  mkdirSync(join(above, 'public_html'), { recursive: true });
  return { app: join(above, 'app'), root: join(above, 'public_html') };
}

const DIR = '../public_html';

describe('tsgi init --shared-hosting', () => {
  it('writes a program that answers as CGI, whatever PATH says', async () => {
    const { app, root } = home();
    const { exitCode, stdout, stderr } = await tsgi(['init', '--shared-hosting', DIR], { cwd: app });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`wrote ${DIR}/app.cgi, ${DIR}/.htaccess, which start app.js\n`);
    expect(statSync(join(root, 'app.cgi')).mode & 0o777).toBe(0o755);
    const answer = execFileSync(join(root, 'app.cgi'), {
      cwd: root,
      encoding: 'utf8',
      env: {
        GATEWAY_INTERFACE: 'CGI/1.1',
        REQUEST_METHOD: 'GET',
        SCRIPT_NAME: '/app.cgi',
        PATH_INFO: '/you',
        REQUEST_URI: '/you',
        SERVER_PROTOCOL: 'HTTP/1.1',
        SERVER_NAME: 'h',
        SERVER_PORT: '80',
        QUERY_STRING: '',
      },
    });
    expect(answer).toMatch(/^Status: 200 OK\r\n/);
    expect(readFileSync(join(root, 'app.cgi'), 'utf8').split('\n').slice(2).join('\n')).toBe(
      `cd ${app} || exit 3\nexec ${process.execPath} ${join(app, 'app-cgi.cjs')}\n`,
    );
  });

  it('says in .htaccess what the page explains', async () => {
    const { app, root } = home();
    await tsgi(['init', '--shared-hosting', DIR], { cwd: app });
    const text = readFileSync(join(root, '.htaccess'), 'utf8');
    expect(text).toBe(htaccessText('cgi'));
    const page = readFileSync(new URL('../../../docs/deploy/shared-hosting.md', import.meta.url), 'utf8');
    expect(page).toContain(`\`\`\`apache\n${text}\`\`\`\n`);
  });

  it('with --fcgid leads to tsgi serve, and builds nothing', async () => {
    const { app, root } = home({ 'app/node_modules/tsgi/bin/tsgi.js': '' });
    const args = ['init', '--shared-hosting', DIR, '--fcgid', '--script-name', '/shop', '--interface', 'tsgi'];
    expect((await tsgi(args, { cwd: app })).exitCode).toBe(0);
    expect(readFileSync(join(root, 'app.fcgi'), 'utf8')).toContain(
      `\nexec ${process.execPath} ${app}/node_modules/tsgi/bin/tsgi.js serve app.js --script-name /shop --interface tsgi\n`,
    );
    expect(readFileSync(join(root, '.htaccess'), 'utf8')).toBe(htaccessText('fcgid'));
    expect(existsSync(join(app, 'app-cgi.cjs'))).toBe(false);
  });

  it('with --resident leads to a program in C, and a process that stays', async () => {
    const { app, root } = home();
    expect((await tsgi(['init', '--shared-hosting', DIR, '--resident'], { cwd: app })).exitCode).toBe(0);
    expect(readFileSync(join(root, 'app.cgi'), 'utf8')).toContain(`\nexec ${app}/app-cgi\n`);
    expect(readFileSync(join(app, 'app-cgi')).subarray(1, 4).toString()).toBe('ELF');
    expect(readFileSync(join(root, '.htaccess'), 'utf8')).toBe(htaccessText('cgi'));
  });

  it('quotes what a shell would take apart', async () => {
    const { app } = home();
    const odd = join(app, "it's me");
    mkdirSync(odd);
    writeFileSync(join(odd, 'app.mjs'), HELLO);
    const root = join(app, 'a b');
    mkdirSync(root);
    expect((await tsgi(['init', '--shared-hosting', root, 'app.mjs'], { cwd: odd })).exitCode).toBe(0);
    const out = execFileSync('/bin/sh', ['-n', join(root, 'app.cgi')], { encoding: 'utf8' });
    expect(out).toBe('');
    expect(readFileSync(join(root, 'app.cgi'), 'utf8')).toContain(String.raw`cd '${app}/it'\''s me' || exit 3`);
  });

  it('replaces nothing without --force, and writes nothing then', async () => {
    const { app, root } = home({ 'public_html/.htaccess': 'mine' });
    const refused = await tsgi(['init', '--shared-hosting', DIR], { cwd: app });
    expect([refused.exitCode, refused.stderr]).toEqual([
      2,
      `tsgi: ${DIR}/.htaccess is there already; --force replaces it\n`,
    ]);
    expect([existsSync(join(root, 'app.cgi')), existsSync(join(app, 'app-cgi.cjs'))]).toEqual([false, false]);
    chmodSync(join(root, '.htaccess'), 0o600);
    expect((await tsgi(['init', '--shared-hosting', DIR, '--force'], { cwd: app })).exitCode).toBe(0);
    expect((await tsgi(['init', '--shared-hosting', DIR, '--force'], { cwd: app })).exitCode).toBe(0);
    expect(readFileSync(join(root, '.htaccess'), 'utf8')).toBe(htaccessText('cgi'));
  });

  it.each([
    [
      'a folder that is not there',
      ['init', '--shared-hosting', '../none'],
      'there is no folder ../none; expected the document root, as in ../public_html',
    ],
    [
      'the document root itself',
      ['init', '--shared-hosting', '.'],
      'this folder is in .: everybody could read the application; move it out of there',
    ],
    [
      'a folder above',
      ['init', '--shared-hosting', '..'],
      'this folder is in ..: everybody could read the application; move it out of there',
    ],
    [
      'two applications',
      ['init', '--shared-hosting', DIR, 'app.js', 'b.js'],
      'unexpected argument "b.js": one application is started',
    ],
    ['an application that is not there', ['init', '--shared-hosting', DIR, 'b.js'], 'there is no file '],
    [
      '--passenger beside it',
      ['init', '--shared-hosting', DIR, '--passenger'],
      '--shared-hosting is not for --passenger',
    ],
    [
      '--typescript beside it',
      ['init', '--shared-hosting', DIR, '--typescript'],
      '--typescript is not for --shared-hosting',
    ],
    [
      '--resident beside --fcgid',
      ['init', '--shared-hosting', DIR, '--resident', '--fcgid'],
      '--resident and --fcgid: expected one of them',
    ],
    ['--resident without it', ['init', '--resident', 'x'], '--resident is not for a new application'],
    ['--fcgid without it', ['init', '--fcgid', 'x'], '--fcgid is not for a new application'],
  ])('refuses %s', async (_case, args, line) => {
    const { exitCode, stderr } = await tsgi(args, { cwd: home().app });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`tsgi: ${line}`)]);
  });
});
