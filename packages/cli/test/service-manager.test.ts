import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { localhost } from '../../http-backend/test/support/certificates.ts';
import { folder, get, HELLO, startTsgi, tsgi } from './command.ts';

/** Stands in for systemd-notify: writes down what it is to say. */
const NOTIFY = '#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> told\n';
const APP = `export default (environ, startResponse) => {
  startResponse('200 OK', []);
  return [Buffer.from(String(process.env.NOTIFY_SOCKET) + String(process.env.WATCHDOG_USEC))];
};`;

async function notified(flags: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const files = { 'app.mjs': APP, 'systemd-notify': NOTIFY, 'key.pem': localhost.key, 'cert.pem': localhost.cert };
  const cwd = folder(files);
  chmodSync(`${cwd}/systemd-notify`, 0o755);
  const server = await startTsgi(['serve', 'app.mjs', ...flags], {
    cwd,
    env: { ...process.env, PATH: `${cwd}:${process.env['PATH']}`, NOTIFY_SOCKET: '/run/systemd/notify', ...env },
  });
  const told = (): string[] =>
    existsSync(`${cwd}/told`)
      ? readFileSync(`${cwd}/told`, 'utf8')
          .trim()
          .split('\n')
          .map((line) => line.replace(/\d{5,}/, 'N'))
      : [];
  return { server, told };
}

const to = (text: string): string => `/run/systemd/notify ${text}`;

describe('a service manager', () => {
  it('is told that the server is ready, and that it stops; the application sees nothing of it', async () => {
    const { server, told } = await notified(['--bind', '127.0.0.1:0']);
    await expect.poll(told, { timeout: 20_000 }).toEqual([to('READY=1')]);
    expect(await get(server.port, '/')).toMatch(/undefinedundefined$/);
    expect(await server.stop()).toBe(0);
    await expect.poll(told, { timeout: 20_000 }).toEqual([to('READY=1'), to('STOPPING=1')]);
  });

  it.each([
    ['workers are replaced', ['--bind', '127.0.0.1:0', '--workers', '1'], /: reloaded/],
    [
      'certificates are read again',
      ['--bind', 'https://127.0.0.1:0', '--tls-key', 'key.pem', '--tls-cert', 'cert.pem'],
      /read again/,
    ],
  ])('is told when %s', async (_what, flags, done) => {
    const { server, told } = await notified(flags);
    await expect.poll(told, { timeout: 20_000 }).toEqual([to('READY=1')]);
    server.child.kill('SIGHUP');
    await expect.poll(server.stderr, { timeout: 20_000 }).toMatch(done);
    const reloaded = [to('READY=1'), to('RELOADING=1 MONOTONIC_USEC=N'), to('READY=1')];
    await expect.poll(told, { timeout: 20_000 }).toEqual(reloaded);
    expect(await server.stop()).toBe(0);
    await expect.poll(told, { timeout: 20_000 }).toEqual([...reloaded, to('STOPPING=1')]);
  });

  it('hears again and again that the event loop turns, where it asks for that', async () => {
    const { server, told } = await notified(['--bind', '127.0.0.1:0'], { WATCHDOG_USEC: '200000' });
    const heard = (): number => told().filter((line) => line === to('WATCHDOG=1')).length;
    await expect.poll(heard, { timeout: 20_000 }).toBeGreaterThan(3);
    expect(await server.stop()).toBe(0);
  });

  it('that is another process is told nothing of the watchdog', async () => {
    const { server, told } = await notified(['--bind', '127.0.0.1:0'], { WATCHDOG_USEC: '2000', WATCHDOG_PID: '1' });
    await expect.poll(told, { timeout: 20_000 }).toEqual([to('READY=1')]);
    expect(await server.stop()).toBe(0);
    await expect.poll(told, { timeout: 20_000 }).toEqual([to('READY=1'), to('STOPPING=1')]);
  });

  it('cannot be told without systemd-notify: one line says so', async () => {
    const { server } = await notified(['--bind', '127.0.0.1:0'], { PATH: '/nowhere' });
    const line = 'tsgi: NOTIFY_SOCKET is set, and there is no systemd-notify: the service manager is told nothing\n';
    await expect.poll(server.stderr, { timeout: 20_000 }).toContain(line);
    expect(await server.stop()).toBe(0);
    expect(server.stderr().split(line)).toHaveLength(2);
  });
});

describe('--check-config', () => {
  const files = { 'app.mjs': HELLO, 'bad.mjs': 'throw new Error("a typing error");', 'key.pem': 'no key' };

  it('finds all that can be found without the addresses, which somebody may serve at', async () => {
    const cwd = folder(files);
    const taken = createServer().listen(0, '127.0.0.1');
    const address = taken.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    for (const flags of [[], ['--workers', '2'], ['--threads', '2']]) {
      const args = ['serve', 'app.mjs', '--bind', `127.0.0.1:${port}`, '--bind', 'fcgi+unix:s', ...flags];
      const { exitCode, stderr } = await tsgi([...args, '--check-config'], { cwd });
      expect(stderr).toMatch(/^tsgi: app\.mjs( in 2 threads)? can be served so\n$/);
      expect(exitCode).toBe(0);
    }
    expect(existsSync(`${cwd}/s`)).toBe(false);
    taken.close();
  });

  it('answers no request of a CGI program', async () => {
    const args = ['serve', 'app.mjs', '--backend', 'cgi', '--check-config'];
    const env = { REQUEST_METHOD: 'GET', GATEWAY_INTERFACE: 'CGI/1.1', SERVER_PROTOCOL: 'HTTP/1.1' };
    const ended = await tsgi(args, { cwd: folder(files), env });
    expect(ended).toMatchObject({ exitCode: 0, stdout: '', stderr: 'tsgi: app.mjs can be served so\n' });
  });

  it.each([
    [['bad.mjs'], 3, /cannot load bad\.mjs: Error: a typing error/],
    [['bad.mjs', '--workers', '2'], 3, /cannot load bad\.mjs: Error: a typing error/],
    [['app.mjs', '--workers', '2', '--user', 'no-such-user'], 2, /--user: there is no user called no-such-user/],
    [['app.mjs', '--head-size', '0'], 2, /--head-size: expected/],
    [['app.mjs', '--max-rss', '1g'], 2, /--max-rss: it needs --workers/],
    [['app.mjs', '--bind', 'https://:0', '--tls-key', 'key.pem', '--tls-cert', 'key.pem'], 3, /key\.pem: /],
  ])('%s', async (args, code, line) => {
    const { exitCode, stderr } = await tsgi(['serve', ...args, '--check-config'], { cwd: folder(files) });
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(exitCode).toBe(code);
  });
});
