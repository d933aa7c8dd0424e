import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folder, get, startTsgi } from './command.ts';

/** Stands for PHP: says which program it would have run. */
const RESPONDER = `export default (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'application/json']]);
  const names = ['SCRIPT_NAME', 'PATH_INFO', 'SCRIPT_FILENAME', 'DOCUMENT_ROOT', 'PATH_TRANSLATED', 'QUERY_STRING', 'REQUEST_URI'];
  return [Buffer.from(JSON.stringify(Object.fromEntries(names.map((name) => [name, environ[name]]))))];
};`;

const body = (answer: string): unknown => JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
const status = (answer: string): string => answer.slice(9, 12);

/** A responder and, in front of it, a gateway with these flags. */
async function start(flags: string[], wire = 'fcgi'): Promise<(target: string, method?: string) => Promise<string>> {
  const cwd = folder({ 'app.mjs': RESPONDER });
  await startTsgi(['serve', 'app.mjs', '--bind', `${wire}+unix:s`], { cwd });
  const gateway = await startTsgi(['gateway', '--to', `${wire}+unix:s`, '--bind', '127.0.0.1:0', ...flags], { cwd });
  return (target, method) => get(gateway.port, target, method);
}

function documents(): string {
  const root = folder({
    'index.php': '',
    'a.php': '',
    'sub/index.php': '',
    'page/index.html': '<p>page',
    'plain.txt': 'plain',
    'source.phtml': 'secret',
    'source.cgi': 'secret',
    '.env': 'secret',
    '.git/config.php': '',
    '.well-known/x.txt': 'public',
    'dir.php/b.php': '',
  });
  mkdirSync(`${root}/empty`);
  symlinkSync('/etc/passwd', `${root}/leak.php`);
  symlinkSync('/etc/passwd', `${root}/leak.txt`);
  symlinkSync('a.php', `${root}/alias.php`);
  return root;
}

describe('tsgi gateway', () => {
  it.each(['fcgi', 'scgi'])('forwards everything over %s when it has no root', async (wire) => {
    const ask = await start([], wire);
    expect(body(await ask('/a%20b/c.php/d?x=1'))).toEqual({
      SCRIPT_NAME: '',
      PATH_INFO: '/a b/c.php/d',
      QUERY_STRING: 'x=1',
      REQUEST_URI: '/a%20b/c.php/d?x=1',
    });
  });

  it('answers 502 when nobody listens there', async () => {
    const server = await startTsgi(['gateway', '--to', 'fcgi+unix:/nonexistent/s', '--bind', '127.0.0.1:0']);
    expect(status(await get(server.port, '/'))).toBe('502');
    expect(server.stderr()).toContain('unix:/nonexistent/s');
  });

  it('finds programs below its root', async () => {
    const root = documents();
    const ask = await start(['--root', root]);
    const found = { DOCUMENT_ROOT: root, QUERY_STRING: '' };
    expect(body(await ask('/a.php'))).toEqual({
      ...found,
      SCRIPT_NAME: '/a.php',
      PATH_INFO: '',
      SCRIPT_FILENAME: `${root}/a.php`,
      REQUEST_URI: '/a.php',
    });
    expect(body(await ask('/a.php/x%20y/z'))).toMatchObject({
      SCRIPT_NAME: '/a.php',
      PATH_INFO: '/x y/z',
      PATH_TRANSLATED: `${root}/x y/z`,
    });
    expect(body(await ask('/'))).toMatchObject({ SCRIPT_NAME: '/index.php', SCRIPT_FILENAME: `${root}/index.php` });
    expect(body(await ask('/sub/?q'))).toMatchObject({ SCRIPT_NAME: '/sub/index.php', QUERY_STRING: 'q' });
    expect(body(await ask('/alias.php'))).toMatchObject({
      SCRIPT_NAME: '/alias.php',
      SCRIPT_FILENAME: `${root}/alias.php`,
    });
    const redirect = await ask('/sub?q=1');
    expect(status(redirect)).toBe('301');
    expect(redirect).toContain('Location: /sub/?q=1\r\n');
  });

  it('runs and shows nothing else', async () => {
    const ask = await start(['--root', documents()]);
    for (const target of [
      '/plain.txt',
      '/none.php',
      '/empty/',
      '/page/',
      '/leak.php',
      '/.git/config.php',
      '/a.phpx',
      '/A.PHP',
      '/sub/../../a.php',
      '/..%2fa.php',
      '/%2e%2e/a.php',
      '/a.php.',
      '/a.\u00fehp',
    ]) {
      expect([target, status(await ask(target))]).toEqual([target, '404']);
    }
    for (const target of ['/a.php%00', '/a.php%0a/x', '/a%0d.php', '/..%5ca.php']) {
      expect([target, status(await ask(target))]).toEqual([target, '400']);
    }
  });

  it('sends other files with --static, and no source', async () => {
    const ask = await start(['--root', documents(), '--static']);
    const plain = await ask('/plain.txt');
    expect(plain).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*Content-Type: text\/plain; charset=utf-8\r\n[^]*\r\n\r\nplain$/);
    expect(plain).toMatch(/Content-Length: 5\r\n/);
    expect(await ask('/page/')).toMatch(/text\/html[^]*<p>page$/);
    expect(await ask('/.well-known/x.txt')).toMatch(/public$/);
    expect(await ask('/plain.txt', 'HEAD')).toMatch(/^HTTP\/1.1 200 [^]*\r\n\r\n$/);
    const refused = await ask('/plain.txt', 'DELETE');
    expect(status(refused)).toBe('405');
    expect(refused).toContain('Allow: GET, HEAD\r\n');
    for (const target of [
      '/leak.txt',
      '/.env',
      '/.git/config',
      '/source.phtml',
      '/source.cgi',
      '/plain.txt/',
      '/none',
      '/empty/',
    ]) {
      expect([target, status(await ask(target))]).toEqual([target, '404']);
    }
    expect(body(await ask('/a.php'))).toMatchObject({ SCRIPT_NAME: '/a.php' });
  });

  it('sends files in front of an SCGI server, which gets the rest', async () => {
    const ask = await start(['--root', documents(), '--static'], 'scgi');
    expect(await ask('/plain.txt')).toMatch(/plain$/);
    expect(body(await ask('/none'))).toMatchObject({ PATH_INFO: '/none' });
    expect(status(await ask('/.env'))).toBe('404');
    expect(status(await ask('/page'))).toBe('301');
  });

  it('does not send a file again that the client has', async () => {
    const root = folder({ 'x.txt': 'x' });
    const ask = await start(['--root', root, '--static']);
    const modified = /Last-Modified: (.*)\r\n/.exec(await ask('/x.txt'))?.[1] ?? '';
    expect(status(await ask(`/x.txt HTTP/1.1\r\nIf-Modified-Since: ${modified}\r\nX-Rest:`))).toBe('304');
  });

  it('answers local redirects of CGI programs from the whole root, five at most', async () => {
    const root = folder({ 'plain.txt': 'plain', '.env': 'secret' });
    const program = (name: string, head: string): void => {
      writeFileSync(
        `${root}/${name}`,
        `#!/bin/sh\nprintf '${head}\\r\\n\\r\\n%s|%s' "$SCRIPT_NAME" "$REQUEST_METHOD"\n`,
      );
      chmodSync(`${root}/${name}`, 0o755);
    };
    program('hello', 'Content-Type: text/plain');
    for (const [name, location] of [
      ['program', '/app/hello'],
      ['file', '/app/plain.txt'],
      ['hidden', '/app/.env'],
      ['elsewhere', '/other/hello'],
      ['loop', '/app/loop'],
    ] as const)
      program(name, `Location: ${location}`);
    const flags = ['--root', root, '--static', '--script-name', '/app', '--bind', '127.0.0.1:0'];
    const server = await startTsgi(['gateway', '--to', 'cgi', ...flags]);
    expect(await get(server.port, '/app/program', 'POST')).toMatch(/\r\n\/app\/hello\|GET\r\n/);
    expect(await get(server.port, '/app/file')).toMatch(/^HTTP\/1.1 200 [^]*plain$/);
    expect(status(await get(server.port, '/app/hidden'))).toBe('404');
    const elsewhere = await get(server.port, '/app/elsewhere');
    expect([status(elsewhere), elsewhere.includes('Location: /other/hello\r\n')]).toEqual(['302', true]);
    expect(status(await get(server.port, '/app/loop'))).toBe('502');
    expect(server.stderr()).toContain('more than 5 local redirects');
  });

  it('answers local redirects of an SCGI server from the whole root', async () => {
    const redirecting = createServer((socket) => {
      socket.once('data', () => socket.end('Location: /plain.txt\r\n\r\n'));
    });
    onTestFinished(() => void redirecting.close());
    await new Promise<void>((resolve) => redirecting.listen(`${folder()}/s`, resolve));
    const to = `scgi+unix:${String(redirecting.address())}`;
    const flags = ['--root', documents(), '--static', '--bind', '127.0.0.1:0'];
    const server = await startTsgi(['gateway', '--to', to, ...flags]);
    expect(await get(server.port, '/program')).toMatch(/^HTTP\/1.1 200 [^]*plain$/);
  });

  it('runs executables below its root as CGI programs', async () => {
    const root = folder();
    const program = `#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n%s|%s|%s' "$SCRIPT_NAME" "$PATH_INFO" "$QUERY_STRING"\n`;
    mkdirSync(`${root}/bin`);
    writeFileSync(`${root}/bin/hello`, program);
    chmodSync(`${root}/bin/hello`, 0o755);
    writeFileSync(`${root}/bin/data`, program);
    const server = await startTsgi(['gateway', '--to', 'cgi', '--root', root, '--bind', '127.0.0.1:0']);
    expect(await get(server.port, '/bin/hello/x%20y?q')).toMatch(/\r\n\/bin\/hello\|\/x y\|q\r\n/);
    expect(status(await get(server.port, '/bin/data'))).toBe('403');
    expect(status(await get(server.port, '/bin/'))).toBe('403');
    expect(status(await get(server.port, '/bin/none'))).toBe('404');
    const flags = ['--root', root, '--static', '--bind', '127.0.0.1:0'];
    const files = await startTsgi(['gateway', '--to', 'cgi', ...flags]);
    expect(await get(files.port, '/bin/data')).toMatch(/octet-stream[^]*#!\/bin\/sh/);
    expect(await get(files.port, '/bin/hello')).toMatch(/\r\n\/bin\/hello\|\|\r\n/);
    const one = await startTsgi(['gateway', '--to', `cgi:${root}/bin/hello`, '--bind', '127.0.0.1:0']);
    expect(await get(one.port, '/any/path')).toMatch(/\r\n\|\/any\/path\|\r\n/);
  });
});
