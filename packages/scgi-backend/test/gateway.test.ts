import type { App, Environ, RunningServer } from '@tsgi/core';
import { callApp } from '@tsgi/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gateway, serve } from '../src/index.ts';
import { socketPath } from './wire.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe.each([
  ['TCP', () => ({ port: 0 })],
  ['a UNIX socket', () => ({ path: socketPath() })],
])('a gateway over %s', (_, where) => {
  let server: RunningServer;
  let seen: Environ;
  let answer: App;
  let forward: App;

  beforeEach(async () => {
    answer = (_environ, startResponse) => {
      startResponse('200 OK', []);
      return [];
    };
    server = await serve(
      (environ, startResponse) => {
        seen = environ;
        return answer(environ, startResponse);
      },
      { ...where(), errors: () => {} },
    );
    forward = gateway({ address: server.address });
  });
  afterEach(() => server.close({ grace: 0 }));

  it('hands on the environ, byte for byte', async () => {
    await callApp(forward, {
      method: 'PATCH',
      target: '/a%20b/%E9?q=%FF',
      headers: [
        ['X-Thing', 'caf\xe9'],
        ['Cookie', 'a=1'],
      ],
      environ: { SCRIPT_NAME: '/mount', REMOTE_ADDR: '192.0.2.1', 'my.extension': 'stays here' },
    });
    expect(seen).toMatchObject({
      REQUEST_METHOD: 'PATCH',
      REQUEST_URI: '/a%20b/%E9?q=%FF',
      SCRIPT_NAME: '/mount',
      PATH_INFO: '/a b/\xe9',
      QUERY_STRING: 'q=%FF',
      HTTP_X_THING: 'caf\xe9',
      HTTP_COOKIE: 'a=1',
      REMOTE_ADDR: '192.0.2.1',
      CONTENT_LENGTH: '0',
    });
    expect(seen).not.toHaveProperty(['my.extension']);
    await callApp(forward, { environ: { 'tsgi.url_scheme': 'https' } });
    expect(seen).toMatchObject({ 'tsgi.url_scheme': 'https', HTTPS: 'on' });
  });

  it('hands on status, headers and body', async () => {
    answer = (_environ, startResponse) => {
      startResponse('418 I am a teapot', [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['X', 'caf\xe9'],
      ]);
      return [encode('short '), encode('and stout')];
    };
    expect(await callApp(forward)).toMatchObject({
      status: '418 I am a teapot',
      headers: [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['X', 'caf\xe9'],
      ],
      text: 'short and stout',
      complete: true,
    });
  });

  it('sends a body of known length as it comes, and one of unknown length with its length', async () => {
    answer = async (environ, startResponse) => {
      const body = await environ['tsgi.input'].read();
      startResponse('200 OK', []);
      return [encode(`${environ.CONTENT_LENGTH}:`), body];
    };
    const body = 'x'.repeat(500_000);
    expect((await callApp(forward, { method: 'POST', body })).text).toBe(`500000:${body}`);
    const unknown = await callApp(forward, { method: 'POST', body, environ: { CONTENT_LENGTH: undefined } });
    expect(unknown.text).toBe(`500000:${body}`);
  });

  it('R84: takes no length for a truncation where no body follows', async () => {
    answer = (environ, startResponse) => {
      const status = environ.PATH_INFO === '/304' ? '304 Not Modified' : '200 OK';
      startResponse(status, [['Content-Length', '1000']]);
      return environ.REQUEST_METHOD === 'HEAD' ? [] : [new Uint8Array(1000)];
    };
    const head = await callApp(forward, { method: 'HEAD' });
    expect(head).toMatchObject({ status: '200 OK', headers: [['Content-Length', '1000']], complete: true });
    expect(await callApp(forward, { target: '/304' })).toMatchObject({ status: '304 Not Modified', complete: true });
  });
});
