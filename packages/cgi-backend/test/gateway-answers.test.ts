import type { App } from '@tsgi/core';
import { createErrorStream } from '@tsgi/core/server';
import { callApp, type TestRequest, type TestResponse } from '@tsgi/core/testing';
import { describe, expect, it } from 'vitest';
import { gateway, type GatewayOptions } from '../src/index.ts';
import { until, withNotes } from './program.ts';

const program: string = new URL('fixtures/cgi-bin/test.cgi', import.meta.url).pathname;
const child: string = new URL('fixtures/be-child.mjs', import.meta.url).pathname;

const ask = (query: string, request: TestRequest = {}, options: Partial<GatewayOptions> = {}): Promise<TestResponse> =>
  callApp(gateway({ program, ...options }), { target: `/?${query}`, ...request });

const header = (response: TestResponse, name: string): string | undefined =>
  response.headers.find((pair) => pair[0] === name)?.[1];

/** Asks until there is room for another program. */
async function served(app: App): Promise<void> {
  while ((await callApp(app)).status !== '200 OK') await new Promise((resolve) => setTimeout(resolve, 10));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('an answer that is accepted', () => {
  it('hands on status, headers and body', async () => {
    expect(await ask('cookies')).toMatchObject({
      status: '201 Made',
      headers: [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['X', 'caf\xe9'],
      ],
      text: 'body',
      complete: true,
    });
  });

  it.each([
    ['status-line', '404 Gone Fishing', 'body'],
    ['only-head', '204 No Content', ''],
    ['bad-lines', '200 OK', 'body'],
    ['long', '200 OK', 'body'],
    ['client-redirect', '302 Found', ''],
    ['redirect-with-status', '303 See Other', ''],
  ])('%s', async (query, status, text) => {
    expect(await ask(query)).toMatchObject({ status, text, complete: true });
  });

  it('R84: takes no length for a truncation where no body follows', async () => {
    expect(await ask('head', { method: 'HEAD' })).toMatchObject({ status: '200 OK', complete: true });
  });

  it('does not wait for a program that goes on after it', async () => {
    expect(await ask('background')).toMatchObject({ status: '200 OK', text: 'body', complete: true });
  });
});

describe('R93: what is no answer becomes a 502, and no output a 500', () => {
  it.each(['nothing', 'dies'])('%s', async (query) => {
    expect(await ask(query)).toMatchObject({ status: '500 Internal Server Error' });
  });

  it.each(['no-head', 'half-head', 'no-type', 'bad-status'])('%s', async (query) => {
    expect(await ask(query)).toMatchObject({ status: '502 Bad Gateway', text: '502 Bad Gateway\n' });
  });

  it('a program that is not there, or has no interpreter', async () => {
    const missing = await ask('', {}, { program: `${program}.missing` });
    expect(missing.status).toBe('502 Bad Gateway');
    const broken = await ask('', {}, { program: program.replace('test.cgi', 'no-interpreter.cgi') });
    expect(broken.status).toBe('502 Bad Gateway');
  });
});

describe('R77, R81: an answer that is cut short does not look complete', () => {
  it.each(['short', 'killed'])('%s', async (query) => {
    const response = await ask(query);
    expect(response.complete && response.status === '200 OK').toBe(false);
  });

  it('but a program that fails after its page has answered: the log says so', async () => {
    const response = await ask('fails');
    expect(response).toMatchObject({ status: '200 OK', text: 'begun', complete: true });
    expect(response.errors).toContain('[the program ended with exit code 1]\n');
  });

  it('by a program that goes silent, which is ended', async () => {
    const response = await ask('stalls', {}, { idleTimeout: 100 });
    expect(response).toMatchObject({ text: 'begun', complete: false });
    await until(() => !isRunning(Number(header(response, 'X-Pid'))));
  });

  it('by one that does not heed SIGTERM', async () => {
    const response = await ask('stubborn', {}, { idleTimeout: 100 });
    expect(response.complete).toBe(false);
    await until(() => !isRunning(Number(header(response, 'X-Pid'))));
  });
});

describe('limits', () => {
  it('504 when no head comes in time', async () => {
    expect((await ask('sleeps', {}, { responseTimeout: 100 })).status).toBe('504 Gateway Timeout');
  });

  it.each(['responseTimeout', 'idleTimeout'])('Infinity lifts %s', async (name) => {
    const response = await ask('finishes', { environ: { HTTP_X_NOTES: '/dev/null' } }, { [name]: Infinity });
    expect(response).toMatchObject({ text: 'body and more', complete: true });
  });

  it('413 for a body beyond the limit, announced or not', async () => {
    const limits = { maxBody: 10 };
    const post = { method: 'POST', body: 'x'.repeat(11) };
    expect((await ask('', post, limits)).status).toBe('413 Content Too Large');
    const unknown = { method: 'POST', body: 'x'.repeat(11), environ: { CONTENT_LENGTH: undefined } };
    expect((await ask('', unknown, limits)).status).toBe('413 Content Too Large');
  });

  it('503 beyond the number of programs, which are counted down again', async () => {
    const app = gateway({ program, maxProcesses: 1, responseTimeout: 200 });
    const first = callApp(app, { target: '/?sleeps' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await callApp(app)).status).toBe('503 Service Unavailable');
    expect((await first).status).toBe('504 Gateway Timeout');
    await served(app);
    const missing = gateway({ program: `${program}.missing`, maxProcesses: 1 });
    for (let again = 0; again < 3; again++) expect((await callApp(missing)).status).toBe('502 Bad Gateway');
  });
});

describe('local redirects (RFC 3875 6.2.2)', () => {
  const mounted = { SCRIPT_NAME: '/cgi-bin/test.cgi', PATH_INFO: '' };

  it('are answered by the gateway itself inside its mount, as a GET without the body', async () => {
    const { status, text } = await ask('local-redirect', { method: 'POST', body: 'abc', environ: mounted });
    expect(status).toBe('200 OK');
    expect(text).toContain('REQUEST_METHOD=GET\n');
    expect(text).toContain('PATH_INFO=/found\n');
    expect(text).toContain('QUERY_STRING=moved\n');
    expect(text).toContain('REQUEST_URI=/cgi-bin/test.cgi/found?moved\n');
    expect(text).not.toContain('CONTENT_LENGTH');
  });

  it('below a root lead to its other programs', async () => {
    const root = program.replace('/test.cgi', '');
    const request = { target: '/x?local-redirect', environ: { SCRIPT_NAME: '/cgi-bin', PATH_INFO: '/test.cgi' } };
    expect((await callApp(gateway({ root }), request)).text).toContain('PATH_INFO=/found\n');
  });

  it('are the client’s outside of it', async () => {
    const response = await ask('elsewhere', { environ: mounted });
    expect(response.status).toBe('302 Found');
    expect(header(response, 'Location')).toBe('/outside?moved');
  });

  it('TestInternalRedirect: go to the application that is given for them', async () => {
    const redirectTo: App = (environ, startResponse) => {
      startResponse('200 OK', []);
      const { REQUEST_METHOD: method, SCRIPT_NAME: script, PATH_INFO: path, QUERY_STRING: query } = environ;
      return [new TextEncoder().encode(`${method}|${script}|${path}|${query}`)];
    };
    expect((await ask('elsewhere', { environ: mounted }, { redirectTo })).text).toBe('GET||/outside|moved');
  });

  it('are five at most', async () => {
    expect((await ask('loop', { environ: mounted })).status).toBe('502 Bad Gateway');
    let runs = 0;
    const redirectTo: App = (environ, startResponse) => {
      runs++;
      return app(environ, startResponse);
    };
    const app = gateway({ program, redirectTo });
    expect((await callApp(app, { target: '/?loop' })).status).toBe('502 Bad Gateway');
    expect(runs).toBe(5);
  });
});

describe('the request body', () => {
  it('of a megabyte arrives whole', async () => {
    expect((await ask('count', { method: 'POST', body: 'x'.repeat(1_000_000) })).text.trim()).toBe('1000000');
  });

  it('need not be read', async () => {
    const response = await ask('unread', { method: 'POST', body: 'x'.repeat(5_000_000) });
    expect(response).toMatchObject({ status: '200 OK', text: 'no thanks', complete: true });
  });

  it('that is cut short ends the program', async () => {
    const input = {
      async *[Symbol.asyncIterator]() {
        yield new Uint8Array(3);
        throw new Error('cut short');
      },
    };
    const response = await ask('count', { method: 'POST', environ: { CONTENT_LENGTH: '10', 'tsgi.input': input } });
    expect(response.status).not.toBe('200 OK');
  });
});

describe('standard error of a program', () => {
  /** It may arrive after the answer. */
  async function logged(query: string, enough: (log: string) => boolean): Promise<string> {
    let log = '';
    const errors = createErrorStream((text) => {
      log += text;
    });
    expect((await ask(query, { environ: { 'tsgi.errors': errors } })).status).toBe('200 OK');
    await until(() => enough(log));
    return log;
  }

  it('TestHandlerStderr: goes to tsgi.errors, without what drives a terminal', async () => {
    expect(await logged('stderr', (log) => log.includes('three'))).toBe('one\n?[2Jtwo\nthree\n');
  });

  it('is not taken without a bound', async () => {
    const log = await logged('chatty', (text) => text.includes('left out'));
    expect(log.length).toBeLessThan(70_000);
  });
});

describe('a client that goes', () => {
  it.each(['endless', 'family'])('TestCopyError: takes the program and its children with it: %s', async (query) => {
    const controller = new AbortController();
    let pid = 0;
    const inner = gateway({ program });
    const app: App = (environ, startResponse) =>
      inner(environ, (status, headers, excInfo) => {
        pid = Number(headers.find(([name]) => name === 'X-Pid')?.[1]);
        setTimeout(() => controller.abort(), 20);
        return startResponse(status, headers, excInfo);
      });
    await callApp(app, { target: `/?${query}`, signal: controller.signal });
    expect(pid).toBeGreaterThan(0);
    await until(() => !isRunning(pid));
  });

  it('before the head takes the program with it', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const app = gateway({ program, maxProcesses: 1 });
    await callApp(app, { target: '/?sleeps', signal: controller.signal });
    await served(app);
  });

  it('has a HEAD: the program still comes to its own end', async () => {
    await withNotes(async (path, notes) => {
      await ask('finishes', { method: 'HEAD', environ: { HTTP_X_NOTES: path } });
      await until(() => notes() === 'done\n');
    });
  });
});

describe('both halves of this package (Go, integration_test.go)', () => {
  it('TestHostingOurselves', async () => {
    const request = { method: 'POST', target: '/%E9?foo=bar', body: 'x'.repeat(100_000) };
    const response = await callApp(gateway({ program: child }), request);
    expect(response.headers).toContainEqual(['X-Test-Header', 'X-Test-Value']);
    const { variables, body } = JSON.parse(response.text);
    expect(body).toBe(100_000);
    expect(Object.fromEntries(variables)).toMatchObject({
      REQUEST_METHOD: 'POST',
      REQUEST_URI: '/%E9?foo=bar',
      PATH_INFO: '/\xe9',
      QUERY_STRING: 'foo=bar',
      CONTENT_LENGTH: '100000',
    });
  });

  it('TestChildOnlyHeaders', async () => {
    const response = await callApp(gateway({ program: child }), { target: '/?no-body' });
    expect(response).toMatchObject({ status: '200 OK', text: '', complete: true });
    expect(header(response, 'X-Test-Header')).toBe('X-Test-Value');
  });

  it('TestNilRequestBody: no body and one of no length are both empty', async () => {
    const app = gateway({ program: child });
    expect(JSON.parse((await callApp(app, { method: 'POST' })).text).body).toBe(0);
    expect(JSON.parse((await callApp(app, { method: 'POST', body: '' })).text).body).toBe(0);
  });
});

it('a gateway has one of a program and a root', () => {
  expect(() => gateway({})).toThrow(expect.objectContaining({ code: 'BAD_OPTIONS' }));
  expect(() => gateway({ program, root: '/' })).toThrow(expect.objectContaining({ code: 'BAD_OPTIONS' }));
});
