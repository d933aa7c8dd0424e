import type { Socket } from 'node:net';
import type { App, Backend, RunningServer } from '@tsgi/core';
import {
  type BindOptions,
  type ClassicOptions,
  type ClassicServer,
  type ClassicWire,
  type Connection,
  makeClassicServer,
  type MountOptions,
  serveWire,
  socketTraits,
  timerTime,
  writeToStderr,
} from '@tsgi/transport';
import { withoutControls } from './log-text.ts';
import type { ParamsLimits } from '../codec/request-decoder.ts';
import { ALL_ROLES, type Role } from '../codec/roles.ts';
import { ServerConnection } from './server-connection.ts';
import type { ServerSettings } from './server-settings.ts';
import { isWebServer, webServerSet } from './web-server-addrs.ts';

/** How a FastCGI server treats its connections. */
export interface FcgiOptions extends ParamsLimits, MountOptions {
  /** What is served; a request for another role ends with UNKNOWN_ROLE. Default: all three. */
  roles?: readonly Role[];
  /** Several requests at a time on one connection; without it a second one ends with CANT_MPX_CONN. Default true. */
  multiplex?: boolean;
  /** Active requests on all connections together; further ones end with OVERLOADED. Default 1,000. */
  maxRequests?: number;
  /** Connections at a time; further ones are closed at once. Default 1,000. */
  maxConnections?: number;
  /** A web server that ends its side still waits for the reply. Default false: it gave the request up, as nginx does. */
  halfClose?: boolean;
  /**
   * The addresses that may connect, over TCP only (section 3.2). Default: those of the environment variable
   * `FCGI_WEB_SERVER_ADDRS`, and without it all.
   */
  webServerAddrs?: readonly string[];
  /** Milliseconds from the connection, or the request's first byte, to the end of PARAMS. Default 60,000. */
  headersTimeout?: number;
  /** Milliseconds between two pieces of a body that is being read; then reading fails with 408. Default 60,000. */
  requestTimeout?: number;
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

/** The port that php-fpm made the usual one. */
const DEFAULT_PORT = 9000;

const refusedConnection: Connection = { shutDown() {}, destroy() {} };

/**
 * Serves an application over FastCGI 1.0.
 *
 * @throws TsgiError `BAD_ADDRESS`, `ADDRESS_IN_USE` or `LISTEN_FAILED`.
 */
export function serve(app: App, options: ServeOptions = {}): Promise<RunningServer> {
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

function fcgiWire(options: FcgiOptions): ClassicWire {
  const settings = settingsOf(options);
  const { errors = writeToStderr } = options;
  return {
    scheme: 'fcgi',
    accept: (app, socket) => accept(app, socket, settings),
    errors,
    maxConnections: settings.limits.maxConnections,
  };
}

function accept(app: App, socket: Socket, settings: ServerSettings): Connection {
  const { webServerAddrs, log } = settings;
  if (webServerAddrs === undefined || isWebServer(webServerAddrs, socket.remoteAddress)) {
    return new ServerConnection(socket, app, settings);
  }
  log(`connection refused: ${socket.remoteAddress ?? 'not TCP'} is not in FCGI_WEB_SERVER_ADDRS`);
  socket.destroy();
  return refusedConnection;
}

function settingsOf(options: FcgiOptions): ServerSettings {
  const { errors = writeToStderr, maxConnections = 1000, maxRequests = 1000, multiplex = true } = options;
  const { webServerAddrs = process.env.FCGI_WEB_SERVER_ADDRS?.split(',') } = options;
  return {
    traits: socketTraits('tsgi-fcgi', errors, options),
    roles: new Set(options.roles ?? ALL_ROLES),
    limits: { maxConnections, maxRequests, multiplex },
    paramsLimits: { headSize: options.headSize, headerCount: options.headerCount },
    headersTimeout: timerTime(options.headersTimeout ?? 60_000),
    requestTimeout: timerTime(options.requestTimeout ?? 60_000),
    keepAliveTimeout: timerTime(options.keepAliveTimeout ?? Infinity),
    halfClose: options.halfClose ?? false,
    webServerAddrs: webServerSet(webServerAddrs),
    stderr: options.errors === undefined,
    log: (line) => errors(`fcgi: ${withoutControls(line)}\n`),
    load: { active: 0 },
  };
}
