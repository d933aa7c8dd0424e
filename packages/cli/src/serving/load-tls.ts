import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { TlsIdentity, TlsOptions } from '@tsgi/http-backend';
import { startError, usageError, whyNoFile } from '../command-line/failure.ts';
import { type Layer, sourceOf } from '../settings/layers.ts';
import { parseTlsHost, type TlsSettings } from '../settings/tls-settings.ts';
import { opensslWords } from './openssl-words.ts';

/**
 * Reads the files that TLS needs, and looks at what is in them: OpenSSL takes an empty certificate and a CA that is none
 * without a word.
 *
 * @throws CommandFailure (exit 3) naming the file that cannot be read or is not what it should be; (exit 2) for ciphers
 *   that nobody knows.
 */
export function loadTls(layer: Layer<TlsSettings>): TlsOptions {
  return readAhead.get(layer) ?? readTls(layer);
}

const readAhead = new WeakMap<Layer<TlsSettings>, TlsOptions>();

/** For a process that is about to lose the right to read a key: what `loadTls` gives then is what is there now. */
export function loadTlsAhead(layer: Layer<TlsSettings>): void {
  readAhead.set(layer, readTls(layer));
}

function readTls(layer: Layer<TlsSettings>): TlsOptions {
  const { tlsKey = '', tlsCert = '', tlsHosts = [], tlsCa, tlsPassphraseFile } = layer.values;
  const { tlsClientCertificates: clientCertificates, tlsMinVersion: minVersion, tlsCiphers: ciphers } = layer.values;
  const files = new TlsFiles(layer);
  if (ciphers !== undefined) checkCiphers(ciphers, sourceOf('tlsCiphers', layer));
  const passphrase =
    tlsPassphraseFile === undefined
      ? undefined
      : files.read('tlsPassphraseFile', tlsPassphraseFile).replace(/\r?\n$/, '');
  const hosts = tlsHosts.map((text): [string, TlsIdentity] => {
    const { name, cert, key } = parseTlsHost(text);
    return [name, files.identity(['tlsHosts', cert], ['tlsHosts', key], passphrase)];
  });
  return {
    ...files.identity(['tlsCert', tlsCert], ['tlsKey', tlsKey], passphrase),
    ...(hosts.length === 0 ? undefined : { hosts: Object.fromEntries(hosts) }),
    ...(tlsCa === undefined ? undefined : { ca: files.certificate('tlsCa', tlsCa) }),
    ...(clientCertificates === undefined ? undefined : { clientCertificates }),
    ...(minVersion === undefined ? undefined : { minVersion }),
    ...(ciphers === undefined ? undefined : { ciphers }),
  };
}

type Source = readonly [setting: keyof TlsSettings, path: string];

/** Reads files of TLS; knows which setting named each. */
class TlsFiles {
  readonly #layer: Layer<TlsSettings>;

  constructor(layer: Layer<TlsSettings>) {
    this.#layer = layer;
  }

  identity(certSource: Source, keySource: Source, passphrase: string | undefined): TlsIdentity {
    const cert = this.certificate(...certSource);
    const key = this.read(...keySource);
    const [setting, path] = keySource;
    try {
      const opened = createPrivateKey(passphrase === undefined ? key : { key, passphrase });
      if (!new X509Certificate(cert).checkPrivateKey(opened)) throw new Error(`not the key of ${certSource[1]}`);
      // What OpenSSL would refuse only later: a key that is too short for its security level, for one.
      createSecureContext(passphrase === undefined ? { cert, key } : { cert, key, passphrase });
    } catch (error) {
      throw this.#badFile(setting, path, opensslWords(error, 'key'), error);
    }
    return { cert, key, ...(passphrase === undefined ? undefined : { passphrase }) };
  }

  certificate(setting: keyof TlsSettings, path: string): string {
    const text = this.read(setting, path);
    try {
      void new X509Certificate(text);
    } catch (error) {
      throw this.#badFile(setting, path, opensslWords(error, 'certificate'), error);
    }
    return text;
  }

  read(setting: keyof TlsSettings, path: string): string {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw this.#badFile(setting, path, whyNoFile(error), error);
    }
  }

  #badFile(setting: keyof TlsSettings, path: string, why: string, error: unknown): Error {
    return startError(`${sourceOf(setting, this.#layer)} ${path}: ${why}`, error);
  }
}

function checkCiphers(ciphers: string, source: string): void {
  try {
    createSecureContext({ ciphers });
  } catch (error) {
    throw usageError(`${source} ${ciphers}: ${opensslWords(error, 'ciphers')}`);
  }
}
