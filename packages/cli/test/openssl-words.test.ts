import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { localhost } from '../../http-backend/test/support/certificates.ts';
import { folder, HELLO, tsgi } from './command.ts';

const encrypted = (passphrase: string): string =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase },
  }).privateKey;

const start = (cwd: string, flags: string[], env: Record<string, string> = {}): ReturnType<typeof tsgi> =>
  tsgi(['serve', 'app.mjs', '--bind', 'https://127.0.0.1:0', ...flags], { cwd, env });

describe('what OpenSSL will not have is said in plain words', () => {
  it.each([
    ['', localhost.cert, '--tls-key key.pem: expected a private key in PEM, found none'],
    [localhost.key.slice(0, 200), localhost.cert, '--tls-key key.pem: expected a private key in PEM, found none'],
    [localhost.cert, localhost.cert, '--tls-key key.pem: expected a private key in PEM, found none'],
    [localhost.key, '', '--tls-cert cert.pem: expected a certificate in PEM, found none'],
    [localhost.key, localhost.key, '--tls-cert cert.pem: expected a certificate in PEM, found none'],
    [encrypted('right'), localhost.cert, '--tls-key key.pem: the key is encrypted; --tls-passphrase-file names'],
  ])('%#', async (key, cert, line) => {
    const cwd = folder({ 'app.mjs': HELLO, 'key.pem': key, 'cert.pem': cert });
    const { exitCode, stderr } = await start(cwd, ['--tls-key', 'key.pem', '--tls-cert', 'cert.pem']);
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining(`tsgi: ${line}`)]);
    expect(stderr).not.toMatch(/error:|routines/);
  });

  it('a passphrase that is wrong, ciphers that nobody knows, a key that is too short', async () => {
    const cwd = folder({ 'app.mjs': HELLO, 'key.pem': encrypted('right'), 'cert.pem': localhost.cert, wrong: 'wrong' });
    const tls = ['--tls-key', 'key.pem', '--tls-cert', 'cert.pem'];
    expect((await start(cwd, [...tls, '--tls-passphrase-file', 'wrong'])).stderr).toBe(
      'tsgi: --tls-key key.pem: the passphrase does not open it\n',
    );
    expect((await start(cwd, [...tls, '--tls-ciphers', 'NONE-SUCH'])).stderr).toBe(
      'tsgi: --tls-ciphers NONE-SUCH: OpenSSL knows none of these ciphers\n',
    );
    const short = ['req', '-x509', '-newkey', 'rsa:512', '-nodes', '-subj', '/CN=a', '-keyout', 'k', '-out', 'c'];
    execFileSync('openssl', short, { cwd, stdio: 'ignore' });
    expect((await start(cwd, ['--tls-key', 'k', '--tls-cert', 'c'])).stderr).toMatch(
      /^tsgi: --tls-key k: the key is too short/,
    );
  });

  it('and the setting is named as it was given', async () => {
    const cwd = folder({ 'app.mjs': HELLO, 'key.pem': '', 'cert.pem': localhost.cert });
    const { stderr } = await start(cwd, [], { TSGI_TLS_KEY: 'key.pem', TSGI_TLS_CERT: 'cert.pem' });
    expect(stderr).toMatch(/^tsgi: TSGI_TLS_KEY key\.pem: expected a private key/);
  });
});
