import type { App, Body, Environ, StartResponse } from '@tsgi/core';
import { variablesFromEnviron } from '@tsgi/core/cgi';
import {
  type ForwardedBody,
  forwardedBody,
  type ForwardOptions,
  type ForwardSettings,
  forwardSettings,
  passOnAnswer,
} from '@tsgi/core/forward';
import { checkedNumbers, count, duration, type NumberRules } from '@tsgi/core/options';
import { type Address, parseAddress } from '@tsgi/transport';
import { openSpoolFile, Root } from '@tsgi/transport/files';
import { ConnectionPool } from './connection-pool.ts';
import { scriptVariables } from './script-file.ts';
import { Upstream } from './upstream.ts';

/** Where and how a FastCGI gateway forwards. Durations are milliseconds, sizes bytes. */
export interface GatewayOptions extends ForwardOptions {
  /** The FastCGI application: an address, or its text: `HOST:PORT`, `unix:PATH`, and what `--to` or `RunningServer.address` says. */
  address: Address | string;
  /** Until the connection is made; then 502. Default 3,000. */
  connectTimeout?: number;
  /**
   * Connections at most, kept for further requests, each for 5 s; a request that finds none free waits for one, as long
   * as `responseTimeout`. No more than the application has processes: php-fpm gives every connection one of its own.
   * Default 0: a connection a request, as many as there are requests.
   */
  pool?: number;
  /** The folder with the programs. Sets SCRIPT_FILENAME and its like; a request for no program in it is a 404. */
  root?: string;
  /** Ends the name of a program below `root`. Empty: any file is one. Default `.php`. */
  extension?: string;
}

const RULES: NumberRules<'connectTimeout' | 'pool'> = { connectTimeout: duration(3000), pool: count(0, 0) };

/** `GatewayOptions` with their defaults. */
interface GatewaySettings extends ForwardSettings {
  readonly upstream: Upstream;
  readonly root: Root | undefined;
  readonly extension: string;
}

/**
 * An application that forwards every request to a FastCGI responder and gives its answer.
 *
 * What goes wrong before the answer's head rejects with a `TsgiError` of side 'peer' whose `statusHint` is the status to
 * answer: 502 (no connection, no CGI response, UNKNOWN_ROLE), 503 (OVERLOADED, no connection free), 504 (late), 413 (body
 * too long), 507 (no room to store it), 400 (a variable too long for a record). What goes wrong after it makes the body
 * throw, so that a truncated answer stays one.
 *
 * @throws TsgiError `BAD_ADDRESS`; RangeError that names an option whose value makes no sense.
 */
export function gateway(options: GatewayOptions): App {
  const { address, extension = '.php' } = options;
  const { connectTimeout, pool } = checkedNumbers(RULES, options);
  const forward = forwardSettings(options, openSpoolFile);
  const to = typeof address === 'string' ? parseAddress(address, 'fcgi') : address;
  const timeouts = { connectTimeout, queueTimeout: forward.responseTimeout };
  const settings: GatewaySettings = {
    ...forward,
    upstream: new Upstream(new ConnectionPool(to, pool, timeouts), forward),
    root: options.root === undefined ? undefined : new Root(options.root),
    extension,
  };
  const app: App = (environ, startResponse) => answerOver(environ, startResponse, settings, app);
  return app;
}

async function answerOver(
  environ: Environ,
  startResponse: StartResponse,
  settings: GatewaySettings,
  app: App,
): Promise<Body> {
  const { root } = settings;
  const script = root === undefined ? undefined : await scriptVariables(environ, root, settings.extension);
  if (root !== undefined && script === undefined) {
    startResponse('404 Not Found', [['Content-Type', 'text/plain; charset=utf-8']]);
    return [Buffer.from('404 Not Found\n')];
  }
  const body = await forwardedBody(environ, settings);
  const answer = await settings.upstream.ask(environ, variablesOf(environ, body, script, settings), body);
  return passOnAnswer(answer, environ, startResponse, app, settings);
}

function variablesOf(
  environ: Environ,
  body: ForwardedBody,
  script: Record<string, string> | undefined,
  { params }: GatewaySettings,
): string[] {
  const length = body.length === undefined ? undefined : { CONTENT_LENGTH: String(body.length) };
  return variablesFromEnviron(environ, { ...script, ...length, ...params });
}
