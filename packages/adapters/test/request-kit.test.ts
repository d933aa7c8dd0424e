import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callApp, type TestRequest } from '@tsgi/core/testing';
import { validator } from '@tsgi/core/validator';
import { describe, expect, it, onTestFinished } from 'vitest';
import { requestOf, type RequestView, respond } from '../src/request.ts';

async function see(
  look: (request: RequestView) => unknown,
  request?: TestRequest,
): Promise<{ status: string; json: unknown }> {
  const answer = await callApp(
    validator(async (environ, startResponse) => respond(startResponse, [await look(requestOf(environ))])),
    request,
  );
  return { status: answer.status, json: answer.status === '200 OK' ? JSON.parse(answer.text)[0] : undefined };
}

describe('requestOf', () => {
  const looks: [what: string, look: (request: RequestView) => unknown, request: TestRequest, expected: unknown][] = [
    [
      'method and path, as text',
      ({ method, path }) => [method, path],
      { method: 'PUT', target: '/%C3%A4%2Fb' },
      ['PUT', '/ä/b'],
    ],
    [
      'url and query',
      ({ url, query }) => [url.pathname, query.getAll('a')],
      { target: '/x%2Fy?a=1&a=%20' },
      ['/x%2Fy', ['1', ' ']],
    ],
    ['headers', ({ headers }) => headers.get('x-a'), { headers: [['X-A', 'b']] }, 'b'],
    [
      'cookies',
      ({ cookies }) => [...cookies],
      { headers: [['Cookie', 'a=1; b="x y"; c=%C3%A4; d=%; a=2; broken']] },
      [
        ['a', '1'],
        ['b', 'x y'],
        ['c', 'ä'],
        ['d', '%'],
      ],
    ],
    ['no cookies', ({ cookies }) => cookies.size, {}, 0],
    ['text', (request) => request.text(), { method: 'POST', body: 'ä' }, 'ä'],
    ['json', (request) => request.json(), { method: 'POST', body: '[1]' }, [1]],
    [
      'a form',
      async (request) => Object.fromEntries(await request.formData()),
      { method: 'POST', headers: [['Content-Type', 'application/x-www-form-urlencoded']], body: 'a=b' },
      { a: 'b' },
    ],
    ['no body', ({ body }) => body, {}, null],
  ];
  it.each(looks)('%s', async (_what, look, request, expected) => {
    expect((await see(look, request)).json).toEqual(expected);
  });

  const bad: [what: string, look: (request: RequestView) => unknown, request: TestRequest, status: string][] = [
    ['bad JSON', (request) => request.json(), { method: 'POST', body: '{' }, '400 Bad Request'],
    [
      'another type than a form',
      (request) => request.formData(),
      { method: 'POST', body: 'x' },
      '415 Unsupported Media Type',
    ],
    [
      'a form that is none',
      (request) => request.formData(),
      { method: 'POST', headers: [['Content-Type', 'multipart/form-data; boundary=x']], body: 'x' },
      '400 Bad Request',
    ],
    [
      'a body that says it is too long',
      (request) => request.text({ limit: 3 }),
      { method: 'POST', body: 'four' },
      '413 Content Too Large',
    ],
    [
      'a body that turns out too long',
      (request) => {
        delete request.environ.CONTENT_LENGTH;
        return request.text({ limit: 3 });
      },
      { method: 'POST', body: 'four' },
      '413 Content Too Large',
    ],
    [
      '1 MiB and a byte, without a limit',
      (request) => request.text(),
      { method: 'POST', body: Buffer.alloc(1_048_577) },
      '413 Content Too Large',
    ],
  ];
  it.each(bad)('%s is answered by the server', async (_what, look, request, status) => {
    expect((await see(look, request)).status).toBe(status);
  });
});

describe('respond', () => {
  const bodies: [what: string, body: unknown, text: string, type: string | undefined][] = [
    ['text', 'hä', 'hä', 'text/plain; charset=utf-8'],
    ['HTML', '<!doctype html><p>x', '<!doctype html><p>x', 'text/html; charset=utf-8'],
    ['an object', { a: 1 }, '{"a":1}', 'application/json'],
    ['a number', 42, '42', 'application/json'],
    ['bytes', Buffer.from('x'), 'x', 'application/octet-stream'],
    ['a stream', new Blob(['stream']).stream(), 'stream', 'application/octet-stream'],
    ['nothing', null, '', undefined],
  ];
  it.each(bodies)('%s', async (_what, body, text, type) => {
    const answer = await callApp(validator((_environ, startResponse) => respond(startResponse, body as never)));
    expect([answer.text, answer.headers.find(([name]) => name === 'Content-Type')?.[1]]).toEqual([text, type]);
  });

  it('a file, which is closed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tsgi-respond-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'file'), 'in a file');
    const file = await open(join(folder, 'file'));
    const answer = await callApp(
      validator((_environ, startResponse) => respond(startResponse, file, { type: 'text/plain' })),
    );
    expect(answer.text).toBe('in a file');
    await expect.poll(() => file.fd, { timeout: 20_000 }).toBe(-1);
  });

  it('status and headers, of an object too; a type that is given wins', async () => {
    const headers = { 'X-A': 'b', 'content-type': 'text/x' };
    const answer = await callApp(
      validator((_environ, startResponse) => respond(startResponse, 'x', { status: 201, headers })),
    );
    expect([answer.status, Object.fromEntries(answer.headers)]).toEqual([
      '201 Created',
      { 'X-A': 'b', 'content-type': 'text/x', 'Content-Length': '1' },
    ]);
  });

  it('refuses what cannot be a body', async () => {
    const answer = await callApp((_environ, startResponse) => respond(startResponse, (() => {}) as never));
    expect(answer.errors).toContain('respond: a function is no body');
  });
});
