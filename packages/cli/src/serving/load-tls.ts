import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { TlsIdentity, TlsOptions } from '@tsgi/http-backend';
import { firstLine, startError, usageError, whyNoFile } from '../command-line/failure.ts';
import { flagName } from '../settings/setting-table.ts';
import { parseTlsHost, type TlsSettings } from '../settings/tls-settings.ts';

/**
 * Reads the files that TLS needs, and looks at what is in them: OpenSSL takes an empty certificate and a CA that is none
 * without a word.
 *
 * @throws CommandFailure (exit 3) naming the file that cannot be read or is not what it should be; (exit 2) for ciphers
 *   that nobody knows.
 */
export function loadTls(settings: Partial<TlsSettings>): TlsOptions {
  const { tlsKey = '', tlsCert = '', tlsHosts = [], tlsCa, tlsPassphraseFile } = settings;
  const { tlsClientCertificates: clientCertificates, tlsMinVersion: minVersion, tlsCiphers: ciphers } = settings;
  if (ciphers !== undefined) checkCiphers(ciphers);
  const passphrase =
    tlsPassphraseFile === undefined ? undefined : read('tlsPassphraseFile', tlsPassphraseFile).replace(/\r?\n$/, '');
  const hosts = tlsHosts.map((text): [string, TlsIdentity] => {
    const { name, cert, key } = parseTlsHost(text);
    return [name, identity(['tlsHosts', cert], ['tlsHosts', key], passphrase)];
  });
  return {
    ...identity(['tlsCert', tlsCert], ['tlsKey', tlsKey], passphrase),
    ...(hosts.length === 0 ? undefined : { hosts: Object.fromEntries(hosts) }),
    ...(tlsCa === undefined ? undefined : { ca: certificate('tlsCa', tlsCa) }),
    ...(clientCertificates === undefined ? undefined : { clientCertificates }),
    ...(minVersion === undefined ? undefined : { minVersion }),
    ...(ciphers === undefined ? undefined : { ciphers }),
  };
}

type Source = readonly [setting: keyof TlsSettings, path: string];

function identity(certSource: Source, keySource: Source, passphrase: string | undefined): TlsIdentity {
  const cert = certificate(...certSource);
  const key = read(...keySource);
  const [setting, path] = keySource;
  try {
    const opened = createPrivateKey(passphrase === undefined ? key : { key, passphrase });
    if (!new X509Certificate(cert).checkPrivateKey(opened)) throw new Error(`not the key of ${certSource[1]}`);
  } catch (error) {
    throw badFile(setting, path, error);
  }
  return { cert, key, ...(passphrase === undefined ? undefined : { passphrase }) };
}

function certificate(setting: keyof TlsSettings, path: string): string {
  const text = read(setting, path);
  try {
    void new X509Certificate(text);
  } catch (error) {
    throw badFile(setting, path, error);
  }
  return text;
}

function read(setting: keyof TlsSettings, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw badFile(setting, path, error);
  }
}

function badFile(setting: keyof TlsSettings, path: string, error: unknown): Error {
  return startError(`--${flagName(setting)} ${path}: ${whyNoFile(error)}`, error);
}

function checkCiphers(ciphers: string): void {
  try {
    createSecureContext({ ciphers });
  } catch (error) {
    throw usageError(`--tls-ciphers ${ciphers}: ${firstLine(error)}`);
  }
}
