import type { ServerTraits } from '@tsgi/core/server';
import type { BodyLimits, LingerLimits } from '@tsgi/transport';
import type { ConnectionLimits, ServerLoad } from './connection-state.ts';

/** What is bounded. Times are milliseconds, sizes bytes; `Infinity` lifts a limit. */
export interface FcgiLimits extends BodyLimits, ConnectionLimits, LingerLimits {
  readonly headSize: number;
  readonly headerCount: number;
  readonly headersTimeout: number;
  readonly keepAliveTimeout: number;
  readonly sendTimeout: number;
  readonly maxConnections: number;
}

/** What all connections of a server share. */
export interface ServerSettings {
  readonly traits: ServerTraits;
  readonly limits: FcgiLimits;
  readonly halfClose: boolean;
  /** Without it everybody may connect. */
  readonly webServerAddrs: ReadonlySet<string> | undefined;
  /** `tsgi.errors` goes to FCGI_STDERR, not to `traits.errors`. */
  readonly stderr: boolean;
  /** Takes one line, without its end. Never throws. */
  readonly log: (line: string) => void;
  readonly load: ServerLoad;
}
