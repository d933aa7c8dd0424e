import { resolve } from 'node:path';
import { choice, file, type Kind, several, text } from './kinds.ts';
import type { SettingTable } from './setting-table.ts';

const CLIENT_CERTIFICATES = ['request', 'require'] as const;
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

/** What can be set of TLS. Files are PEM; they are read at the start, and again at SIGHUP. */
export interface TlsSettings {
  /** The private key. */
  tlsKey: string;
  /** The certificate, with the intermediate ones behind it. */
  tlsCert: string;
  /** A file whose text opens the keys. Default: they are not encrypted. */
  tlsPassphraseFile: string;
  /** Certificates for other names that a client asks for (SNI): `NAME=CERT:KEY`; `*.example.com` is one label. */
  tlsHosts: readonly string[];
  /** What client certificates are verified against. */
  tlsCa: string;
  /** `request` takes a client without a certificate, or with one that does not verify. Default: none is asked for. */
  tlsClientCertificates: (typeof CLIENT_CERTIFICATES)[number];
  /** Default: Node's, `TLSv1.2`. */
  tlsMinVersion: (typeof VERSIONS)[number];
  /** In the words of OpenSSL. Default: ECDHE with AES-GCM or ChaCha20. */
  tlsCiphers: string;
}

/** A name and its own certificate. */
export interface TlsHost {
  readonly name: string;
  readonly cert: string;
  readonly key: string;
}

const HOST = /^((?:\*\.)?[\w-]+(?:\.[\w-]+)*)=([^:]+):([^:]+)$/;

/** Reads `NAME=CERT:KEY`. @throws Error with what was expected. */
export function parseTlsHost(value: string): TlsHost {
  const [, name, cert, key] = HOST.exec(value) ?? [];
  if (name !== undefined && cert !== undefined && key !== undefined) return { name, cert, key };
  throw new Error(`expected NAME=CERT:KEY, a host name and two files, found ${JSON.stringify(value)}`);
}

const tlsHost: Kind<string> = {
  ...text('NAME=CERT:KEY'),
  read(value) {
    const given = text('NAME=CERT:KEY').read(value);
    parseTlsHost(given);
    return given;
  },
  from(folder, value) {
    const { name, cert, key } = parseTlsHost(value);
    return `${name}=${resolve(folder, cert)}:${resolve(folder, key)}`;
  },
};

/** `TlsSettings` as a table. */
export const tlsSettings: SettingTable<TlsSettings> = {
  tlsKey: { kind: file('FILE'), help: 'the private key, PEM; read again at SIGHUP, as all these files' },
  tlsCert: { kind: file('FILE'), help: 'its certificate, and the intermediate ones behind it, PEM' },
  tlsPassphraseFile: { kind: file('FILE'), help: 'what opens an encrypted key', default: '(none)' },
  tlsHosts: {
    kind: several(tlsHost),
    help: 'a certificate for another name (SNI), *.example.com for one label; repeatable',
    default: '(none)',
  },
  tlsCa: { kind: file('FILE'), help: 'what client certificates are verified against, PEM' },
  tlsClientCertificates: {
    kind: choice(CLIENT_CERTIFICATES),
    help: 'asks clients for a certificate; request goes on without a good one',
    default: '(not asked for)',
  },
  tlsMinVersion: { kind: choice(VERSIONS), help: 'the oldest version that is spoken', default: 'TLSv1.2' },
  tlsCiphers: {
    kind: text('CIPHERS'),
    help: "the ciphers, in OpenSSL's words",
    default: '(ECDHE with AES-GCM or ChaCha20)',
  },
};
