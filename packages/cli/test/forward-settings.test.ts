import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exchange, folder, get, startTsgi, tsgi } from './command.ts';

const PRINTENV = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n%s|%s|%s|%s' "$FROM_PARAM" "$HTTP_AUTHORIZATION" "$1" "$2"
`;
const SENDS = `#!/bin/sh
printf 'X-Accel-Redirect: /secret.txt\\r\\nContent-Type: text/plain\\r\\n\\r\\n'
`;
const NAMES = `#!/bin/sh
printf 'X-Accel-Redirect: %s\\r\\n' "\${QUERY_STRING%&only}"
[ "$QUERY_STRING" = "\${QUERY_STRING%&only}" ] && printf 'Content-Type: text/plain\\r\\n'
printf '\\r\\n'
`;
const REDIRECTS = `#!/bin/sh
printf 'Location: /elsewhere\\r\\n\\r\\n'
`;
const APP = `export default (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(['app', environ.PATH_INFO, environ.FROM_PARAM, environ.SCRIPT_FILENAME?.replace(/.*\\//, '')].join(' '))];
};
`;

function site(): string {
  const cwd = folder({
    'printenv.cgi': PRINTENV,
    'sends.cgi': SENDS,
    'redirects.cgi': REDIRECTS,
    'names.cgi': NAMES,
    'app.mjs': APP,
    'files/secret.txt': 'secret',
    'files/.htaccess': 'hidden',
    'files/page.php': 'source',
    'files/.git/config~': 'copy',
    'files/folder/index.html': 'index',
    'root/page.lua': 'source',
    'root/old.php': 'source',
    'root/plain.txt': 'plain',
  });
  for (const name of ['printenv.cgi', 'sends.cgi', 'redirects.cgi', 'names.cgi']) chmodSync(join(cwd, name), 0o755);
  return cwd;
}

async function gateway(...args: string[]): Promise<number> {
  return (await startTsgi(['gateway', '--bind', '127.0.0.1:0', ...args], { cwd: site() })).port;
}

describe('how tsgi gateway forwards', () => {
  it('--params, --args and --authorization reach a program', async () => {
    const request = 'GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic x\r\nConnection: close\r\n\r\n';
    const args = ['--to', 'cgi:printenv.cgi', '--params', 'FROM_PARAM=a=b', '--args', 'one', '--args', ''];
    const without = await gateway(...args);
    expect(await exchange({ host: '127.0.0.1', port: without }, request)).toMatch(/\r\n\r\n[^]*a=b\|\|one\|/);
    const port = await gateway(...args, '--authorization');
    expect(await exchange({ host: '127.0.0.1', port }, request)).toMatch(/a=b\|Basic x\|one\|/);
  });

  it('--sendfile sends what a program names, and the header never reaches the client', async () => {
    const answer = await get(await gateway('--to', 'cgi:sends.cgi', '--sendfile', 'files'), '/');
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*secret$/);
    expect(answer).not.toMatch(/x-accel/i);
    expect(await get(await gateway('--to', 'cgi:sends.cgi'), '/')).not.toMatch(/x-accel|secret/i);
  });

  it.each([
    ['/.htaccess', /^HTTP\/1\.1 200 [^]*hidden$/],
    ['/page.php', /^HTTP\/1\.1 200 [^]*source$/],
    ['/.git/config~', /^HTTP\/1\.1 200 [^]*copy$/],
    ['/secret.txt&only', /^HTTP\/1\.1 200 [^]*Content-Type: text\/plain; charset=utf-8\r\n[^]*secret$/],
    ['/folder/../page.php', /^HTTP\/1\.1 200 [^]*source$/],
    ['/folder/', /^HTTP\/1\.1 404 /],
    ['/folder', /^HTTP\/1\.1 404 /],
    ['/../names.cgi', /^HTTP\/1\.1 404 /],
    ['/%2e%2e/names.cgi', /^HTTP\/1\.1 404 /],
    ['/secret.txt%00', /^HTTP\/1\.1 404 /],
    ['/names.cgi', /^HTTP\/1\.1 404 /],
  ])('--sendfile sends any file below it, as an internal location of nginx does: %s', async (path, expected) => {
    expect(await get(await gateway('--to', 'cgi:names.cgi', '--sendfile', 'files'), `/?${path}`)).toMatch(expected);
  });

  it('--redirect-to answers local redirects', async () => {
    const port = await gateway('--to', 'cgi:redirects.cgi', '--redirect-to', 'app.mjs');
    expect(await get(port, '/')).toMatch(/app \/elsewhere/);
  });

  it('--extension names other programs, which are never sent as they are; nor is PHP', async () => {
    const cwd = site();
    const behind = await startTsgi(['serve', 'app.mjs', '--bind', 'fcgi+unix:s'], { cwd });
    const args = ['--to', 'fcgi+unix:s', '--root', 'root', '--static', '--extension', '.lua'];
    const { port } = await startTsgi(['gateway', '--bind', '127.0.0.1:0', ...args], { cwd });
    expect(await get(port, '/page.lua')).toMatch(/page\.lua$/);
    expect(await get(port, '/plain.txt')).toMatch(/plain$/);
    expect(await get(port, '/old.php')).not.toContain('source');
    expect(await get(port, '/page.LUA')).not.toContain('source');
    await behind.stop();
  });

  it.each([
    [['--to', 'fcgi://127.0.0.1:1', '--extension', '.lua'], 2, '--extension needs --root'],
    [['--to', 'cgi', '--root', '.', '--args', 'x'], 2, '--args needs --to cgi:PROGRAM'],
    [['--to', 'fcgi://127.0.0.1:1', '--params', 'x'], 2, '--params: expected NAME=VALUE, found "x"'],
    [['--to', 'fcgi://127.0.0.1:1', '--params', '=x'], 2, '--params: expected NAME=VALUE, found "=x"'],
    [['--to', 'fcgi://127.0.0.1:1', '--sendfile', 'none'], 3, '--sendfile '],
    [['--to', 'fcgi://127.0.0.1:1', '--redirect-to', 'none.mjs'], 3, 'cannot load none.mjs'],
  ])('tsgi gateway %j', async (args, exitCode, line) => {
    const ended = await tsgi(['gateway', ...args], { cwd: site() });
    expect([ended.exitCode, ended.stderr]).toEqual([exitCode, expect.stringContaining(`tsgi: ${line}`)]);
  });
});
