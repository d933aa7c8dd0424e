import type { App, Body, Environ, StartResponse } from '@tsgi/core';
import { variablesFromEnviron } from '@tsgi/core/cgi';
import {
  askTargets,
  type CgiAnswer,
  type ForwardedBody,
  forwardedBody,
  type ForwardingApp,
  forwardingApp,
  type ForwardOptions,
  type ForwardSettings,
  forwardSettings,
  passOnAnswer,
  type Targets,
} from '@tsgi/core/forward';
import { checkedNumbers, count, duration, type NumberRules } from '@tsgi/core/options';
import { type TargetAddresses, targetsAt } from '@tsgi/transport';
import { openSpoolFile, Root } from '@tsgi/transport/files';
import { encodeRequestHead } from '../codec/request-encoder.ts';
import { ConnectionPool } from './connection-pool.ts';
import { Forwarding } from './forwarding.ts';
import { scriptVariables } from './script-file.ts';

/** Where and how a FastCGI gateway forwards. Durations are milliseconds, sizes bytes. */
export interface GatewayOptions extends ForwardOptions {
  /**
   * The FastCGI application: an address, or its text: `HOST:PORT`, `unix:PATH`, and what `--to` or `RunningServer.address`
   * says. Several are servers that answer the same: each request goes to the one with the fewest under way.
   */
  address: TargetAddresses;
  /** Until a connection is made, to whichever target; then 502. Default 3,000. */
  connectTimeout?: number;
  /**
   * Connections to each target at most, kept for further requests, each for 5 s; a request that finds none free waits for one, as long
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
  readonly targets: Targets<ConnectionPool>;
  readonly connectTimeout: number;
  readonly keepsConnections: boolean;
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
export function gateway(options: GatewayOptions): ForwardingApp {
  const { address, extension = '.php' } = options;
  const { connectTimeout, pool } = checkedNumbers(RULES, options);
  const forward = forwardSettings(options, openSpoolFile);
  const targets = targetsAt(address, 'fcgi', (to) => new ConnectionPool(to, pool, forward.responseTimeout));
  const settings: GatewaySettings = {
    ...forward,
    targets,
    connectTimeout,
    keepsConnections: pool > 0,
    root: options.root === undefined ? undefined : new Root(options.root),
    extension,
  };
  const app: App = (environ, startResponse) => answerOver(environ, startResponse, settings, app);
  return forwardingApp(app, targets);
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
  const body = await forwardedBody(environ, settings, settings.keepsConnections || settings.targets.all.length > 1);
  const answer = await ask(environ, body, script, settings);
  return passOnAnswer(answer, environ, startResponse, app, settings);
}

async function ask(
  environ: Environ,
  body: ForwardedBody,
  script: Record<string, string> | undefined,
  settings: GatewaySettings,
): Promise<CgiAnswer> {
  const { targets, connectTimeout, keepsConnections } = settings;
  try {
    const variables = variablesOf(environ, body, script, settings);
    const head = encodeRequestHead(variables, keepsConnections, (body.length ?? 0) > 0);
    const forwarding = new Forwarding(environ, head, body, settings);
    return await askTargets(targets, { environ, body, connectTimeout }, forwarding);
  } finally {
    body.release();
  }
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
