import type { App, Backend, RunningServer } from '@tsgi/core';
import { amount, checkedNumbers, count, type NumberRules, size } from '@tsgi/core/options';
import {
  type BindOptions,
  logSink,
  type MountOptions,
  serveWire,
  type ServerLimits,
  serverLimitRules,
  socketTraits,
  type Wire,
} from '@tsgi/transport';
import { type ClassicOptions, type ClassicServer, makeClassicServer } from '@tsgi/transport/classic';
import { accepting } from './connection.ts';
import type { ScgiDecoderOptions, ScgiLimits } from '../codec/limits.ts';

/** What an SCGI connection is bounded by: `keepAliveTimeout` is for wires whose connections carry a second request. */
type ScgiServerLimits = Omit<ServerLimits, 'keepAliveTimeout'>;

/** How an SCGI server treats its connections. */
export interface ScgiOptions extends Partial<ScgiServerLimits>, ScgiDecoderOptions, MountOptions {
  /** Bytes of a request's body. Beyond it: 413. Default: unlimited. */
  maxBody?: number;
  /** Takes `tsgi.errors` and the log of refused requests. Default: standard error. */
  errors?: (text: string) => void;
}

const { keepAliveTimeout: _none, ...shared } = serverLimitRules;

export const limitRules: NumberRules<keyof (ScgiServerLimits & ScgiLimits) | 'maxBody'> = {
  ...shared,
  headSize: size(131_072),
  headerCount: count(1000),
  maxBody: amount(Infinity),
};

/** Where and how `serve` listens. */
export interface ServeOptions extends BindOptions, ScgiOptions {}

/** The port of flup's and Python's scgi servers, for there is no registered one. */
const DEFAULT_PORT = 4000;

/**
 * Serves an application over SCGI: one request a connection, many connections at a time.
 *
 * @throws RangeError for a limit that is none; TsgiError `BAD_ADDRESS`, `ADDRESS_IN_USE` or `LISTEN_FAILED`.
 */
export async function serve(app: App, options: ServeOptions = {}): Promise<RunningServer> {
  return serveWire(app, scgiWire(options), options, DEFAULT_PORT);
}

/** The classic door: binds `host` and `port`, and serves when its `serveForever` or `handleRequest` is called. */
export function makeServer(
  host: string,
  port: number,
  app: App,
  options: ScgiOptions & ClassicOptions = {},
): ClassicServer {
  return makeClassicServer(host, port, app, scgiWire(options), options);
}

/** SCGI as a value, for what works with any backend. */
export const scgiBackend: Backend<ServeOptions> = { name: 'scgi', serve };

function scgiWire(options: ScgiOptions): Wire {
  const { lenient = {} } = options;
  const errors = logSink(options.errors);
  const { headSize, headerCount, ...limits } = checkedNumbers(limitRules, options);
  const settings = {
    traits: socketTraits('tsgi-scgi', errors, options),
    decoder: { headSize, headerCount, lenient },
    limits,
    log: errors,
  };
  return {
    scheme: 'scgi',
    accept: accepting(settings),
    errors,
    maxConnections: limits.maxConnections,
  };
}
