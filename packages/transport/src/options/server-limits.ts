import { amount, count, duration, type NumberRules } from '@tsgi/core/options';
import type { ArrivalLimits } from '../connection/connection-clock.ts';
import type { LingerLimits } from '../connection/lingering-close.ts';

/** What the servers of all wires bound, in one vocabulary. Times are milliseconds, sizes bytes; `Infinity` lifts a limit. */
export interface ServerLimits extends ArrivalLimits, LingerLimits {
  /** How long a reader of an answer may stand still; then the connection is reset. Default 60 000, as nginx. */
  readonly sendTimeout: number;
  /** Connections at a time; further ones are closed at once. Default: unlimited. */
  readonly maxConnections: number;
}

/**
 * The rules and defaults of `ServerLimits`. A wire spreads them into its own table, and puts there what it has besides or has
 * by another default; `checkedNumbers` of `@tsgi/core/options` applies it.
 */
export const serverLimitRules: NumberRules<keyof ServerLimits> = {
  headersTimeout: duration(60_000),
  requestTimeout: duration(60_000),
  minimumRate: amount(240),
  keepAliveTimeout: duration(Infinity),
  sendTimeout: duration(60_000),
  drainSize: amount(1_073_741_824),
  drainTimeout: duration(5_000),
  maxConnections: count(Infinity),
};
