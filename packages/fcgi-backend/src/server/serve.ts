import type { App, Backend, RunningServer } from '@tsgi/core';
import { logEntry } from '@tsgi/core/server';
import { amount, checkedNumbers, count, type NumberRules, size } from '@tsgi/core/options';
import {
  type BindOptions,
  logSink,
  type LogSink,
  type MountOptions,
  type ServerLimits,
  serverLimitRules,
  serveWire,
  socketTraits,
  type Wire,
} from '@tsgi/transport';
import { type ClassicOptions, type ClassicServer, makeClassicServer } from '@tsgi/transport/classic';
import type { ParamsLimits } from '../codec/request-decoder.ts';
import type { Role } from '../codec/protocol.ts';
import { accepting } from './connection.ts';
import type { ServerSettings } from './settings.ts';
import { webServerSet } from './web-server-addrs.ts';

/** How a FastCGI server treats its connections. */
export interface FcgiOptions extends Partial<ServerLimits>, ParamsLimits, MountOptions {
  /** What is served; a request for another role ends with UNKNOWN_ROLE. Default: all three. */
  roles?: readonly Role[];
  /** Several requests at a time on one connection; without it a second one ends with CANT_MPX_CONN. Default true. */
  multiplex?: boolean;
  /**
   * Requests that run on all connections together, and requests of one connection; further ones end with OVERLOADED. Default
   * 1,000.
   */
  maxActiveRequests?: number;
  /** The connection is closed after so many requests, KEEP_CONN or not. Default: unlimited. */
  maxRequestsPerConnection?: number;
  /** Bytes of a request's body. Beyond it: 413. Default: unlimited. */
  maxBody?: number;
  /** Connections at a time; further ones are closed at once. Default 1,000. */
  maxConnections?: number;
  /** A web server that ends its side still waits for the reply. Default false: it gave the request up, as nginx does. */
  halfClose?: boolean;
  /**
   * The addresses that may connect, over TCP only (section 3.2). Default: those of the environment variable
   * `FCGI_WEB_SERVER_ADDRS`, and without it all.
   */
  webServerAddrs?: readonly string[];
  /** Milliseconds that a kept connection may wait for its next request. Default `Infinity`: the web server decides. */
  keepAliveTimeout?: number;
  /**
   * Takes `tsgi.errors` and the server's own log. Default: `tsgi.errors` goes to the web server as FCGI_STDERR, the log to
   * standard error.
   */
  errors?: (text: string) => void;
}

/** Where and how `serve` listens. */
export interface ServeOptions extends BindOptions, FcgiOptions {}

export const limitRules: NumberRules<
  keyof (ServerLimits & ParamsLimits) | 'maxBody' | 'maxActiveRequests' | 'maxRequestsPerConnection'
> = {
  ...serverLimitRules,
  headSize: size(131_072),
  headerCount: count(1000),
  maxBody: amount(Infinity),
  maxConnections: count(1000),
  maxActiveRequests: count(1000),
  maxRequestsPerConnection: count(Infinity),
};

const ALL_ROLES: readonly Role[] = ['RESPONDER', 'AUTHORIZER', 'FILTER'];

/** The port that php-fpm made the usual one. */
const DEFAULT_PORT = 9000;

/**
 * Serves an application over FastCGI 1.0.
 *
 * @throws RangeError for a limit that is none; TsgiError `BAD_ADDRESS`, `ADDRESS_IN_USE` or `LISTEN_FAILED`.
 */
export async function serve(app: App, options: ServeOptions = {}): Promise<RunningServer> {
  return serveWire(app, fcgiWire(options), options, DEFAULT_PORT);
}

/** The classic door: binds `host` and `port`, and serves when its `serveForever` or `handleRequest` is called. */
export function makeServer(
  host: string,
  port: number,
  app: App,
  options: FcgiOptions & ClassicOptions = {},
): ClassicServer {
  return makeClassicServer(host, port, app, fcgiWire(options), options);
}

/** FastCGI as a value, for what works with any backend. */
export const fcgiBackend: Backend<ServeOptions> = { name: 'fcgi', serve };

function fcgiWire(options: FcgiOptions): Wire {
  const errors = logSink(options.errors);
  const settings = settingsOf(options, errors);
  return {
    scheme: 'fcgi',
    accept: accepting(settings),
    errors,
    observer: options.observer,
    maxConnections: settings.limits.maxConnections,
  };
}

function settingsOf(options: FcgiOptions, errors: LogSink): ServerSettings {
  const { webServerAddrs = process.env.FCGI_WEB_SERVER_ADDRS?.split(',') } = options;
  return {
    traits: socketTraits('tsgi-fcgi', errors, options),
    limits: {
      ...checkedNumbers(limitRules, options),
      multiplex: options.multiplex ?? true,
      roles: rolesOf(options.roles ?? ALL_ROLES),
    },
    halfClose: options.halfClose ?? false,
    webServerAddrs: webServerSet(webServerAddrs),
    stderr: options.errors === undefined,
    log: (line) => errors(`fcgi: ${logEntry(line)}\n`),
    load: { running: 0 },
  };
}

function rolesOf(roles: readonly Role[]): ReadonlySet<Role> {
  for (const role of roles) {
    if (!ALL_ROLES.includes(role))
      throw new RangeError(`roles: expected ${ALL_ROLES.join(', ')}, found ${String(role)}`);
  }
  return new Set(roles);
}
