import type { App, Header } from '@tsgi/core';
import { callApp, type TestResponse } from '@tsgi/core/testing';
import { validator } from '@tsgi/core/validator';
import { gateway, serve as serveFcgi } from '@tsgi/fcgi-backend';
import { serve } from '@tsgi/http-backend';
import { describe, expect, it, onTestFinished } from 'vitest';
import { forwarded } from '../src/middleware.ts';

const tell: App = (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from(`${environ.REMOTE_ADDR} ${environ['tsgi.url_scheme']} ${environ.HTTP_HOST}`)];
};

describe('forwarded', () => {
  const app = validator(forwarded(tell, { trustedPeers: ['127.0.0.0/8', 'unix'] }));
  const call = (headers: Header[], address?: string): Promise<TestResponse> =>
    callApp(app, { headers, ...(address === undefined ? {} : { environ: { REMOTE_ADDR: address } }) });

  it.each<[string, Header[], string]>([
    ['nothing said', [], '127.0.0.1 http 127.0.0.1'],
    [
      'X-Forwarded-*',
      [
        ['X-Forwarded-For', '192.0.2.1, 127.0.0.2'],
        ['X-Forwarded-Proto', 'https'],
        ['X-Forwarded-Host', 'x.test'],
      ],
      '192.0.2.1 https x.test',
    ],
    ['Forwarded', [['Forwarded', 'for=192.0.2.1;proto=https;host=x.test']], '192.0.2.1 https x.test'],
  ])('%s', async (_what, headers, text) => {
    expect((await call(headers)).text).toBe(text);
  });

  it('believes nobody else', async () => {
    expect((await call([['X-Forwarded-For', '192.0.2.1']], '198.51.100.1')).text).toBe('198.51.100.1 http 127.0.0.1');
  });

  it('refuses contradictions', async () => {
    const headers: Header[] = [
      ['X-Forwarded-For', '192.0.2.1'],
      ['Forwarded', 'for=192.0.2.2'],
    ];
    expect((await call(headers)).status).toBe('400 Bad Request');
  });

  it('leaves the environ outside as it was', async () => {
    let outside = '';
    const inner = forwarded(tell, { trustedPeers: ['127.0.0.1'] });
    const outer: App = async (environ, startResponse) => {
      const body = await inner(environ, startResponse);
      outside = environ.REMOTE_ADDR ?? '';
      return body;
    };
    await callApp(outer, { headers: [['X-Forwarded-For', '192.0.2.1']] });
    expect(outside).toBe('127.0.0.1');
  });

  it('over FastCGI, behind a web server that stands behind a proxy', async () => {
    const inner = await serveFcgi(app, { port: 0 });
    const front = await serve(gateway({ address: inner.address }), { port: 0 });
    onTestFinished(async () => {
      await front.close({ grace: 0 });
      await inner.close({ grace: 0 });
    });
    const answer = await fetch(front.address, {
      headers: { 'X-Forwarded-For': '192.0.2.7', 'X-Forwarded-Proto': 'https' },
    });
    expect(await answer.text()).toMatch(/^192\.0\.2\.7 https /);
  });

  it('refuses a peer that is none', () => {
    expect(() => forwarded(tell, { trustedPeers: ['localhost'] })).toThrow(/trusted peer "localhost"/);
  });
});
