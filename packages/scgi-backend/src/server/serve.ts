import type { App, Backend, RunningServer } from '@tsgi/core';
import {
  type BindOptions,
  type ClassicOptions,
  type ClassicServer,
  type ClassicWire,
  makeClassicServer,
  type MountOptions,
  serveWire,
  socketTraits,
  timerTime,
  writeToStderr,
} from '@tsgi/transport';
import { ScgiConnection } from './connection.ts';
import type { ScgiDecoderOptions } from '../codec/limits.ts';

/** How an SCGI server treats its connections. */
export interface ScgiOptions extends ScgiDecoderOptions, MountOptions {
  /** Milliseconds from the connection to its whole header; then it is closed. Default 60 000. */
  headersTimeout?: number;
  /** Milliseconds between two pieces of the body; then reading it fails with 408. Default 60 000. */
  requestTimeout?: number;
  /** Connections at a time; further ones are closed at once. Default: unlimited. */
  maxConnections?: number;
  /** Takes `tsgi.errors` and the log of refused requests. Default: standard error. */
  errors?: (text: string) => void;
}

/** Where and how `serve` listens. */
export interface ServeOptions extends BindOptions, ScgiOptions {}

/** The port of flup's and Python's scgi servers, for there is no registered one. */
const DEFAULT_PORT = 4000;

/**
 * Serves an application over SCGI: one request a connection, many connections at a time.
 *
 * @throws TsgiError `BAD_ADDRESS`, `ADDRESS_IN_USE` or `LISTEN_FAILED`.
 */
export function serve(app: App, options: ServeOptions = {}): Promise<RunningServer> {
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

function scgiWire(options: ScgiOptions): ClassicWire {
  const { errors = writeToStderr, headersTimeout = 60_000, requestTimeout = 60_000, maxConnections } = options;
  const traits = socketTraits('tsgi-scgi', errors, options);
  const settings = {
    traits,
    decoder: options,
    headersTimeout: timerTime(headersTimeout),
    requestTimeout: timerTime(requestTimeout),
    log: errors,
  };
  return {
    scheme: 'scgi',
    accept: (app, socket) => new ScgiConnection(socket, app, settings),
    errors,
    ...(maxConnections === undefined ? undefined : { maxConnections }),
  };
}
