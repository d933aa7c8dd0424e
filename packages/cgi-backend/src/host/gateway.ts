import { resolve } from 'node:path';
import { type App, TsgiError } from '@tsgi/core';
import type { GatewaySettings } from './host.ts';

/** Which programs a CGI gateway runs and how. Durations are milliseconds, sizes bytes. One of `program` and `root`. */
export interface GatewayOptions {
  /** The one program that answers every request. */
  program?: string;
  /** The fixed arguments of `program`; a query never becomes one (CVE-2012-1823). Default: none. */
  args?: readonly string[];
  /** The folder of the programs: the path of a request says which, and what follows it is PATH_INFO. */
  root?: string;
  /**
   * What a program inherits of this process's environment besides PATH, LANG and TZ: a name, or `NAME=value` to set one.
   * Default: nothing.
   */
  env?: readonly string[];
  /** Whether programs see the Authorization header (RFC 3875 §4.1.18 advises against it). Default false. */
  authorization?: boolean;
  /** Programs at a time; beyond it 503. Default 64. */
  maxProcesses?: number;
  /** From the last byte of the request that was sent to the end of the answer's head; then 504. Default 60 000. */
  responseTimeout?: number;
  /** Between two pieces of the answer's body; then the program is ended and the answer cut off, visibly. Default 60 000. */
  idleTimeout?: number;
  /** The longest request body; beyond it 413. Default: unlimited. */
  maxBody?: number;
  /**
   * The longest body whose length the client did not announce; beyond it 413. CONTENT_LENGTH comes first, so such a body
   * is held in memory until its end. Default 16 777 216.
   */
  maxSpool?: number;
  /**
   * Answers local redirects (RFC 3875 §6.2.2), with the whole path in PATH_INFO. Default: the gateway itself, for a path
   * inside its mount; any other becomes a redirect of the client.
   */
  redirectTo?: App;
}

/** What is longer, `Infinity` for one, a timer of Node takes for 1 ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * An application that starts a CGI program for each request and gives its answer.
 *
 * What goes wrong before the answer's head rejects with a `TsgiError` of side 'peer' whose `statusHint` is the status to
 * answer: 403 and 404 (no such program), 502 (it cannot be run, or gives no CGI response), 503 (too many), 504 (late),
 * 413 and 431 (too much for a body or an environment), 400 (not expressible). What goes wrong after it, a non-zero exit
 * before the end of the body included, makes the body throw.
 *
 * @throws TsgiError `BAD_OPTIONS` unless there is one of `program` and `root`.
 */
export function gateway(options: GatewayOptions): App {
  const { program, root, args = [], env = [] } = options;
  if ((program === undefined) === (root === undefined)) {
    throw new TsgiError('a CGI gateway needs either a program or a root', { code: 'BAD_OPTIONS', side: 'app' });
  }
  const settings: GatewaySettings = {
    program: program === undefined ? undefined : resolve(program),
    root: root === undefined ? undefined : resolve(root),
    args,
    env,
    authorization: options.authorization ?? false,
    slots: { free: options.maxProcesses ?? 64 },
    responseTimeout: Math.min(options.responseTimeout ?? 60_000, LONGEST_TIMER),
    idleTimeout: Math.min(options.idleTimeout ?? 60_000, LONGEST_TIMER),
    maxBody: options.maxBody ?? Infinity,
    maxSpool: options.maxSpool ?? 16_777_216,
    redirectTo: options.redirectTo,
  };
  // Loaded with the first request: a CGI program, which hosts none, imports this package too and has to start fast.
  return async (environ, startResponse) => {
    const { host } = await import('./host.ts');
    return host(environ, startResponse, settings);
  };
}
