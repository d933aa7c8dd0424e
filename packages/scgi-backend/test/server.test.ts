import type { App, Environ, RunningServer } from '@tsgi/core';
import { afterEach, describe, expect, it } from 'vitest';
import { scgiBackend, serve, type ServeOptions } from '../src/index.ts';
import { exchange, requestHeader, socketPath, SPECIFICATION_EXAMPLE } from './wire.ts';

const servers: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close({ grace: 0 })));
});

async function start(app: App, options: ServeOptions = {}): Promise<RunningServer> {
  const server = await serve(app, { port: 0, errors: () => {}, ...options });
  servers.push(server);
  return server;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const echo: App = async (environ, startResponse) => {
  const body = await environ['tsgi.input'].read();
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [body];
};

describe.each([
  ['TCP', () => ({})],
  ['a UNIX socket', () => ({ path: socketPath() })],
])('a request over %s', (_, where) => {
  it('is answered in CGI form, Status first, and the connection ended', async () => {
    const server = await start(echo, where());
    expect(await exchange(server, SPECIFICATION_EXAMPLE)).toEqual({
      text: 'Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 27\r\n\r\nWhat is the answer to life?',
      error: undefined,
    });
  });

  it('gets each header of the answer in its own line, in order', async () => {
    const server = await start((_environ, startResponse) => {
      startResponse('404 Not Here', [
        ['Set-Cookie', 'a=1'],
        ['X', 'caf\xe9'],
        ['Set-Cookie', 'b=2'],
      ]);
      return [];
    }, where());
    const { text } = await exchange(server, requestHeader(0));
    expect(text).toBe(
      'Status: 404 Not Here\r\nSet-Cookie: a=1\r\nX: caf\xe9\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n',
    );
  });

  it('gets a large answer whole, in one chunk and in many', async () => {
    const large = new Uint8Array(3_000_000).fill(0x61);
    const server = await start((environ, startResponse) => {
      startResponse('200 OK', []);
      if (environ.QUERY_STRING === 'one') return [large];
      return (function* pieces() {
        for (let at = 0; at < large.length; at += 100_000) yield large.subarray(at, at + 100_000);
      })();
    }, where());
    for (const QUERY_STRING of ['one', 'many']) {
      const { text, error } = await exchange(server, requestHeader(0, { QUERY_STRING }));
      expect(error).toBeUndefined();
      expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toHaveLength(3_000_000);
    }
  });

  it('gets a 500 for an application that throws', async () => {
    const log: string[] = [];
    const server = await start(
      () => {
        throw new Error('on purpose');
      },
      { ...where(), errors: (text) => log.push(text) },
    );
    expect((await exchange(server, requestHeader(0))).text).toMatch(/^Status: 500 Internal Server Error\r\n/);
    expect(log.join('')).toContain('on purpose');
  });
});

describe('the environ of an SCGI request', () => {
  it('has the variables as byte strings, and the traits of the server', async () => {
    let seen: Environ | undefined;
    const server = await start((environ, startResponse) => {
      seen = environ;
      startResponse('200 OK', []);
      return [];
    });
    const variables = {
      REQUEST_URI: '/a%20b/%E9?q=%20',
      SCRIPT_NAME: '/a b',
      PATH_INFO: '/\xe9',
      QUERY_STRING: 'q=%20',
      HTTPS: 'on',
      HTTP_COOKIE: 'x=1',
      'tsgi.input': 'forged',
      HTTP_PROXY: 'http://evil/',
      REMOTE_USER: '',
      __proto: 'key',
      DOCUMENT_ROOT: '/srv/\xff',
    };
    await exchange(server, requestHeader(0, variables));
    expect(seen).toMatchObject({
      REQUEST_METHOD: 'GET',
      REQUEST_URI: '/a%20b/%E9?q=%20',
      SCRIPT_NAME: '/a b',
      PATH_INFO: '/\xe9',
      QUERY_STRING: 'q=%20',
      HTTP_COOKIE: 'x=1',
      __proto: 'key',
      DOCUMENT_ROOT: '/srv/\xff',
      'tsgi.url_scheme': 'https',
      'tsgi.run_once': false,
      'tsgi.multithread': false,
      'tsgi.multiprocess': false,
      'tsgi.concurrent': true,
    });
    expect(typeof seen?.['tsgi.input']).toBe('object');
    expect(seen).not.toHaveProperty('HTTP_PROXY');
    expect(seen).not.toHaveProperty('REMOTE_USER');
  });

  it('finds the path in REQUEST_URI when nginx sends no SCRIPT_NAME, and splits it at the mount', async () => {
    const app: App = (environ, startResponse) => {
      startResponse('200 OK', []);
      return [encode(`${environ.SCRIPT_NAME}|${environ.PATH_INFO}`)];
    };
    const bare = { REQUEST_URI: '/app/x%20y', PATH_INFO: '' };
    const root = await exchange(await start(app), requestHeader(0, bare));
    expect(root.text).toMatch(/\r\n\r\n\|\/app\/x y$/);
    const mounted = await exchange(await start(app, { scriptName: '/app' }), requestHeader(0, bare));
    expect(mounted.text).toMatch(/\r\n\r\n\/app\|\/x y$/);
  });

  it('folds headers that nginx before 1.23 repeats', async () => {
    const server = await start((environ, startResponse) => {
      startResponse('200 OK', []);
      return [encode(`${environ.HTTP_X}|${environ.HTTP_COOKIE}`)];
    });
    const text = requestHeader(0, { HTTP_X: '1', HTTP_COOKIE: 'a=1' });
    const block = `${text.slice(text.indexOf(':') + 1, -1)}HTTP_X\x002\0HTTP_COOKIE\0b=2\0`;
    expect((await exchange(server, `${block.length}:${block},`)).text).toMatch(/1, 2\|a=1; b=2$/);
  });
});

describe('the backend', () => {
  it('is a value with the name of its scheme', async () => {
    expect(scgiBackend.name).toBe('scgi');
    const server = await scgiBackend.serve(echo, { port: 0 });
    servers.push(server);
    expect(server.address).toBe(`scgi://127.0.0.1:${server.port}`);
  });

  it('says in which form it is asked for other processes', async () => {
    const app: App = (environ, startResponse) => {
      startResponse('200 OK', []);
      return [encode(String(environ['tsgi.multiprocess']))];
    };
    const server = await start(app, { multiprocess: true });
    expect((await exchange(server, requestHeader(0))).text).toMatch(/true$/);
  });
});
