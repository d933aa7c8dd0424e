import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from '@tsgi/core';
import { callApp } from '@tsgi/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gateway } from '../src/index.ts';

const fixtures: string = new URL('fixtures/cgi-bin', import.meta.url).pathname;
let folder = '';
let app: App;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsgi-cgi-root-'));
  cpSync(fixtures, join(folder, 'root'), { recursive: true });
  cpSync(join(fixtures, 'folder/inner.cgi'), join(folder, 'outside.cgi'));
  symlinkSync(join(folder, 'outside.cgi'), join(folder, 'root/leads-out.cgi'));
  symlinkSync(join(folder, 'root/test.cgi'), join(folder, 'root/leads-in.cgi'));
  symlinkSync(folder, join(folder, 'root/up'));
  app = gateway({ root: join(folder, 'root') });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function variables(target: string, environ: Record<string, string> = {}): Promise<string> {
  const { status, text } = await callApp(app, { target, environ });
  expect(status).toBe('200 OK');
  return text;
}

describe('the path of a request', () => {
  it('is walked down to the first file: SCRIPT_NAME, and PATH_INFO behind it', async () => {
    const text = await variables('/folder/inner.cgi/more/path?q');
    expect(text).toContain('SCRIPT_NAME=/folder/inner.cgi\n');
    expect(text).toContain('PATH_INFO=/more/path\n');
    expect(text).toContain(`SCRIPT_FILENAME=${folder}/root/folder/inner.cgi\n`);
    expect(text).toContain(`DOCUMENT_ROOT=${folder}/root\n`);
    expect(text).toContain(`PATH_TRANSLATED=${folder}/root/more/path\n`);
    expect(text).toContain('REQUEST_URI=/folder/inner.cgi/more/path?q\n');
  });

  it('begins at the mount', async () => {
    const text = await variables('/cgi-bin/test.cgi', { SCRIPT_NAME: '/cgi-bin', PATH_INFO: '/test.cgi' });
    expect(text).toContain('SCRIPT_NAME=/cgi-bin/test.cgi\n');
    expect(text).toContain('PATH_INFO=\n');
    expect(text).not.toContain('PATH_TRANSLATED');
    expect(text).toContain(`cwd=${folder}/root\n`);
  });

  it('may lead over a link that stays inside', async () => {
    expect(await variables('/leads-in.cgi')).toContain('SCRIPT_NAME=/leads-in.cgi\n');
  });

  it('is resolved first, as Apache and nginx do; what it says behind the program stays', async () => {
    expect(await variables('/test.cgi//a/../b/.c')).toContain('PATH_INFO=//b/.c\n');
    const text = await variables('/folder/./../folder/inner.cgi');
    expect(text).toContain('SCRIPT_NAME=/folder/inner.cgi\n');
    expect(text).toContain('REQUEST_URI=/folder/./../folder/inner.cgi\n');
  });
});

describe('no program is run for', () => {
  it.each([
    ['nothing there', '/nowhere.cgi', 404],
    ['something below nothing', '/nowhere/test.cgi', 404],
    ['the root', '/', 403],
    ['a folder', '/folder', 403],
    ['a folder with its slash', '/folder/', 403],
    ['a file that is not executable', '/not-executable.cgi', 403],
    ['a link that leads out', '/leads-out.cgi', 403],
    ['a folder that leads out', '/up/outside.cgi', 403],
    ['a path that leads out', '/../outside.cgi', 404],
    ['an encoded path that leads out', '/%2e%2e/outside.cgi', 404],
    ['a path that a resolved dot segment leads to a hidden file', '/folder/../.hidden.cgi', 404],
    ['a hidden file', '/.hidden.cgi', 404],
    ['a name that is no UTF-8', '/%ff.cgi', 404],
    ['a NUL', '/test.cgi%00.txt', 400],
    ['a line break', '/test.cgi%0a', 400],
    ['a carriage return', '/test.cgi/%0d', 400],
    ['a backslash', '/folder%5cinner.cgi', 400],
  ])('%s', async (_, target, status) => {
    const response = await callApp(app, { target });
    expect(response.status).toMatch(new RegExp(`^${status} `));
    expect(response.text).not.toContain(folder);
  });
});
