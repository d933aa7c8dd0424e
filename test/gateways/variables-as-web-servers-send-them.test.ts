import type { App } from '@tsgi/core';
import { callApp, type TestRequest } from '@tsgi/core/testing';
import { describe, expect, it } from 'vitest';
import { gatewayToApp } from './behind.ts';

const NAMES = ['REQUEST_URI', 'PATH_INFO', 'CONTENT_TYPE', 'SERVER_ADDR', 'REQUEST_SCHEME', 'HTTPS'];

describe.each(['fcgi', 'scgi'] as const)('%s', (wire) => {
  async function seen(request: TestRequest): Promise<unknown> {
    const app: App = (environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'application/json']]);
      return [Buffer.from(JSON.stringify(Object.fromEntries(NAMES.map((name) => [name, environ[name]]))))];
    };
    return JSON.parse((await callApp(await gatewayToApp(wire, app), request)).text);
  }

  it('REQUEST_URI of an absolute form is a path', async () => {
    const expected = {
      REQUEST_URI: '/a%20b?c=http://d/',
      PATH_INFO: '/a b',
      SERVER_ADDR: '127.0.0.1',
      REQUEST_SCHEME: 'http',
    };
    expect(await seen({ target: 'http://example.org:8080/a%20b?c=http://d/' })).toEqual(expected);
    expect(await seen({ target: 'HTTP://example.org' })).toMatchObject({ REQUEST_URI: '/', PATH_INFO: '/' });
    expect(await seen({ target: 'http://example.org?q' })).toMatchObject({ REQUEST_URI: '/?q' });
    expect(await seen({ target: '//a/b' })).toMatchObject({ REQUEST_URI: '//a/b' });
    expect(await seen({ method: 'OPTIONS', target: '*' })).toMatchObject({ REQUEST_URI: '*' });
  });

  it('an empty Content-Type is none; one that a middleware knows better counts', async () => {
    expect(await seen({ headers: [['Content-Type', '']] })).not.toHaveProperty('CONTENT_TYPE');
    const environ = { SERVER_ADDR: '192.0.2.1', REQUEST_SCHEME: 'https', 'tsgi.url_scheme': 'https' };
    expect(await seen({ environ })).toMatchObject({ SERVER_ADDR: '192.0.2.1', REQUEST_SCHEME: 'https', HTTPS: 'on' });
    expect(await seen({ environ: { SERVER_NAME: '[2001:db8::1]' } })).toMatchObject({ SERVER_ADDR: '2001:db8::1' });
    expect(await seen({ environ: { SERVER_NAME: 'example.org' } })).not.toHaveProperty('SERVER_ADDR');
  });
});
