import type { App, Body, Environ, StartResponse } from '@tsgi/core';
import { variablesFromEnviron } from '@tsgi/core/cgi';
import { forwardedBody, passOnAnswer, type RedirectSettings } from '@tsgi/core/forward';
import { type Address, parseAddress, timerTime } from '@tsgi/transport';
import { ConnectionPool } from './connection-pool.ts';
import { scriptVariables } from './script-file.ts';
import { Upstream } from './upstream.ts';

/** Where and how a FastCGI gateway forwards. Durations are milliseconds, sizes bytes. */
export interface GatewayOptions {
  /** The FastCGI application: an address, or its text: `HOST:PORT`, `unix:PATH`, and what `--to` or `RunningServer.address` says. */
  address: Address | string;
  /** Until the connection is made; then 502. Default 3,000. */
  connectTimeout?: number;
  /** From the last byte of the request that was sent to the end of the answer's head; then 504. Default 60,000. */
  responseTimeout?: number;
  /** Between two pieces of the answer's body; then the answer is cut off, visibly. Default 60,000. */
  idleTimeout?: number;
  /** The longest request body; beyond it 413. Default: unlimited. */
  maxBody?: number;
  /** The longest body whose length the client did not announce, which is held in memory; beyond it 413. Default 16 MiB. */
  maxSpool?: number;
  /**
   * Connections at most, kept for further requests, each for 5 s; a request that finds none free waits for one, as long
   * as `responseTimeout`. No more than the application has processes: php-fpm gives every connection one of its own.
   * Default 0: a connection a request, as many as there are requests.
   */
  pool?: number;
  /** Variables for every request; they win over the request's own. */
  params?: Readonly<Record<string, string>>;
  /** The folder with the programs. Sets SCRIPT_FILENAME and its like; a request for no program in it is a 404. */
  root?: string;
  /** Ends the name of a program below `root`. Default `.php`. */
  extension?: string;
  /**
   * Answers local redirects (RFC 3875 section 6.2.2), with the whole path in PATH_INFO. Default: the gateway itself, for a
   * path inside its mount; any other becomes a redirect of the client.
   */
  redirectTo?: App;
}

/** `GatewayOptions` with their defaults. */
interface GatewaySettings extends RedirectSettings {
  readonly upstream: Upstream;
  readonly maxBody: number;
  readonly maxSpool: number;
  readonly params: Readonly<Record<string, string>>;
  readonly root: string | undefined;
  readonly extension: string;
}

/**
 * An application that forwards every request to a FastCGI responder and gives its answer.
 *
 * What goes wrong before the answer's head rejects with a `TsgiError` of side 'peer' whose `statusHint` is the status to
 * answer: 502 (no connection, no CGI response, UNKNOWN_ROLE), 503 (OVERLOADED), 504 (late), 413 (body too long), 400 (a
 * variable too long for a record). What goes wrong after it makes the body throw, so that a
 * truncated answer stays one.
 *
 * @throws TsgiError `BAD_ADDRESS`.
 */
export function gateway(options: GatewayOptions): App {
  const { address, connectTimeout = 3000, pool = 0 } = options;
  const responseTimeout = timerTime(options.responseTimeout ?? 60_000);
  const to = typeof address === 'string' ? parseAddress(address, 'fcgi') : address;
  const settings: GatewaySettings = {
    upstream: new Upstream(new ConnectionPool(to, pool, { connectTimeout, queueTimeout: responseTimeout }), {
      responseTimeout,
      idleTimeout: timerTime(options.idleTimeout ?? 60_000),
    }),
    maxBody: options.maxBody ?? Infinity,
    maxSpool: options.maxSpool ?? 16_777_216,
    params: options.params ?? {},
    root: options.root,
    extension: options.extension ?? '.php',
    redirectTo: options.redirectTo,
  };
  const app: App = (environ, startResponse) => forward(environ, startResponse, settings, app);
  return app;
}

async function forward(
  environ: Environ,
  startResponse: StartResponse,
  settings: GatewaySettings,
  app: App,
): Promise<Body> {
  const { root, extension, maxBody, maxSpool, params, upstream } = settings;
  const script = root === undefined ? undefined : await scriptVariables(environ, { root, extension });
  if (root !== undefined && script === undefined) {
    startResponse('404 Not Found', [['Content-Type', 'text/plain; charset=utf-8']]);
    return [Buffer.from('404 Not Found\n')];
  }
  const body = await forwardedBody(environ, maxBody, maxSpool);
  const length = body.length === undefined ? undefined : { CONTENT_LENGTH: String(body.length) };
  const variables = variablesFromEnviron(environ, { ...script, ...length, ...params });
  const answer = await upstream.ask(environ, variables, body);
  return passOnAnswer(answer, environ, startResponse, app, settings);
}
