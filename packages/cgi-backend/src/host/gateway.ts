import { resolve } from 'node:path';
import type { App } from '@tsgi/core';
import type { ForwardOptions } from '@tsgi/core/forward';
import { checkedNumbers, count, forwardRules, type NumberRules } from '@tsgi/core/options';
import { TsgiError } from '@tsgi/core/program';
import type { ProgramSettings } from './host.ts';

/** Which programs a CGI gateway runs and how. Durations are milliseconds, sizes bytes. One of `program` and `root`. */
export interface GatewayOptions extends ForwardOptions {
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
}

// All of them, though the rest is obeyed elsewhere: what is wrong is said at once, not to the first client.
const RULES: NumberRules<keyof typeof forwardRules | 'maxProcesses'> = { ...forwardRules, maxProcesses: count(64) };

/**
 * An application that starts a CGI program for each request and gives its answer.
 *
 * What goes wrong before the answer's head rejects with a `TsgiError` of side 'peer' whose `statusHint` is the status to
 * answer: 403 and 404 (no such program), 500 (it ended without output), 502 (it cannot be run, or gives no CGI response),
 * 503 (too many), 504 (late), 413 and 431 (too much for a body or an environment), 507 (no room to store a body), 400 (not
 * expressible). What goes wrong after it makes the body throw: an answer short of its Content-Length, a program that a
 * signal ended. One that fails by itself after it has closed its output has answered; the log says with what exit code.
 *
 * @throws TsgiError `BAD_OPTIONS` unless there is one of `program` and `root`; RangeError that names an option whose value
 *   makes no sense.
 */
export function gateway(options: GatewayOptions): App {
  const { program, root, args = [], env = [] } = options;
  if ((program === undefined) === (root === undefined)) {
    throw new TsgiError('a CGI gateway needs either a program or a root', { code: 'BAD_OPTIONS', side: 'app' });
  }
  const { maxProcesses } = checkedNumbers(RULES, options);
  const programs: ProgramSettings = {
    program: program === undefined ? undefined : resolve(program),
    root: root === undefined ? undefined : resolve(root),
    args,
    env,
    authorization: options.authorization ?? false,
    maxProcesses,
  };
  // A CGI program, which hosts none, imports this package too and has to start fast. Not with the first request: then there may
  // be no descriptor to load it with, and Node remembers that a module could not be loaded.
  const hosted = import('./host.ts').then(({ host }) => host(options, programs));
  // The requests are told.
  hosted.catch(() => {});
  return async (environ, startResponse) => {
    return (await hosted)(environ, startResponse);
  };
}
