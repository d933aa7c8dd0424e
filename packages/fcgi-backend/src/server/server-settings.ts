import type { ServerTraits } from '@tsgi/core/server';
import type { ServerLimits } from './management.ts';
import type { ParamsLimits } from '../codec/request-decoder.ts';
import type { Role } from '../codec/roles.ts';

/** What all connections of a server share. */
export interface ServerSettings {
  readonly traits: ServerTraits;
  readonly roles: ReadonlySet<Role>;
  readonly limits: ServerLimits;
  readonly paramsLimits: ParamsLimits;
  /** Milliseconds. */
  readonly headersTimeout: number;
  /** Milliseconds. */
  readonly requestTimeout: number;
  /** Milliseconds. */
  readonly keepAliveTimeout: number;
  readonly halfClose: boolean;
  /** Without it everybody may connect. */
  readonly webServerAddrs: ReadonlySet<string> | undefined;
  /** `tsgi.errors` goes to FCGI_STDERR, not to `traits.errors`. */
  readonly stderr: boolean;
  /** Takes one line, without its end. */
  readonly log: (line: string) => void;
  /** Requests that are active on all connections together: what `limits.maxRequests` bounds. */
  readonly load: { active: number };
}
