import type { HttpOptions, Limits } from '@tsgi/http-backend';
import { count, duration, expected, type Kind, size, text, texts, toggle } from './kinds.ts';
import type { SettingTable } from './setting-table.ts';

type HttpSwitches = Required<Pick<HttpOptions, 'http2' | 'h2c' | 'trustedPeers' | 'proxyProtocol' | 'serverHeader'>>;

/** What can be set of HTTP, with TLS or without. Times are milliseconds, sizes bytes. */
export interface HttpSettings extends Limits, HttpSwitches {}

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
  http2: { kind: toggle, help: 'https: HTTP/2 for clients that prefer it (default: on; --no-http2)' },
  h2c: { kind: toggle, help: 'http: HTTP/2 for clients that begin with it, "prior knowledge" (default: off)' },
  trustedPeers: {
    kind: texts('PEER'),
    help: 'http: a proxy whose Forwarded and X-Forwarded-* are believed: address, NETWORK/BITS, or unix; repeatable',
  },
  proxyProtocol: {
    kind: toggle,
    help: 'http: every connection begins with a PROXY header, version 1 or 2 (default: off)',
  },
  serverHeader: {
    kind: serverHeader,
    help: 'http: the Server header where the app gives none; empty: none (default: TSGI)',
  },
  headSize: { kind: size, help: 'http: request line and headers together; beyond it 431 (default: 16k)' },
  headerCount: { kind: count, help: 'http: headers of a request; beyond it 431 (default: 100)' },
  uriLength: { kind: size, help: 'http: the request target; beyond it 414 (default: 8k)' },
  maxBody: { kind: size, help: 'http: the body of a request; beyond it 413 (default: unlimited)' },
  headersTimeout: { kind: duration, help: 'http: until the head has come; beyond it 408 (default: 60s)' },
  requestTimeout: { kind: duration, help: 'http: how long a body may stand still; beyond it 408 (default: 60s)' },
  minimumRate: { kind: size, help: 'http: bytes a second that a body must reach; beyond it 408 (default: 240)' },
  keepAliveTimeout: { kind: duration, help: 'http: between two requests of a connection (default: 5s)' },
  sendTimeout: { kind: duration, help: 'http: how long a reader may stand still; then a reset (default: 60s)' },
  maxRequestsPerConnection: { kind: count, help: 'http: requests of one connection (default: unlimited)' },
  pipelineSize: { kind: size, help: 'http: requests read ahead while one runs (default: 64k)' },
  drainSize: { kind: size, help: 'http: an unread body that is taken off the wire after the answer (default: 1m)' },
  drainTimeout: { kind: duration, help: 'http: how long that may take (default: 5s)' },
};
