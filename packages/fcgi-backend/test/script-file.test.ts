import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { callApp } from '@tsgi/core/testing';
import { splitPath } from '../src/gateway/script-file.ts';
import { closing } from './peer.ts';
import { end, OK, stdout, upstream } from './upstream.ts';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tsgi-root-'));
  closing({ close: () => rmSync(root, { recursive: true }) });
  mkdirSync(join(root, 'sub'));
  mkdirSync(join(root, 'dir.php'));
  for (const name of ['index.php', 'a.php', 'sub/index.php', 'caf\u00e9.php', 'plain.txt'])
    writeFileSync(join(root, name), '');
  symlinkSync('/etc/passwd', join(root, 'leak.php'));
  symlinkSync(join(root, 'a.php'), join(root, 'link.php'));
});

async function ask(
  target: string,
  environ: Record<string, string> = {},
  options: { extension?: string } = {},
): Promise<Readonly<Record<string, string>> | string> {
  let variables: Readonly<Record<string, string>> | undefined;
  const { app } = await upstream(
    {
      onRequest(call) {
        variables = call.variables;
        call.send(stdout(OK), end());
      },
    },
    { root, ...options },
  );
  const { status } = await callApp(app, { target, environ });
  return variables ?? status;
}

describe('root: a program below it', () => {
  test.each([
    ['/', '/index.php', ''],
    ['/sub/', '/sub/index.php', ''],
    ['/a.php', '/a.php', ''],
    ['/a.php/x/y', '/a.php', '/x/y'],
    ['/a.php/b.php', '/a.php', '/b.php'],
    ['/link.php', '/link.php', ''],
    ['/sub/../a.php/x/./y', '/a.php', '/x/y'],
    ['/a.php/..', '/index.php', ''],
    ['/caf%C3%A9.php/%C3%A9', '/caf\xc3\xa9.php', '/\xc3\xa9'],
  ])('%s', async (target, script, pathInfo) => {
    expect(await ask(target)).toMatchObject({
      SCRIPT_NAME: script,
      PATH_INFO: pathInfo,
      SCRIPT_FILENAME: Buffer.from(root).toString('latin1') + script,
      DOCUMENT_ROOT: root,
    });
  });

  test('a mount stays in front of SCRIPT_NAME, and out of the file', async () => {
    expect(await ask('/a.php/x', { SCRIPT_NAME: '/app' })).toMatchObject({
      SCRIPT_NAME: '/app/a.php',
      SCRIPT_FILENAME: join(root, 'a.php'),
      PATH_TRANSLATED: join(root, 'x'),
    });
  });
});

describe('root: everything else is a 404, and nobody is asked', () => {
  test.each([
    '/missing.php',
    '/plain.txt',
    '/sub',
    '/leak.php',
    '/dir.php',
    '/dir.php/',
    '/missing/',
    '/a.php%00.txt',
    '/a%0a.php',
    '/..%2f..%2fetc/passwd.php',
    '/sub/../../a.php',
    '/sub%5c..%5ca.php',
    '/A.PHP',
    '/.php',
  ])('%s', async (target) => {
    expect(await ask(target)).toBe('404 Not Found');
  });
});

test('without an extension any file is a program, as fcgiwrap has it', async () => {
  writeFileSync(join(root, 'sub/tool'), '');
  const options = { extension: '' };
  expect(await ask('/sub/tool/x/y', {}, options)).toMatchObject({
    SCRIPT_NAME: '/sub/tool',
    PATH_INFO: '/x/y',
    SCRIPT_FILENAME: join(root, 'sub/tool'),
  });
  expect(await ask(`${'/'.repeat(10_000)}sub//tool//x`, {}, options)).toMatchObject({ PATH_INFO: '//x' });
  for (const target of ['/sub', '/sub/', '/none/tool', '/leak.php', '/']) {
    expect(await ask(target, {}, options)).toBe('404 Not Found');
  }
});

test('a program that becomes a link which leads out of the root is none from the next request on', async () => {
  const asked: string[] = [];
  const { app } = await upstream(
    {
      onRequest(call) {
        asked.push(call.variables.SCRIPT_FILENAME ?? '');
        call.send(stdout(OK), end());
      },
    },
    { root },
  );
  const outside = mkdtempSync(join(tmpdir(), 'tsgi-outside-'));
  closing({ close: () => rmSync(outside, { recursive: true }) });
  writeFileSync(join(outside, 'index.php'), '');
  const statusOf = async (target: string): Promise<string> => (await callApp(app, { target })).status;
  for (const [target, name, to] of [
    ['/a.php', 'a.php', '/etc/passwd'],
    ['/sub/', 'sub', outside],
    ['/link.php', 'link.php', join(outside, 'index.php')],
  ] as const) {
    writeFileSync(join(root, 'a.php'), '');
    for (let again = 0; again < 3; again++) expect(await statusOf(target)).toBe('200 OK');
    rmSync(join(root, name), { recursive: true });
    symlinkSync(to, join(root, name));
    for (let again = 0; again < 3; again++) expect(await statusOf(target)).toBe('404 Not Found');
    rmSync(join(root, name));
  }
  expect(asked).toHaveLength(9);
});

// Cases of Caddy's TestSplitPos and of GHSA-3g8v-8r37-cgjm: the index has to be one of the very string that is cut.
test.each([
  ['/foo/bar.php', '/foo/bar.php', ''],
  ['/foo/bar.php/baz', '/foo/bar.php', '/baz'],
  ['/foo.php.bar.php', '/foo.php.bar.php', ''],
  ['/\xc8\xba\xc8\xba.php.txt.php', '/\xc8\xba\xc8\xba.php.txt.php', ''],
  ['/a.PHP/b.php', '/a.PHP/b.php', ''],
])('splitPath %j', (path, script, pathInfo) => {
  expect(splitPath(path, '.php')).toEqual({ script, pathInfo });
});
