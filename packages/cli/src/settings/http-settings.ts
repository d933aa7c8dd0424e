import type { HttpOptions } from '@tsgi/http-backend';
import { expected, type Kind, text, texts, toggle } from './kinds.ts';
import type { SettingTable } from './setting-table.ts';

/** What only HTTP has, with TLS or without. */
export type HttpSettings = Required<
  Pick<HttpOptions, 'http2' | 'h2c' | 'trustedPeers' | 'proxyProtocol' | 'serverHeader'>
>;

const serverHeader: Kind<string> = {
  ...text('TEXT'),
  read(value) {
    if (value === '') return '';
    const line = text('TEXT').read(value);
    if (!/^[\x20-\x7e\x80-\xff]*$/.test(line)) throw expected('text that a header can hold', value);
    return line;
  },
};

/** `HttpSettings` as a table. */
export const httpSettings: SettingTable<HttpSettings> = {
  http2: { kind: toggle, help: 'HTTP/2 for clients that prefer it; --no-http2', default: 'on' },
  h2c: { kind: toggle, help: 'HTTP/2 for clients that begin with it, "prior knowledge"', default: 'off' },
  trustedPeers: {
    kind: texts('PEER'),
    help: 'a proxy whose Forwarded and X-Forwarded-* are believed: 127.0.0.1, 10.0.0.0/8, or unix; repeatable',
    default: '(none)',
  },
  proxyProtocol: {
    kind: toggle,
    help: 'every connection begins with a PROXY header, version 1 or 2',
    default: 'off',
  },
  serverHeader: {
    kind: serverHeader,
    help: 'the Server header where the app gives none; empty for none',
    default: 'TSGI',
  },
};
