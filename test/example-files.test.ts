import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App, Header } from '@tsgi/core';
import { callApp, type TestResponse } from '@tsgi/core/testing';
import { type Violation, validator } from '@tsgi/core/validator';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'tsgi-example-'));
const root = join(folder, 'root');
mkdirSync(join(root, 'dir'), { recursive: true });
writeFileSync(join(root, 'ten.txt'), '0123456789');
writeFileSync(join(root, 'nichts'), '');
writeFileSync(join(root, 'ten.txt~'), 'secret');
writeFileSync(join(root, 'ä b.html'), '<p>');
writeFileSync(join(folder, 'secret.txt'), 'secret');
symlinkSync(join(folder, 'secret.txt'), join(root, 'link.txt'));
process.env.FILES = root;
const { default: files }: { default: App } = await import('../examples/files.js');

afterAll(() => rmSync(folder, { recursive: true }));

async function ask(target: string, headers: Header[] = [], method = 'GET'): Promise<TestResponse> {
  const violations: Violation[] = [];
  const app = validator(files, { onViolation: (violation) => void violations.push(violation) });
  const response = await callApp(app, { target, headers, method });
  expect(violations).toEqual([]);
  expect(response.errors).toBe('');
  return response;
}

test.each<[name: string, target: string, headers: Header[], status: string, text: string]>([
  ['a file', '/ten.txt', [], '200 OK', '0123456789'],
  ['an empty file', '/nichts', [], '200 OK', ''],
  ['a name in UTF-8', '/%C3%A4%20b.html', [], '200 OK', '<p>'],
  ['a range', '/ten.txt', [['Range', 'bytes=2-4']], '206 Partial Content', '234'],
  ['a range without an end', '/ten.txt', [['Range', 'bytes=7-']], '206 Partial Content', '789'],
  ['a range beyond the end', '/ten.txt', [['Range', 'bytes=7-99']], '206 Partial Content', '789'],
  ['the last bytes', '/ten.txt', [['Range', 'bytes=-3']], '206 Partial Content', '789'],
  ['a range behind the end', '/ten.txt', [['Range', 'bytes=10-']], '416 Range Not Satisfiable', ''],
  ['no bytes at the end', '/ten.txt', [['Range', 'bytes=-0']], '416 Range Not Satisfiable', ''],
  ['a range of an empty file', '/nichts', [['Range', 'bytes=0-']], '416 Range Not Satisfiable', ''],
  ['a range from back to front', '/ten.txt', [['Range', 'bytes=4-2']], '200 OK', '0123456789'],
  ['several ranges', '/ten.txt', [['Range', 'bytes=1-2,4-5']], '200 OK', '0123456789'],
  ['a unit that nobody knows', '/ten.txt', [['Range', 'lines=1-2']], '200 OK', '0123456789'],
  [
    'a range of another file',
    '/ten.txt',
    [
      ['Range', 'bytes=1-2'],
      ['If-Range', '"x"'],
    ],
    '200 OK',
    '0123456789',
  ],
  ['no file', '/none', [], '404 Not Found', ''],
  ['a folder', '/dir', [], '404 Not Found', ''],
  ['the root', '/', [], '404 Not Found', ''],
  ['a copy that an editor left', '/ten.txt~', [], '404 Not Found', ''],
  ['a way out', '/../secret.txt', [], '404 Not Found', ''],
  ['an encoded way out', '/%2e%2e/secret.txt', [], '404 Not Found', ''],
  ['a link that leads out', '/link.txt', [], '404 Not Found', ''],
  ['a NUL', '/ten.txt%00', [], '400 Bad Request', ''],
])('examples/files.js: %s', async (_name, target, headers, status, text) => {
  const response = await ask(target, headers);
  expect(response.status).toBe(status);
  expect(response.complete).toBe(true);
  if (status.startsWith('2')) expect(response.text).toBe(text);
});

test('examples/files.js: what a client has, and what a HEAD asks for, is not sent', async () => {
  const first = await ask('/ten.txt');
  const tag = first.headers.find(([name]) => name === 'ETag')?.[1] ?? '';
  expect(await ask('/ten.txt', [['If-None-Match', `"other", ${tag}`]])).toMatchObject({
    status: '304 Not Modified',
    text: '',
  });
  const known: Header[] = [
    ['Range', 'bytes=1-2'],
    ['If-Range', tag],
  ];
  expect(await ask('/ten.txt', known)).toMatchObject({ status: '206 Partial Content', text: '12' });
  const head = await ask('/ten.txt', [['Range', 'bytes=1-2']], 'HEAD');
  expect(head).toMatchObject({ status: '200 OK', text: '' });
  expect(head.headers).toContainEqual(['Content-Length', '10']);
  expect(await ask('/ten.txt', [], 'POST')).toMatchObject({ status: '405 Method Not Allowed' });
});
