import { amount, checkedNumbers, count, type NumberRules, size } from '@tsgi/core/options';
import { type ServerLimits, serverLimitRules } from '@tsgi/transport';

/** What the codec bounds. */
export interface HeadLimits {
  /** Bytes of the request line and the headers together; of the trailers again. Beyond it: 431. Default 16 384, as Node. */
  headSize: number;
  /** Headers of one request; trailers again. Beyond it: 431. Default 100, as Apache httpd. */
  headerCount: number;
  /** Bytes of the request target. Beyond it: 414. Default 8 192, the most that nginx and Apache httpd take. */
  uriLength: number;
}

/** What a connection bounds. Times are milliseconds, sizes bytes; `Infinity` lifts a limit. `keepAliveTimeout` is 5 000, as Node's. */
export interface Limits extends HeadLimits, Omit<ServerLimits, 'maxConnections'> {
  /** Bytes of a request's body. Beyond it: 413. Default: no limit, for a body is streamed and never kept whole. */
  maxBody: number;
  /** Further requests find the connection closed. Default: no limit. */
  maxRequestsPerConnection: number;
  /** Bytes of further requests that are read while one is running; they wait unparsed. Default 65 536. */
  pipelineSize: number;
}

const { maxConnections, ...shared } = serverLimitRules;

const limitRules: NumberRules<keyof Limits> = {
  headSize: size(16_384),
  headerCount: count(100),
  uriLength: size(8_192),
  maxBody: amount(Infinity),
  ...shared,
  keepAliveTimeout: { ...shared.keepAliveTimeout, byDefault: 5_000 },
  maxRequestsPerConnection: count(Infinity),
  pipelineSize: size(65_536),
};

/** @throws RangeError that names an option, what was expected and what was found. */
export function checkedLimits(options: { readonly [Name in keyof Limits]?: unknown }): Limits {
  return checkedNumbers(limitRules, options);
}

/** @throws RangeError as `checkedLimits`. */
export function checkedMaxConnections(options: { readonly maxConnections?: unknown }): number {
  return checkedNumbers({ maxConnections }, options).maxConnections;
}

export const defaultLimits: Readonly<Limits> = checkedLimits({});
