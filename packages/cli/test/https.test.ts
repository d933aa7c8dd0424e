import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { authority, client, example, localhost } from '../../http-backend/test/support/certificates.ts';
import { hasFrameFault } from '../src/serving/http2-caution.ts';
import { folder, HELLO, type Server, startTsgi, tsgi } from './command.ts';

const files = {
  'app.mjs': HELLO,
  'key.pem': localhost.key,
  'cert.pem': localhost.cert,
  'example.key': example.key,
  'example.crt': example.cert,
  'ca.pem': authority,
};
const keys = ['--tls-key', 'key.pem', '--tls-cert', 'cert.pem'];

function start(cwd: string, ...flags: string[]): Promise<Server> {
  return startTsgi(['serve', 'app.mjs', '--bind', 'https://127.0.0.1:0', ...keys, ...flags], { cwd });
}

async function open(server: Server, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, ...options });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

async function ask(server: Server, options: ConnectionOptions = {}): Promise<string> {
  const socket = await open(server, options);
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  let answer = '';
  socket.on('data', (bytes) => (answer += String(bytes)));
  await once(socket, 'close');
  return answer;
}

/** The name in the certificate that a new connection gets. */
async function nameAt(server: Server, servername = 'localhost'): Promise<unknown> {
  const socket = await open(server, { servername });
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
}

describe('https', () => {
  it('says at the start when a client of HTTP/2 can end the process, in one line', async () => {
    const cwd = folder(files);
    const isFaulty = hasFrameFault(process.versions.nghttp2);
    const caution = /^tsgi: caution: a client of HTTP\/2 can end this process \(CVE-2026-27135: .*\n/m;
    const spoken = async (server: Server): Promise<boolean> => {
      await server.stop();
      return caution.test(server.stderr());
    };
    expect(await spoken(await start(cwd))).toBe(isFaulty);
    expect(await spoken(await start(cwd, '--no-http2'))).toBe(false);
    const versions = ['1.61.0', '1.68.0', '0.99.9', '1.68.1', '1.69.0', '2.0.0', undefined];
    expect(versions.filter((version) => hasFrameFault(version))).toEqual(['1.61.0', '1.68.0', '0.99.9']);
  });

  it('takes a key and a certificate, and offers HTTP/2 unless told not to', async () => {
    const cwd = folder(files);
    const server = await start(cwd);
    expect(server.addresses).toEqual([`https://127.0.0.1:${server.port}`]);
    expect(await ask(server)).toContain('hello GET |/\n');
    const session = connectHttp2(`https://127.0.0.1:${server.port}`, { rejectUnauthorized: false });
    const [headers] = await once(session.request({ ':path': '/' }), 'response');
    expect(headers[':status']).toBe(200);
    session.destroy();
    const without = await start(cwd, '--no-http2');
    const socket = await open(without, { ALPNProtocols: ['h2', 'http/1.1'] });
    expect(socket.alpnProtocol).toBe('http/1.1');
    socket.destroy();
    expect(await server.stop()).toBe(0);
  });

  it('has other certificates for other names', async () => {
    const server = await start(folder(files), '--tls-hosts', '*.example.test=example.crt:example.key');
    expect(await nameAt(server)).toBe('localhost');
    expect(await nameAt(server, 'a.example.test')).toBe('example.test');
  });

  it('asks for client certificates', async () => {
    const server = await start(folder(files), '--tls-client-certificates', 'require', '--tls-ca', 'ca.pem');
    expect(await ask(server, client)).toContain('hello GET');
    await expect(ask(server)).rejects.toThrow(/certificate required/);
  });

  it('opens an encrypted key with what a file says', async () => {
    const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' } as const;
    const key = String(createPrivateKey(localhost.key).export(options));
    const cwd = folder({ ...files, 'key.pem': key, right: 'open sesame\n', wrong: 'sesame' });
    expect(await ask(await start(cwd, '--tls-passphrase-file', 'right'))).toContain('hello GET');
    for (const flags of [[], ['--tls-passphrase-file', 'wrong']]) {
      const ended = await tsgi(['serve', 'app.mjs', '--bind', 'https://127.0.0.1:0', ...keys, ...flags], { cwd });
      expect(ended).toMatchObject({
        exitCode: 3,
        stderr: expect.stringMatching(/^tsgi: --tls-key key.pem: [^\n]+\n$/),
      });
    }
  });

  it('speaks no older version than it was told to', async () => {
    const server = await start(folder(files), '--tls-min-version', 'TLSv1.3');
    await expect(open(server, { maxVersion: 'TLSv1.2' })).rejects.toThrow(/alert protocol version/);
    expect(await ask(server, { minVersion: 'TLSv1.3' })).toContain('hello GET');
  });

  it('is configured from a file, whose paths begin at its folder', async () => {
    const config = JSON.stringify({ app: './app.mjs', bind: '127.0.0.1:0', tlsKey: 'key.pem', tlsCert: './cert.pem' });
    const { 'app.mjs': app, 'key.pem': key, 'cert.pem': cert } = files;
    const cwd = folder({ 'deep/app.mjs': app, 'deep/key.pem': key, 'deep/cert.pem': cert, 'deep/c.json': config });
    expect(await ask(await startTsgi(['serve', '-c', 'deep/c.json'], { cwd }))).toContain('hello GET');
  });

  it('reads the files again at SIGHUP, and keeps the old ones when the new ones are no good', async () => {
    const cwd = folder(files);
    const server = await start(cwd);
    const kept = await open(server);
    expect(await nameAt(server)).toBe('localhost');
    renameSync(`${cwd}/example.key`, `${cwd}/key.pem`);
    renameSync(`${cwd}/example.crt`, `${cwd}/cert.pem`);
    server.child.kill('SIGHUP');
    await expect.poll(() => server.stderr(), { timeout: 15_000 }).toContain('tsgi: certificates were read again\n');
    expect(await nameAt(server)).toBe('example.test');
    writeFileSync(`${cwd}/cert.pem`, localhost.cert);
    server.child.kill('SIGHUP');
    const mismatch = 'tsgi: the old certificates stay in use: --tls-key key.pem: not the key of cert.pem\n';
    await expect.poll(() => server.stderr(), { timeout: 15_000 }).toContain(mismatch);
    rmSync(`${cwd}/cert.pem`);
    server.child.kill('SIGHUP');
    await expect
      .poll(() => server.stderr(), { timeout: 15_000 })
      .toMatch(/stay in use: --tls-cert cert.pem: there is no such file\n$/);
    expect(await nameAt(server)).toBe('example.test');
    kept.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(String(await once(kept, 'data'))).toContain('hello GET');
  });
});

describe('https that cannot be had', () => {
  const bind = ['--bind', 'https://127.0.0.1:0'];

  it.each<[string[], number, string]>([
    [bind, 2, '--bind https://127.0.0.1:0: https needs --tls-key FILE and --tls-cert FILE'],
    [['--backend', 'https'], 2, 'the default 127.0.0.1:8000: https needs --tls-key FILE and --tls-cert FILE'],
    [[...bind, '--tls-key', 'key.pem'], 2, '--tls-key and --tls-cert need each other'],
    [['--bind', '127.0.0.1:0', '--tls-cert', 'cert.pem'], 2, '--tls-key and --tls-cert need each other'],
    [[...bind, ...keys, '--tls-ca', 'ca.pem'], 2, '--tls-client-certificates and --tls-ca need each other'],
    [[...bind, ...keys, '--tls-client-certificates', 'require'], 2, '--tls-client-certificates and --tls-ca need each'],
    [[...bind, ...keys, '--tls-min-version', 'SSLv3'], 2, '--tls-min-version: expected TLSv1.2 or TLSv1.3'],
    [[...bind, ...keys, '--tls-ciphers', 'none'], 2, '--tls-ciphers none: '],
    [[...bind, ...keys, '--tls-hosts', 'a.test'], 2, '--tls-hosts: expected NAME=CERT:KEY, a host name and two files'],
    [[...bind, '--tls-key', 'none.pem', '--tls-cert', 'cert.pem'], 3, '--tls-key none.pem: there is no such file'],
    [[...bind, '--tls-key', '.', '--tls-cert', 'cert.pem'], 3, '--tls-key .: EISDIR'],
    [[...bind, '--tls-key', 'app.mjs', '--tls-cert', 'cert.pem'], 3, '--tls-key app.mjs: '],
    [[...bind, '--tls-key', 'key.pem', '--tls-cert', 'empty.pem'], 3, '--tls-cert empty.pem: '],
    [
      [...bind, '--tls-key', 'key.pem', '--tls-cert', 'example.crt'],
      3,
      '--tls-key key.pem: not the key of example.crt',
    ],
    [[...bind, ...keys, '--tls-hosts', 'a.test=example.crt:none'], 3, '--tls-hosts none: there is no such file'],
    [[...bind, ...keys, '--tls-passphrase-file', 'none'], 3, '--tls-passphrase-file none: there is no such file'],
  ])('%j ends %i in one line', async (flags, exitCode, line) => {
    const ended = await tsgi(['serve', 'app.mjs', ...flags], { cwd: folder({ ...files, 'empty.pem': '' }) });
    expect(ended).toEqual({ exitCode, stdout: '', stderr: expect.stringMatching(/^tsgi: [^\n]+\n$/) });
    expect(ended.stderr).toContain(line);
  });
});
