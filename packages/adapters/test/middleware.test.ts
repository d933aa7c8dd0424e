import type { App } from '@tsgi/core';
import { callApp } from '@tsgi/core/testing';
import { validator } from '@tsgi/core/validator';
import { describe, expect, it } from 'vitest';
import { accessLog, type AccessLogOptions, mount } from '../src/middleware.ts';

const tell =
  (name: string): App =>
  (environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return [Buffer.from(`${name} ${environ.SCRIPT_NAME}|${environ.PATH_INFO}`)];
  };

describe('mount', () => {
  const app = validator(mount({ '/api': tell('api'), '/api/v2/': tell('v2'), '/ä': tell('ä'), '/': tell('site') }));
  it.each([
    ['/api', 'api /api|'],
    ['/api/', 'api /api|/'],
    ['/api/x', 'api /api|/x'],
    ['/apix', 'site |/apix'],
    ['/api/v2/x%2Fy', 'v2 /api/v2|/x/y'],
    ['/%C3%A4/x', 'ä /Ã¤|/x'],
    ['/', 'site |/'],
  ])('%s', async (target, text) => {
    expect((await callApp(app, { target })).text).toBe(text);
  });

  it('in a mount', async () => {
    const inner = validator(mount({ '/a': mount({ '/b': tell('b') }) }));
    expect((await callApp(inner, { target: '/a/b/c' })).text).toBe('b /a/b|/c');
    expect((await callApp(inner, { target: '/a/c' })).status).toBe('404 Not Found');
  });

  it('refuses what is no path, and what is no application', () => {
    expect(() => mount({ api: tell('api') })).toThrow(/mount: "api" does not begin with \//);
    expect(() => mount({ '/': undefined as never })).toThrow(TypeError);
  });
});

describe('accessLog', () => {
  async function log(app: App, options: AccessLogOptions, request?: Parameters<typeof callApp>[1]): Promise<string> {
    let lines = '';
    const logged = accessLog(app, { write: (line) => void (lines += line), ...options });
    const answer = await callApp(validator(logged), request);
    expect(answer.errors.includes('validator')).toBe(false);
    return lines;
  }

  it('combined', async () => {
    const headers: [string, string][] = [
      ['Referer', 'http://x.test/'],
      ['User-Agent', 'a "quoted" \\ agent'],
    ];
    expect(await log(tell('x'), {}, { target: '/a?b', headers })).toMatch(
      /^127\.0\.0\.1 - - \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/a\?b HTTP\/1\.1" 200 5 "http:\/\/x\.test\/" "a \\"quoted\\" \\\\ agent"\n$/,
    );
  });

  it('common, of an answer without a body', async () => {
    const app: App = (_environ, startResponse) => {
      startResponse('304 Not Modified', []);
      return [];
    };
    expect(await log(app, { format: 'common' })).toMatch(/" 304 -\n$/);
  });

  it('json', async () => {
    expect(JSON.parse(await log(tell('x'), { format: 'json' }))).toMatchObject({
      status: 200,
      method: 'GET',
      uri: '/',
      bytes: 4,
    });
  });

  it.each<[string, App, number, number]>([
    ['an array', tell('x'), 200, 4],
    [
      'a stream',
      (_environ, startResponse) => {
        startResponse('200 OK', [['Content-Type', 'text/plain']]);
        return (async function* body() {
          yield Buffer.from('ab');
          yield Buffer.from('c');
        })();
      },
      200,
      3,
    ],
    [
      'write',
      async (_environ, startResponse) => {
        await startResponse('201 Created', [['Content-Type', 'text/plain']])(Buffer.from('abcd'));
        return [];
      },
      201,
      4,
    ],
    [
      'an announced length',
      (_environ, startResponse) => {
        startResponse('200 OK', [
          ['Content-Type', 'text/plain'],
          ['Content-Length', '2'],
        ]);
        return [Buffer.from('ab')];
      },
      200,
      2,
    ],
    [
      'an application that fails',
      () => {
        throw new Error('planned');
      },
      500,
      0,
    ],
  ])('counts %s', async (_what, app, status, bytes) => {
    const seen: number[] = [];
    const logged = accessLog(app, {
      format: (record) => {
        seen.push(record.status, record.bytes ?? -1);
        return '';
      },
      write() {},
    });
    await callApp(validator(logged));
    expect(seen).toEqual([status, bytes]);
  });

  it('a client that left before there was an answer is a 499', async () => {
    const leaving = new AbortController();
    const app: App = (environ) => {
      setImmediate(() => leaving.abort());
      return new Promise((_resolve, reject) =>
        environ['tsgi.signal'].addEventListener('abort', () => reject(new Error('gone'))),
      );
    };
    expect(await log(app, { format: 'common' }, { signal: leaving.signal })).toContain('" 499 -');
  });

  it('forges no line', async () => {
    const environ = { REMOTE_USER: 'a\n127.0.0.1', HTTP_USER_AGENT: 'x\r\nGET' };
    const line = await log(tell('x'), {}, { environ });
    expect(line.split('\n').length).toBe(2);
    expect(line).toContain('\\r\\nGET');
  });

  it('that fails fails no request, and without a place of its own it goes to tsgi.errors', async () => {
    const failing = accessLog(tell('x'), {
      write: () => {
        throw new Error('disk full');
      },
    });
    expect((await callApp(failing)).text).toBe('x |/');
    expect((await callApp(accessLog(tell('x'), { format: 'common' }))).errors).toMatch(/"GET \/ HTTP\/1\.1" 200 4\n$/);
  });

  it('lets an early head and a file pass as they are', async () => {
    let sent = false;
    const app: App = (environ, startResponse) => {
      startResponse('200 OK', [
        ['Content-Type', 'text/plain'],
        ['Content-Length', '1'],
      ]);
      environ['tsgi.send_head']?.(startResponse);
      sent = true;
      return [Buffer.from('x')];
    };
    expect((await callApp(accessLog(app, { write() {} }))).text).toBe('x');
    expect(sent).toBe(true);
  });

  it('refuses a format that is none', () => {
    expect(() => accessLog(tell('x'), { format: 'clf' })).toThrow(
      /format: expected common, combined, json or a format with directives such as %h, found "clf"/,
    );
  });
});
