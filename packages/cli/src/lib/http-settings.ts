import type { Limits } from '@tsgi/http-backend';
import { count, duration, size } from './kinds.ts';
import type { SettingTable } from './setting-table.ts';

/** The bounds of the HTTP backend as a table. */
export const httpSettings: SettingTable<Limits> = {
  headSize: { kind: size, help: 'http: request line and headers together; beyond it 431 (default: 16k)' },
  headerCount: { kind: count, help: 'http: headers of a request; beyond it 431 (default: 100)' },
  uriLength: { kind: size, help: 'http: the request target; beyond it 414 (default: 8k)' },
  bodySize: { kind: size, help: 'http: the body of a request; beyond it 413 (default: unlimited)' },
  headersTimeout: { kind: duration, help: 'http: until the head has come; beyond it 408 (default: 60s)' },
  requestTimeout: { kind: duration, help: 'http: how long a body may stand still; beyond it 408 (default: 60s)' },
  minimumRate: { kind: size, help: 'http: bytes a second that a body must reach (default: 240)' },
  keepAliveTimeout: { kind: duration, help: 'http: between two requests of a connection (default: 5s)' },
  sendTimeout: { kind: duration, help: 'http: how long a reader may stand still (default: 60s)' },
  maxRequestsPerConnection: { kind: count, help: 'http: requests of one connection (default: unlimited)' },
  pipelineSize: { kind: size, help: 'http: requests read ahead while one runs (default: 64k)' },
  drainSize: { kind: size, help: 'http: an unread body that is taken off the wire after the answer (default: 1m)' },
  drainTimeout: { kind: duration, help: 'http: how long that may take (default: 5s)' },
};
