import { readFileSync, renameSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exchange, folder, get, scgi, type Server, startTsgi, tsgi } from './command.ts';

const APP = `
export default async (environ, startResponse) => {
  if (environ.PATH_INFO === '/boom') throw new Error('boom');
  if (environ.PATH_INFO === '/never') return new Promise(() => {});
  const length = Number(environ.QUERY_STRING) || 5;
  startResponse('200 OK', [['Content-Type', 'text/plain'], ['X-Id', environ.HTTP_X_REQUEST_ID ?? 'none']]);
  return [Buffer.alloc(length, 'x')];
};
`;

interface Logged {
  server: Server;
  lines(): string[];
  file: string;
}

async function logged(...args: string[]): Promise<Logged> {
  const cwd = folder({ 'app.mjs': APP });
  const file = join(cwd, 'access.log');
  const server = await startTsgi(['serve', 'app.mjs', '--access-log-file', file, ...args], { cwd });
  return { server, file, lines: () => readFileSync(file, 'utf8').split('\n').slice(0, -1) };
}

const soon = { timeout: 15_000, interval: 20 };
const HTTP = ['--bind', '127.0.0.1:0'];

describe('the access log', () => {
  it('has a line for each request on every wire, and for what was refused', async () => {
    const binds = [...HTTP, '--bind', 'scgi://127.0.0.1:0', '--bind', 'fcgi://127.0.0.1:0'];
    const { server, lines } = await logged(...binds, '--access-log', '%h "%r" %>s %b %X %{X-Id}o');
    const [http = 0, scgiPort = 0, fcgi = 0] = server.addresses.map((address) => Number(address.split(':').at(-1)));
    await get(http, '/a?7');
    const variables = { REQUEST_URI: '/s', PATH_INFO: '/s', SCRIPT_NAME: '', SERVER_NAME: 'a', SERVER_PORT: '80' };
    await scgi(
      { host: '127.0.0.1', port: scgiPort },
      { ...variables, SERVER_PROTOCOL: 'HTTP/1.0', REMOTE_ADDR: '192.0.2.1' },
    );
    await get(http, '/boom');
    await get(http, '/bad', 'G ET');
    // A FastCGI record of version 9.
    await new Promise((resolve) => {
      const socket = connect(fcgi, '127.0.0.1', () => socket.write(Buffer.alloc(8, 9)));
      socket.on('error', resolve).on('close', resolve).resume();
    });
    await expect.poll(() => lines().length, soon).toBe(5);
    expect(lines()).toEqual([
      expect.stringMatching(/^127\.0\.0\.1 "GET \/a\?7 HTTP\/1\.1" 200 7 - \S+-1$/),
      expect.stringMatching(/^192\.0\.2\.1 "GET \/s HTTP\/1\.0" 200 5 - \S+-2$/),
      // Of the server's own answer it knows the head, too.
      expect.stringMatching(/^127\.0\.0\.1 "GET \/boom HTTP\/1\.1" 500 26 - -$/),
      '127.0.0.1 "-" 400 - - -',
      '127.0.0.1 "-" - - - -',
    ]);
    expect(await server.stop()).toBe(0);
  });

  it('is opened anew at SIGUSR1, by all processes; what nobody has seen yet is written at the end', async () => {
    for (const args of [[], ['--workers', '2'], ['--threads', '1']]) {
      const { server, lines, file } = await logged(...HTTP, ...args);
      await get(server.port, '/before');
      await expect.poll(lines, soon).toHaveLength(1);
      renameSync(file, `${file}.1`);
      server.child.kill('SIGUSR1');
      await expect.poll(() => readable(file), soon).toBe('');
      for (let asked = 0; asked < 20; asked++) await get(server.port, `/after/${asked}`);
      expect(await server.stop()).toBe(0);
      expect(lines()).toHaveLength(20);
      expect(readFileSync(`${file}.1`, 'utf8').trim().split('\n')).toHaveLength(1);
      expect(server.stderr()).not.toMatch(/[Dd]ebugger/);
    }
  });

  it('one file takes the lines of several workers whole', async () => {
    const { server, lines } = await logged(...HTTP, '--workers', '2', '--access-log', 'json');
    const target = `/${'y'.repeat(2000)}`;
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 30 }, () => get(server.port, target)));
    }
    expect(await server.stop()).toBe(0);
    expect(lines()).toHaveLength(300);
    for (const line of lines()) expect(JSON.parse(line)).toMatchObject({ uri: target, status: 200 });
    const makers = new Set(lines().map((line) => String(JSON.parse(line).requestId).split('-')[0]));
    expect(makers.size).toBe(2);
  });

  it('says who left before the answer was there, and who before all of it', async () => {
    const { server, lines } = await logged(...HTTP, '--access-log', '%U %>s %X %B');
    for (const path of ['/never', '/long?80000000']) {
      await new Promise((resolve) => {
        const call = request({ host: '127.0.0.1', port: server.port, path });
        call.on('error', resolve);
        if (path === '/never') setTimeout(() => call.destroy(), 100);
        call.on('response', (answer) => answer.once('data', () => call.destroy()).on('error', resolve));
        call.end();
      });
    }
    await expect.poll(lines, soon).toHaveLength(2);
    const [long = '', never] = lines().toSorted();
    expect(never).toBe('/never 499 X 0');
    const [, bytes = ''] = /^\/long 200 X (\d+)$/.exec(long) ?? [];
    expect(Number(bytes)).toBeLessThan(80_000_000);
    await server.stop();
  });

  it('says 101 of a connection that the application has taken over, and that it is kept', async () => {
    const cwd = folder({
      'app.mjs': `export default (environ, startResponse) =>
        environ['tsgi.upgrade'](environ, startResponse, (_request, socket) =>
          socket.end('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\n'));`,
    });
    const file = join(cwd, 'access.log');
    const flags = ['--access-log-file', file, '--access-log', '"%r" %>s %X'];
    const server = await startTsgi(['serve', 'app.mjs', ...HTTP, ...flags], { cwd });
    const handshake = 'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
    expect(await exchange({ host: '127.0.0.1', port: server.port }, handshake)).toContain('101 Switching Protocols');
    await expect.poll(() => readFileSync(file, 'utf8'), soon).toBe('"GET /chat HTTP/1.1" 101 +\n');
    await server.stop();
  });

  it('is off until somebody wants it, and off where it is said', async () => {
    const { server, file } = await logged(...HTTP, '--access-log', 'off');
    expect(await get(server.port, '/')).toContain('X-Id: none');
    expect(await server.stop()).toBe(0);
    expect(readable(file)).toBeUndefined();
  });

  it('goes to standard error, or to standard output', async () => {
    for (const args of [
      ['--access-log', 'common'],
      ['--access-log-file', '-'],
    ]) {
      const cwd = folder({ 'app.mjs': APP });
      const server = await startTsgi(['serve', 'app.mjs', ...HTTP, ...args], { cwd });
      let stdout = '';
      server.child.stdout?.on('data', (chunk) => (stdout += String(chunk)));
      await get(server.port, '/x');
      await server.stop();
      const [used, other] = args[1] === '-' ? [stdout, server.stderr()] : [server.stderr(), stdout];
      expect(used).toMatch(/"GET \/x HTTP\/1\.1" 200 5/);
      expect(other).not.toContain('GET /x');
    }
  });

  it('refuses what is no format by its name, before anything is bound', async () => {
    const cwd = folder({ 'app.mjs': APP, 'tsgi.config.json': '{"accessLog":"%Q"}' });
    for (const args of [
      ['serve', 'app.mjs'],
      ['serve', 'app.mjs', '--workers', '2'],
      ['serve', 'app.mjs', '--check-config'],
    ]) {
      expect(await tsgi([...args, '--access-log', '%h %k'], { cwd })).toMatchObject({
        exitCode: 2,
        stderr: 'tsgi: --access-log: unknown directive %k\n',
      });
    }
    expect(await tsgi(['serve', 'app.mjs'], { cwd })).toMatchObject({
      exitCode: 2,
      stderr: 'tsgi: tsgi.config.json: accessLog: unknown directive %Q\n',
    });
    expect(await tsgi(['serve', 'app.mjs', '--access-log', 'combind'], { cwd })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/found "combind"; did you mean combined\?\n$/),
    });
    const gateway = ['gateway', '--to', 'cgi:/bin/true', '--access-log', 'clf'];
    expect(await tsgi(gateway)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--access-log: expected common'),
    });
    expect(await tsgi(['serve', 'app.mjs', '--backend', 'cgi', '--access-log', 'common'], { cwd })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--access-log: cgi cannot obey it'),
    });
  });
});

function readable(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
