import { count, duration, size } from './kinds.ts';
import type { SettingTable } from './setting-table.ts';

/** What bounds requests, answers and connections, under the same name on every wire that has it. Milliseconds, bytes. */
export interface LimitSettings {
  headSize: number;
  headerCount: number;
  uriLength: number;
  maxBody: number;
  headersTimeout: number;
  requestTimeout: number;
  minimumRate: number;
  keepAliveTimeout: number;
  sendTimeout: number;
  maxConnections: number;
  maxRequestsPerConnection: number;
  maxRequests: number;
  pipelineSize: number;
  drainSize: number;
  drainTimeout: number;
}

/** `LimitSettings` as a table. */
export const limitSettings: SettingTable<LimitSettings> = {
  headSize: {
    kind: size,
    help: "a request's head: request line and headers, or variables; beyond it 431",
    default: { http: '16k', https: '16k', fcgi: '128k', scgi: '128k' },
  },
  headerCount: {
    kind: count,
    help: 'headers or variables of a request; beyond it 431',
    default: { http: '100', https: '100', fcgi: '1000', scgi: '1000' },
  },
  uriLength: { kind: size, help: 'the request target; beyond it 414', default: '8k' },
  maxBody: { kind: size, help: 'the body of a request; beyond it 413', default: 'unlimited' },
  headersTimeout: {
    kind: duration,
    help: 'until the head has come, from the connection or its first byte; then 408, or the end of the connection',
    default: '60s',
  },
  requestTimeout: {
    kind: duration,
    help: 'how long a body may stand still while it is read; then 408',
    default: '60s',
  },
  minimumRate: { kind: size, help: 'bytes a second that a body must reach in the long run; else 408', default: '240' },
  keepAliveTimeout: {
    kind: duration,
    help: 'between two requests of a connection',
    default: { http: '5s', https: '5s', fcgi: 'unlimited' },
  },
  sendTimeout: {
    kind: duration,
    help: 'how long a reader of the answer may stand still; then the connection is reset',
    default: '60s',
  },
  maxConnections: {
    kind: count,
    help: 'connections at a time on each address; further ones are closed at once',
    default: { http: 'unlimited', https: 'unlimited', scgi: 'unlimited', fcgi: '1000' },
  },
  maxRequestsPerConnection: { kind: count, help: 'requests of one connection', default: 'unlimited' },
  maxRequests: { kind: count, help: 'requests at a time on each address; beyond it OVERLOADED', default: '1000' },
  pipelineSize: { kind: size, help: 'requests that are read ahead while one runs', default: '64k' },
  drainSize: { kind: size, help: 'an unread body that is taken off the wire after the answer', default: '1g' },
  drainTimeout: { kind: duration, help: 'how long that may take', default: '5s' },
};
