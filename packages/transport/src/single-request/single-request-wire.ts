import { amount, checkedNumbers, count, type NumberRules, size } from '@tsgi/core/options';
import type { BodyLimits } from '../connection/incoming-body.ts';
import { logSink } from '../log.ts';
import { type MountOptions, socketTraits } from '../listen/socket-traits.ts';
import type { Wire } from '../listen/wire.ts';
import { type ServerLimits, serverLimitRules } from '../options/server-limits.ts';
import { acceptSingleRequests, type SingleRequestWire } from './single-request-connection.ts';

/**
 * What such a server is bounded by, all optional, with the usual defaults. `keepAliveTimeout` is for wires whose connections
 * carry a second request.
 */
export interface SingleRequestOptions extends Partial<Omit<ServerLimits, 'keepAliveTimeout'>>, MountOptions {
  /** Bytes of a request's head. Default 131 072: web servers stop at 64 KiB and below. */
  headSize?: number;
  /** Variables of a request. Default 1 000. */
  headerCount?: number;
  /** Bytes of a request's body. Beyond it: 413. Default: unlimited. */
  maxBody?: number;
  /** Takes `tsgi.errors` and the log of refused requests. Default: standard error. */
  errors?: (text: string) => void;
}

const { keepAliveTimeout: _none, ...shared } = serverLimitRules;

type Limit = Exclude<keyof ServerLimits, 'keepAliveTimeout'> | 'headSize' | 'headerCount' | keyof BodyLimits;

/** The rules and defaults of these limits. */
export const singleRequestLimitRules: NumberRules<Limit> = {
  ...shared,
  headSize: size(131_072),
  headerCount: count(1000),
  maxBody: amount(Infinity),
};

/** The bounds of a head, for its decoder. */
export interface HeadBounds {
  readonly headSize: number;
  readonly headerCount: number;
}

/**
 * A wire whose connections carry one request each, for `serveWire` and `makeClassicServer`.
 *
 * @throws RangeError for a limit that is none.
 */
export function singleRequestWire(
  wireWith: (bounds: HeadBounds) => SingleRequestWire,
  options: SingleRequestOptions,
): Wire {
  const errors = logSink(options.errors);
  const { headSize, headerCount, ...limits } = checkedNumbers(singleRequestLimitRules, options);
  const wire = wireWith({ headSize, headerCount });
  return {
    scheme: wire.name,
    accept: acceptSingleRequests({
      wire,
      traits: socketTraits(`tsgi-${wire.name}`, errors, options),
      limits,
      log: errors,
    }),
    errors,
    observer: options.observer,
    maxConnections: limits.maxConnections,
  };
}
