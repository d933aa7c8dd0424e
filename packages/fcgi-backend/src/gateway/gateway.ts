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
} from '@tsgi/core/forward';
import { checkedNumbers, count, duration, type NumberRules } from '@tsgi/core/options';
import { type TargetAddresses, targetsAt } from '@tsgi/transport/targets';
import { openSpoolFile, Root } from '@tsgi/transport/files';
import { ConnectionPool } from './connection-pool.ts';
import { Forwarding } from './forwarding.ts';
import { type ProgramSource, ProgramUpstream } from './program-upstream.ts';
import { scriptVariables } from './script-file.ts';

/** Which program of a folder a request is for. */
interface ScriptOptions {
  /** The folder with the programs. Sets SCRIPT_FILENAME and its like; a request for no program in it is a 404. */
  root?: string;
  /** Ends the name of a program below `root`. Empty: any file is one. Default `.php`. */
  extension?: string;
}

/** Where and how a FastCGI gateway forwards. Durations are milliseconds, sizes bytes. */
export interface GatewayOptions extends ForwardOptions, ScriptOptions {
  /**
   * The FastCGI application: an address, or its text: `HOST:PORT`, `unix:PATH`, and what `--to` or `RunningServer.address`
   * says. Several are servers that answer the same: each request goes to the one with the fewest under way.
   */
  address: TargetAddresses;
  /** Until a connection is made, to whichever target; then 502. Default 3,000. */
  connectTimeout?: number;
  /**
   * Connections to each target at most, kept for further requests, each for 5 s; a request that finds none free waits for one, as long
   * as `responseTimeout`. No more than the application has processes: php-fpm gives every connection one of its own. 0: a connection
   * a request, as many as there are requests. Default: as with 0 until there is much to do; then as many are kept as the application
   * says it allows (FCGI_GET_VALUES), or is found to serve, each for a quarter of a second, and only for requests that can be sent again.
   */
  pool?: number;
}

/** How a gateway forwards to programs that it has for itself. */
export interface ProgramGatewayOptions extends ForwardOptions, ScriptOptions {
  /** How long one request may keep a program busy, in milliseconds: then the program is ended. Default: unlimited. */
  busyTimeout?: number;
}

const RULES: NumberRules<'connectTimeout'> = { connectTimeout: duration(3000) };
const POOL_RULES: NumberRules<'pool'> = { pool: count(0, 0) };

/** Has a request answered, with these variables, whose names and values alternate. */
type Ask = (environ: Environ, body: ForwardedBody, variables: readonly string[]) => Promise<CgiAnswer>;

/** What every gateway of this wire is told, with its defaults. */
interface GatewaySettings extends ForwardSettings {
  readonly ask: Ask;
  /** To another server, or over another connection. */
  readonly mayBeSentAgain: boolean;
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
  const { connectTimeout } = checkedNumbers(RULES, options);
  const pool = options.pool === undefined ? undefined : checkedNumbers(POOL_RULES, options).pool;
  const forward = forwardSettings(options, openSpoolFile);
  const targets = targetsAt(options.address, 'fcgi', (to) => new ConnectionPool(to, pool, forward.responseTimeout));
  const ask: Ask = (environ, body, variables) => {
    return askTargets(targets, { environ, body, connectTimeout }, new Forwarding(environ, variables, body, forward));
  };
  // Without being asked for, no body goes over a connection that may be lost.
  const mayBeSentAgain = (pool !== undefined && pool > 0) || targets.all.length > 1;
  return forwardingApp(forwardTo({ ...forward, ask, mayBeSentAgain }, options), targets);
}

const PROGRAM_RULES: NumberRules<'busyTimeout'> = { busyTimeout: duration(Infinity) };

/**
 * As `gateway`, to programs that each answer one request at a time and are this gateway's alone. Request bodies are read to
 * their end first: a slow client keeps no program from its work, and what no program has begun with can be sent to another.
 *
 * @throws RangeError that names an option whose value makes no sense.
 */
export function programGateway(programs: ProgramSource, options: ProgramGatewayOptions = {}): App {
  const { busyTimeout } = checkedNumbers(PROGRAM_RULES, options);
  const forward = { ...forwardSettings(options, openSpoolFile), readsFirst: true };
  const upstream = new ProgramUpstream(programs, { ...forward, busyTimeout });
  const ask: Ask = (environ, body, variables) => upstream.ask(environ, variables, body);
  return forwardTo({ ...forward, ask, mayBeSentAgain: true }, options);
}

function forwardTo(forward: Omit<GatewaySettings, 'root' | 'extension'>, options: ScriptOptions): App {
  const { root, extension = '.php' } = options;
  const settings = { ...forward, root: root === undefined ? undefined : new Root(root), extension };
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
  const found = root === undefined ? undefined : scriptVariables(environ, root, settings.extension);
  const script = found instanceof Promise ? await found : found;
  if (root !== undefined && script === undefined) {
    startResponse('404 Not Found', [['Content-Type', 'text/plain; charset=utf-8']]);
    return [Buffer.from('404 Not Found\n')];
  }
  const forwarded = forwardedBody(environ, settings, settings.mayBeSentAgain);
  const body = forwarded instanceof Promise ? await forwarded : forwarded;
  let answer: CgiAnswer;
  try {
    answer = await settings.ask(environ, body, variablesOf(environ, body, script, settings));
  } finally {
    body.release();
  }
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
