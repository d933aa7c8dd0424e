import { once } from 'node:events';
import { existsSync, lstatSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { exchange, folder, get, HELLO, scgi, spawnTsgi, startTsgi, tsgi } from './command.ts';

describe('tsgi serve', () => {
  it('serves two wires at once, and says so in one line on standard error', async () => {
    const cwd = folder({ 'app.mjs': HELLO });
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', '-b', 'scgi+unix:s?mode=600'], {
      cwd,
    });
    expect(server.stderr().split('\n')).toHaveLength(2);
    expect(server.addresses).toEqual([`http://127.0.0.1:${server.port}`, 'scgi+unix:s?mode=600']);
    expect(lstatSync(`${cwd}/s`).mode & 0o777).toBe(0o600);
    expect(await get(server.port, '/a%20b')).toContain('hello GET |/a b\n');
    expect(await scgi({ path: `${cwd}/s` }, { REQUEST_URI: '/x', PATH_INFO: '/x' })).toContain('hello GET |/x\n');
    expect(await server.stop()).toBe(0);
    expect(existsSync(`${cwd}/s`)).toBe(false);
  });

  it('mounts the application at --script-name, over every wire', async () => {
    const cwd = folder({ 'app.mjs': HELLO });
    const args = ['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--bind', 'scgi+unix:s', '--script-name', '/app'];
    const server = await startTsgi(args, { cwd });
    expect(await get(server.port, '/app/x')).toContain('hello GET /app|/x\n');
    expect(await scgi({ path: `${cwd}/s` }, { REQUEST_URI: '/app/x' })).toContain('hello GET /app|/x\n');
  });

  it('starts everywhere or nowhere', async () => {
    const cwd = folder({ 'app.mjs': HELLO });
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(`${cwd}/taken`, resolve));
    const args = ['serve', 'app.mjs', '--bind', 'http+unix:free', '--bind', 'fcgi+unix:taken'];
    const { exitCode, stderr } = await tsgi(args, { cwd });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^tsgi: unix:taken is taken: [^\n]*\n$/);
    expect(existsSync(`${cwd}/free`)).toBe(false);
    occupant.close();
  });

  it('applies the limits that its flags set', async () => {
    const cwd = folder({ 'app.mjs': HELLO });
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--uri-length', '100'], { cwd });
    expect(await get(server.port, `/${'x'.repeat(100)}`)).toMatch(/^HTTP\/1.1 414 /);
    expect(await get(server.port, `/${'x'.repeat(90)}`)).toMatch(/^HTTP\/1.1 200 /);
  });

  it.each([
    ['the default export', HELLO, 'app.mjs'],
    ['app', HELLO.replace('export default', 'export const app ='), 'app.mjs'],
    ['a named export', HELLO.replace('export default', 'export const other ='), 'app.mjs:other'],
    ['module.exports', HELLO.replace('export default', 'module.exports ='), 'app.cjs'],
    ['exports.app', HELLO.replace('export default', 'exports.app ='), 'app.cjs'],
    ['a file with a colon', HELLO, 'a:b.mjs'],
  ])('finds %s', async (_, text, spec) => {
    const cwd = folder({ [spec.replace(/:other$/, '')]: text });
    const server = await startTsgi(['serve', spec, '--bind', '127.0.0.1:0'], { cwd });
    expect(await get(server.port, '/')).toContain('hello GET |/\n');
  });
});

describe('signals', () => {
  const slow = `export default async (environ, startResponse) => {
    process.stderr.write('begun\\n');
    await new Promise((resolve) => process.once('SIGUSR2', resolve));
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return [Buffer.from('finished\\n')];
  };`;

  it.each(['SIGTERM', 'SIGINT'] as const)('%s lets a running request finish, then ends 0', async (signal) => {
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0'], { cwd: folder({ 'app.mjs': slow }) });
    const answer = get(server.port, '/');
    await expect.poll(() => server.stderr(), { timeout: 15_000 }).toContain('begun');
    const ended = once(server.child, 'close');
    server.child.kill(signal);
    await expect.poll(() => server.stderr(), { timeout: 15_000 }).toContain('tsgi: closing, within 10 s');
    server.child.kill('SIGUSR2');
    expect(await answer).toContain('finished\n');
    expect(await ended).toEqual([0, null]);
  });

  it('SIGTERM is heeded from the banner on', async () => {
    const impatient = `${HELLO}
    const { write } = process.stderr;
    process.stderr.write = (text) => {
      write.call(process.stderr, text);
      if (text.includes('serving')) process.kill(process.pid, 'SIGTERM');
    };`;
    const cwd = folder({ 'app.mjs': impatient });
    expect(await tsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0'], { cwd })).toMatchObject({ exitCode: 0 });
  });

  it('a second one closes at once', async () => {
    const args = ['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--grace', '60m'];
    const server = await startTsgi(args, { cwd: folder({ 'app.mjs': slow }) });
    const answer = get(server.port, '/').catch(() => '');
    await expect.poll(() => server.stderr(), { timeout: 15_000 }).toContain('begun');
    const ended = once(server.child, 'close');
    server.child.kill('SIGTERM');
    await expect.poll(() => server.stderr(), { timeout: 15_000 }).toContain('tsgi: closing');
    server.child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(await answer).not.toContain('finished');
  });

  it('--grace bounds the wait', async () => {
    const args = ['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--grace', '50ms'];
    const server = await startTsgi(args, { cwd: folder({ 'app.mjs': slow }) });
    const answer = get(server.port, '/').catch(() => '');
    await expect.poll(() => server.stderr(), { timeout: 15_000 }).toContain('begun');
    expect(await server.stop()).toBe(0);
    expect(await answer).not.toContain('finished');
  });

  it('ends though the application keeps the process busy', async () => {
    const busy = `setInterval(() => {}, 1000);\n${HELLO}`;
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0'], { cwd: folder({ 'app.mjs': busy }) });
    expect(await server.stop()).toBe(0);
  });

  it('a hook that is still running after the last connection gets to its end', async () => {
    const hooked = `export default (environ, startResponse) => {
      environ['tsgi.after_response'].push(async () => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        process.stderr.write('hook done\\n');
      });
      startResponse('200 OK', [['Content-Type', 'text/plain']]);
      return [Buffer.from('x')];
    };`;
    const server = await startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0'], {
      cwd: folder({ 'app.mjs': hooked }),
    });
    await get(server.port, '/');
    expect(await server.stop()).toBe(0);
    expect(server.stderr()).toContain('hook done');
  });
});

const cgi = {
  GATEWAY_INTERFACE: 'CGI/1.1',
  REQUEST_METHOD: 'GET',
  REQUEST_URI: '/app/x%20y',
  SCRIPT_NAME: '/app',
  PATH_INFO: '/x y',
  SERVER_NAME: 'a',
  SERVER_PORT: '80',
  SERVER_PROTOCOL: 'HTTP/1.1',
};

describe('tsgi serve as a CGI program', () => {
  it.each([
    ['found out', []],
    ['asked for', ['--backend', 'cgi']],
  ])('%s: answers the one request on standard output, where nothing else is printed', async (_, flags) => {
    const cwd = folder({ 'app.mjs': `console.log('loaded');\n${HELLO}` });
    const { exitCode, stdout, stderr } = await tsgi(['serve', 'app.mjs', ...flags], { cwd, env: cgi });
    expect(stdout).toMatch(/^Status: 200 OK\r\n[^]*\r\n\r\nhello GET \/app\|\/x y\n$/);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: 'loaded\n' });
  });

  it('a response that fails after its head ends 1, an application that cannot be loaded 3', async () => {
    const cut = `export default (environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']]);
      return (function* () { yield Buffer.from('begun'); throw new Error('broken'); })();
    };`;
    const failed = await tsgi(['serve', 'app.mjs'], { cwd: folder({ 'app.mjs': cut }), env: cgi });
    expect(failed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Error: broken') });
    const missing = await tsgi(['serve', 'app.mjs'], { cwd: folder(), env: cgi });
    expect(missing).toMatchObject({ exitCode: 3, stdout: '' });
  });
});

describe('what is found out', () => {
  it('a listening socket on standard input is served as FastCGI', async () => {
    const path = `${folder()}/s`;
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(path, resolve));
    const handle: unknown = Reflect.get(listener, '_handle');
    const stdin = Number(Reflect.get(Object(handle), 'fd'));
    const server = await startTsgi(['serve', 'app.mjs'], { cwd: folder({ 'app.mjs': HELLO }), stdin });
    expect(server.addresses).toEqual(['fcgi+fd:0']);
    listener.on('connection', (socket) => socket.destroy());
    // GET_VALUES for FCGI_MPXS_CONNS; this process accepts as well, so ask until the command answers.
    const question = Buffer.from([1, 9, 0, 0, 0, 17, 0, 0, 15, 0, ...Buffer.from('FCGI_MPXS_CONNS')]);
    const ask = async (): Promise<string> => {
      const socket = connect({ path });
      socket.on('error', () => {});
      socket.write(question);
      const [answer] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
      socket.destroy();
      return String(answer);
    };
    await expect.poll(ask, { timeout: 10_000 }).toContain('FCGI_MPXS_CONNS');
    expect(await server.stop()).toBe(0);
    listener.close();
  });

  it('Ctrl+C and closed pipes apart, standard output stays empty', async () => {
    const server = spawnTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0'], { cwd: folder({ 'app.mjs': HELLO }) });
    let stdout = '';
    server.stdout?.on('data', (bytes) => (stdout += String(bytes)));
    const [bytes] = await once(server.stderr ?? server, 'data');
    const port = Number(/:(\d+) /.exec(String(bytes))?.[1]);
    await exchange({ host: '127.0.0.1', port }, 'GET / HTTP/1.0\r\n\r\n');
    server.kill('SIGTERM');
    await once(server, 'close');
    expect(stdout).toBe('');
  });
});
