import { execFileSync } from 'node:child_process';
import { chmodSync, statSync } from 'node:fs';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { localhost } from '../../http-backend/test/support/certificates.ts';
import { exchange, folder, get, startTsgi, tsgi } from './command.ts';

const APP = `
export default (environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  const { pid } = process;
  return [Buffer.from(JSON.stringify({ pid, uid: process.getuid(), gid: process.getgid(), groups: process.getgroups() }))];
};
`;
const isRoot = process.getuid?.() === 0;

function ids(flag: string, user: string): number[] {
  return execFileSync('id', [flag, user], { encoding: 'utf8' }).trim().split(' ').map(Number);
}

async function serving(flags: readonly string[]) {
  const cwd = folder({ 'app.mjs': APP });
  chmodSync(cwd, 0o755);
  return startTsgi(['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '1', ...flags], { cwd });
}

function found(answer: string): { uid: number; gid: number; groups: number[] } {
  return JSON.parse(answer.slice(answer.indexOf('{')));
}

describe.runIf(isRoot)('workers that root starts', () => {
  it('become the user, with its groups, and so do their successors', async () => {
    const server = await serving(['--user', 'nobody']);
    const expected = { uid: ids('-u', 'nobody')[0], gid: ids('-g', 'nobody')[0] };
    const first = found(await get(server.port, '/'));
    expect(first).toMatchObject(expected);
    expect(first.groups.toSorted()).toEqual(ids('-G', 'nobody').toSorted());
    server.child.kill('SIGHUP');
    await expect.poll(server.stderr, { timeout: 20_000 }).toMatch(/reloaded/);
    expect(found(await get(server.port, '/'))).toMatchObject(expected);
    expect(await server.stop()).toBe(0);
  });

  it('become the group', async () => {
    const server = await serving(['--group', 'daemon']);
    const gid = Number(execFileSync('getent', ['group', 'daemon'], { encoding: 'utf8' }).split(':')[2]);
    expect(found(await get(server.port, '/'))).toMatchObject({ uid: 0, gid, groups: [gid] });
    expect(await server.stop()).toBe(0);
  });

  it('serve with a key that only root can read', async () => {
    const cwd = folder({ 'app.mjs': APP, 'key.pem': localhost.key, 'cert.pem': localhost.cert });
    chmodSync(cwd, 0o755);
    chmodSync(`${cwd}/key.pem`, 0o600);
    const tls = ['--tls-key', 'key.pem', '--tls-cert', 'cert.pem'];
    const args = ['serve', 'app.mjs', '--bind', 'https://127.0.0.1:0', '--workers', '1', '--user', 'nobody', ...tls];
    const server = await startTsgi(args, { cwd });
    const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false });
    socket.end('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    let answer = '';
    for await (const bytes of socket) answer += String(bytes);
    expect(found(answer).uid).toBe(ids('-u', 'nobody')[0]);
    expect(await server.stop()).toBe(0);
  });

  it('take a user by its number, and another group', async () => {
    const server = await serving(['--user', '65534', '--group', '7777']);
    const { uid, gid, groups } = found(await get(server.port, '/'));
    expect([uid, gid]).toEqual([65_534, 7777]);
    expect(groups).toContain(7777);
    expect(groups).not.toContain(0);
    expect(await server.stop()).toBe(0);
  });
});

describe.skipIf(isRoot)('workers that somebody else starts', () => {
  it('can become nobody else', async () => {
    const cwd = folder({ 'app.mjs': APP });
    const args = ['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '1', '--user', 'root'];
    const { exitCode, stderr } = await tsgi(args, { cwd });
    expect(exitCode).toBe(3);
    expect(stderr).toBe('tsgi: --user root: only root can become another user or group\n');
  });
});

describe('names', () => {
  it.each([
    [['--user', 'no-such-user'], 'tsgi: --user: there is no user called no-such-user\n'],
    [['--group', 'no-such-group'], 'tsgi: --group: there is no group called no-such-group\n'],
  ])('%s that nobody has are one line, and nothing is bound', async (flags, line) => {
    const cwd = folder({ 'app.mjs': APP });
    const args = ['serve', 'app.mjs', '--bind', '127.0.0.1:0', '--workers', '2', ...flags];
    expect(await tsgi(args, { cwd })).toMatchObject({ exitCode: 2, stderr: line });
  });
});

describe('--umask', () => {
  it('holds for the sockets that are bound, and for the workers', async () => {
    const app = `export default (environ, startResponse) => {
      startResponse('200 OK', []);
      return [Buffer.from('umask ' + process.umask().toString(8))];
    };`;
    for (const [flags, mode] of [
      [['--workers', '1'], 0o700],
      [[], 0o700],
    ] as const) {
      const cwd = folder({ 'app.mjs': app });
      const args = ['serve', 'app.mjs', '--bind', 'http+unix:s', '--umask', '077', ...flags];
      const server = await startTsgi(args, { cwd });
      expect(statSync(`${cwd}/s`).mode & 0o777).toBe(mode);
      const request = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
      expect(await exchange({ path: `${cwd}/s` }, request)).toMatch(/umask 77$/);
      expect(await server.stop()).toBe(0);
    }
  });

  it('is octal', async () => {
    const cwd = folder({ 'app.mjs': APP });
    expect(await tsgi(['serve', 'app.mjs', '--umask', '99'], { cwd })).toMatchObject({
      exitCode: 2,
      stderr: 'tsgi: --umask: expected an octal number such as 027, found "99"\n',
    });
  });
});
