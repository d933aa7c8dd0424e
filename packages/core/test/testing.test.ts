import { describe, expect, it } from 'vitest';
import type { App } from '../src/index.ts';
import { callApp, testEnviron } from '../src/testing.ts';
import { bytes, shown } from './scripted-writer.ts';

const echo: App = async (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [await environ['tsgi.input'].read()];
};

describe('testEnviron (testDefaults)', () => {
  it('R21: has what a server gives', () => {
    expect(testEnviron()).toMatchObject({
      SERVER_NAME: '127.0.0.1',
      SERVER_PORT: '80',
      SERVER_PROTOCOL: 'HTTP/1.1',
      HTTP_HOST: '127.0.0.1',
      REQUEST_METHOD: 'GET',
      SCRIPT_NAME: '',
      PATH_INFO: '/',
      QUERY_STRING: '',
      REQUEST_URI: '/',
      REMOTE_ADDR: '127.0.0.1',
      'tsgi.version': [1, 0],
      'tsgi.run_once': false,
      'tsgi.multithread': false,
      'tsgi.multiprocess': false,
      'tsgi.concurrent': true,
      'tsgi.url_scheme': 'http',
      'tsgi.input_terminated': true,
    });
  });

  it('goes through the servers’ builder: target, joined and dropped headers', () => {
    const environ = testEnviron({
      method: 'POST',
      target: '/a%20b?c?d',
      headers: [
        ['Host', 'example.com'],
        ['Cookie', 'a=1'],
        ['Cookie', 'b=2'],
        ['X_Forged', '1'],
        ['Proxy', 'x'],
        ['content-type', 'text/plain'],
      ],
    });
    expect(environ).toMatchObject({
      REQUEST_METHOD: 'POST',
      PATH_INFO: '/a b',
      QUERY_STRING: 'c?d',
      REQUEST_URI: '/a%20b?c?d',
      HTTP_HOST: 'example.com',
      HTTP_COOKIE: 'a=1; b=2',
      CONTENT_TYPE: 'text/plain',
    });
    expect(Object.keys(environ).filter((name) => name.startsWith('HTTP_'))).toEqual(['HTTP_HOST', 'HTTP_COOKIE']);
    expect(() => testEnviron({ target: 'nonsense' })).toThrow('R27');
  });

  it('environ changes any key', () => {
    expect(testEnviron({ environ: { SCRIPT_NAME: '/app', 'my.key': 1, SERVER_PORT: '443' } })).toMatchObject({
      SCRIPT_NAME: '/app',
      'my.key': 1,
      SERVER_PORT: '443',
    });
  });

  it('no two share what an application may change', () => {
    testEnviron()['tsgi.after_response'].push(() => {});
    expect(testEnviron()['tsgi.after_response']).toEqual([]);
  });
});

describe('callApp', () => {
  it('gives status, headers, body, text', async () => {
    const response = await callApp(echo, { method: 'POST', body: 'тест' });
    expect(response).toMatchObject({
      status: '200 OK',
      headers: [
        ['Content-Type', 'text/plain'],
        ['Content-Length', '8'],
      ],
      text: 'тест',
      complete: true,
      errors: '',
    });
    expect(response.body).toEqual(bytes('тест'));
  });

  it('takes a body as text, bytes or chunks', async () => {
    for (const body of ['abc', bytes('abc'), [bytes('a'), bytes(''), bytes('bc')]]) {
      const seen: unknown[] = [];
      const response = await callApp(
        (environ, startResponse) => {
          seen.push(environ.CONTENT_LENGTH);
          return echo(environ, startResponse);
        },
        { body },
      );
      expect(response.text).toBe('abc');
      expect(seen).toEqual(['3']);
    }
  });

  it('keeps the chunks apart, without the empty ones', async () => {
    const { chunks } = await callApp((_environ, startResponse) => {
      startResponse('200 OK', []);
      return [bytes('a'), bytes(''), bytes('b')];
    });
    expect(chunks.map((chunk) => shown(chunk))).toEqual(['a', 'b']);
  });

  it('R48: a length that is longer than the body is a body cut short', async () => {
    const response = await callApp(echo, { body: 'abc', headers: [['Content-Length', '10']] });
    expect(response.status).toBe('400 Bad Request');
    expect(response.errors).toContain('R48');
  });

  it('R77: a failure is a 500, or not complete; the error is in `errors`', async () => {
    const early = await callApp(() => {
      throw new Error('early');
    });
    expect(early).toMatchObject({ status: '500 Internal Server Error', complete: true });
    expect(early.errors).toContain('early');
    const late = await callApp((_environ, startResponse) => {
      startResponse('200 OK', []);
      return (function* (): Generator<Uint8Array> {
        yield bytes('a');
        throw new Error('late');
      })();
    });
    expect(late).toMatchObject({ status: '200 OK', text: 'a', complete: false });
    expect(late.errors).toContain('late');
  });

  it('waits for close() and the hooks', async () => {
    const seen: string[] = [];
    await callApp((environ, startResponse) => {
      environ['tsgi.after_response'].push(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        seen.push('hook');
      });
      startResponse('200 OK', []);
      return [];
    });
    expect(seen).toEqual(['hook']);
  });

  it('shows what the application wrote to tsgi.errors', async () => {
    const { errors } = await callApp((environ, startResponse) => {
      environ['tsgi.errors'].write('one\n');
      environ['tsgi.errors'].writelines(['two\n']);
      startResponse('200 OK', []);
      return [];
    });
    expect(errors).toBe('one\ntwo\n');
  });

  it('R79: a signal that is aborted already is a peer that went before the request was read', async () => {
    const response = await callApp(echo, { signal: AbortSignal.abort() });
    expect(response).toMatchObject({ status: '', complete: false, text: '' });
  });
});
