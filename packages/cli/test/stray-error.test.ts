import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { exchange, folder, get, startTsgi, tsgi } from './command.ts';

// Line 3 throws where no request can be failed for it.
const ODD = `const { proxy, revoke } = Proxy.revocable({}, {});
revoke();
const odd = {
  revoked: proxy,
  untrusting: new Proxy({}, { getPrototypeOf() { throw new Error('no'); } }),
  getters: new (class extends Error { get name() { throw 1; } get message() { throw 2; } get stack() { throw 3; } })(),
  symbol: Object.assign(new Error('m'), { name: Symbol('n') }),
};
export default (environ, startResponse) => {
  const [, how, what] = environ.PATH_INFO.split('/');
  if (how === 'timer') setTimeout(() => { throw odd[what]; }, 0);
  if (how === 'promise') void Promise.reject(odd[what]);
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('whole')];
};
`;
const APP = `export default async (environ, startResponse) => {
  if (environ.PATH_INFO === '/timer') {
    setTimeout(() => { throw new TypeError('boom\\nand more'); }, 0);
  }
  if (environ.PATH_INFO === '/promise') void Promise.reject(new RangeError('nobody waits'));
  if (environ.PATH_INFO === '/thing') void Promise.reject({ get message() { throw 1; } });
  if (environ.PATH_INFO === '/often') setInterval(() => { throw new Error('again'); }, 1);
  if (environ.PATH_INFO === '/slow') {
    environ['tsgi.errors'].write('begun\\n');
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  if (environ.PATH_INFO === '/timer-slow') setTimeout(() => { throw new TypeError('boom'); }, 0);
  if (environ.PATH_INFO === '/promise-slow') void Promise.reject(new RangeError('nobody waits'));
  if (environ.PATH_INFO === '/thing-slow') void Promise.reject({ get message() { throw 1; } });
  if (environ.PATH_INFO.endsWith('-slow')) await new Promise((resolve) => setTimeout(resolve, 50));
  if (environ.PATH_INFO === '/late') environ['tsgi.after_response'].push(() => void setTimeout(() => { throw new Error('late'); }, 1));
  if (environ.PATH_INFO === '/callback') await new Promise(() => setTimeout(() => { throw new Error('in the callback'); }, 1));
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('whole')];
};
`;

function cgi(path: string): ReturnType<typeof tsgi> {
  const env = {
    GATEWAY_INTERFACE: 'CGI/1.1',
    REQUEST_METHOD: 'GET',
    SCRIPT_NAME: '',
    PATH_INFO: path,
    SERVER_NAME: 'a',
    SERVER_PORT: '80',
    SERVER_PROTOCOL: 'HTTP/1.1',
  };
  return tsgi(['serve', 'app.mjs', '--backend', 'cgi'], { cwd: folder({ 'app.mjs': APP }), env });
}

describe('an error of the application outside of every request', () => {
  it.each([
    ['/timer', /^tsgi: the application threw outside of a request: TypeError: boom \(\/.*\/app\.mjs:3:\d+\)$/m],
    [
      '/promise',
      /^tsgi: a promise of the application was rejected, and nobody handled it: RangeError: nobody waits \(\/.*\/app\.mjs:5:\d+\)$/m,
    ],
    ['/thing', /nobody handled it: it threw /],
  ])('%s: is logged with its place, running requests are finished, and the process ends 1', async (path, line) => {
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0'], { cwd: folder({ 'app.mjs': APP }) });
    const ended = once(server.child, 'close');
    const slow = get(server.port, '/slow');
    await expect.poll(() => server.stderr(), { timeout: 15_000 }).toContain('begun');
    await get(server.port, path);
    expect(await slow).toMatch(/^HTTP\/1\.1 200 [^]*whole$/);
    expect(await ended).toEqual([1, null]);
    expect(server.stderr()).toMatch(line);
    expect(server.stderr()).toContain('tsgi: closing, within 10 s, because of it\n');
    expect(server.stderr()).not.toMatch(/^\s+at /m);
  });

  it('that comes again and again fills no disk, and the end is bounded', async () => {
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--grace', '500ms'], {
      cwd: folder({ 'app.mjs': APP }),
    });
    const ended = once(server.child, 'close');
    const request = 'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n';
    const cut = exchange({ host: '127.0.0.1', port: server.port }, request).catch(() => '');
    await expect.poll(() => server.stderr(), { timeout: 15_000 }).toContain('begun');
    await get(server.port, '/often');
    expect(await ended).toEqual([1, null]);
    await cut;
    expect(server.stderr().match(/threw outside/g)).toHaveLength(20);
    expect(server.stderr()).toContain('further ones are not logged');
  });

  it.each(['revoked', 'untrusting', 'getters', 'symbol'].flatMap((what) => [`/timer/${what}`, `/promise/${what}`]))(
    '%s: one that cannot be looked at ends the server no differently',
    async (path) => {
      const server = await startTsgi(['serve', 'odd.mjs', '--bind', '127.0.0.1:0'], {
        cwd: folder({ 'odd.mjs': ODD }),
      });
      const ended = once(server.child, 'close');
      expect(await get(server.port, path)).toContain('whole');
      expect(await ended).toEqual([1, null]);
      expect(server.stderr()).toMatch(
        /^tsgi: (?:the application threw outside of a request|a promise of the application was .*): it threw an object that cannot be looked at$/m,
      );
      expect(server.stderr()).toContain('closing, within 10 s');
    },
  );

  it.each(['/timer', '/promise', '/thing', '/late'])(
    'under CGI %s: the request is answered, the exit code is 1',
    async (path) => {
      const ended = await cgi(`${path}-slow`.replace('/late-slow', '/late'));
      expect(ended.stdout).toMatch(/^Status: 200 OK\r\n[^]*whole$/);
      expect(ended.exitCode).toBe(1);
      expect(ended.stderr).toMatch(
        /^tsgi: (?:the application threw outside of a request|a promise of the application was rejected)/,
      );
      expect(ended.stderr).not.toMatch(/^\s+at /m);
    },
  );

  it('under CGI an application that cannot answer after it ends with 1 and without an answer', async () => {
    const ended = await cgi('/callback');
    expect([ended.exitCode, ended.stdout]).toEqual([1, '']);
    expect(ended.stderr).toMatch(/^tsgi: the application threw outside of a request: Error: in the callback/);
  });

  it('is its own affair when it listens itself, as in Node', async () => {
    const app = `process.on('uncaughtException', (error) => process.stderr.write('mine: ' + error.message + '\\n'));\n${APP}`;
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0'], { cwd: folder({ 'app.mjs': app }) });
    await get(server.port, '/timer');
    await expect.poll(() => server.stderr(), { timeout: 15_000 }).toContain('mine: boom');
    expect(await get(server.port, '/')).toContain('whole');
    expect(await server.stop()).toBe(0);
  });
});
