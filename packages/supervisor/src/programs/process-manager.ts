import { basename } from 'node:path';
import { type App, type Body, type Header, type StartResponse, TsgiError } from '@tsgi/core';
import { checkedNumbers, count, duration, forwardRules, type NumberRules, wait } from '@tsgi/core/options';
import { type ProgramGatewayOptions, programGateway } from '@tsgi/fcgi-backend';
import { writeToStderr } from '@tsgi/transport';
import { commandWords, findCommand } from './command-words.ts';
import type { PoolMode } from './pool-states.ts';
import { programEnvironment } from './program-environment.ts';
import { ProgramPool, type ProgramsFigures } from './program-pool.ts';

/** Which programs are started, and when. The names are php-fpm's, where it has one. Durations are milliseconds. */
export interface ProcessManagerOptions extends ProgramGatewayOptions {
  /**
   * A FastCGI program and its arguments: `php-cgi`, or `['/srv/app/server', '--fast']`. A text is split as a shell would, and
   * no shell runs. It finds its listening socket as descriptor 0.
   */
  command: string | readonly string[];
  /**
   * When they are started (`pm`): `static`, as many as `maxChildren`, always; `dynamic`, so many that between `minSpare` and
   * `maxSpare` have nothing to do; `ondemand`, one when a request finds none free. Default `dynamic`.
   */
  mode?: PoolMode;
  /** Programs, and so requests, at a time (`pm.max_children`); one more while one makes way for its successor. Default 5. */
  maxChildren?: number;
  /** For `dynamic` (`pm.min_spare_servers`). Default 1. */
  minSpare?: number;
  /** For `dynamic` (`pm.max_spare_servers`). Default 3. */
  maxSpare?: number;
  /** For `ondemand`: how long a program rests until it is ended (`pm.process_idle_timeout`). Default 10,000. */
  processIdleTimeout?: number;
  /** Requests after which a program is replaced, up to a tenth more or less (`pm.max_requests`). Default: unlimited. */
  maxRequests?: number;
  /** How long one request may keep a program busy; then 504, and it is ended (`request_terminate_timeout`). Default: unlimited. */
  busyTimeout?: number;
  /** Requests that wait for a program; a further one gets 503 (`listen.backlog`). Default 100. */
  queue?: number;
  /** How long they wait; then 503. Default 30,000. */
  queueTimeout?: number;
  /** Until a program accepts its first connection; then it is killed. Default 60,000. */
  startTimeout?: number;
  /** For those that are busy when all end. Default 10,000. */
  grace?: number;
  /** Variables that the programs get besides PATH, LANG and TZ: a name, or `NAME=value` (`env[…]`). Default: none. */
  env?: readonly string[];
  /** Where they are started. Default: the current folder. */
  cwd?: string;
  /** Takes lines about programs, and what they say. Default: standard error. */
  log?(line: string): void;
}

/** An application whose requests are answered by FastCGI programs that it starts. */
export interface ProcessManager extends App {
  /**
   * Resolves when as many programs accept connections as are started at first. Rejects when the first one cannot start: then
   * nothing is started any more.
   */
  readonly ready: Promise<void>;
  /** Process ids of the programs that run. */
  readonly pids: readonly number[];
  /** How the programs are now. */
  readonly figures: ProgramsFigures;
  /** Replaces all programs, one after another, each when its successor accepts connections. */
  reload(): void;
  /** Ends the programs, busy ones within the grace, or at once. Resolves when nothing is left. */
  close(options?: { grace?: 0 }): Promise<void>;
}

const RULES: NumberRules<
  | keyof typeof forwardRules
  | 'maxChildren'
  | 'minSpare'
  | 'maxSpare'
  | 'processIdleTimeout'
  | 'maxRequests'
  | 'busyTimeout'
  | 'queue'
  | 'queueTimeout'
  | 'startTimeout'
  | 'grace'
> = {
  ...forwardRules,
  maxChildren: count(5),
  minSpare: count(1),
  maxSpare: count(3),
  processIdleTimeout: wait(10_000),
  maxRequests: count(Infinity),
  busyTimeout: duration(Infinity),
  queue: count(100, 0),
  queueTimeout: duration(30_000),
  startTimeout: duration(60_000),
  grace: wait(10_000),
};

const MODES: readonly PoolMode[] = ['static', 'dynamic', 'ondemand'];

/** Seconds after which a client that found no program free may try again. */
const RETRY_AFTER = '1';
const WAITED_IN_VAIN: ReadonlySet<string> = new Set(['QUEUE_FULL', 'QUEUE_TIMEOUT', 'PROGRAMS_ENDED']);

/**
 * Starts FastCGI programs, gives each one request at a time, watches, replaces and ends them: the process manager that the
 * FastCGI specification speaks of, as php-fpm, mod_fcgid and spawn-fcgi are. Each program has a listening socket of its own.
 *
 * A program that ends within a request means 502, or an answer that is cut, for that request alone. One that no program has begun
 * with goes to another, whatever its method; no request is sent twice that may have been begun, unless its method is
 * idempotent and its program ended without a fault.
 *
 * @throws TsgiError `BAD_COMMAND`, `NO_PROGRAM`; RangeError that names an option whose value makes no sense.
 */
export function processManager(options: ProcessManagerOptions): ProcessManager {
  const { mode = 'dynamic', env = [], log = toStderr } = options;
  if (!MODES.includes(mode)) throw new RangeError(`mode: expected ${MODES.join(', ')}, found ${String(mode)}`);
  const numbers = { ...checkedNumbers(RULES, options), ...spares(mode, options) };
  const words = commandWords(options.command);
  const [program = ''] = words;
  const environment = programEnvironment(env, process.env);
  const file = findCommand(program, environment['PATH'] ?? '');
  const pool = new ProgramPool({
    ...numbers,
    mode,
    // Nobody waits for it any more: as long as a program may be silent.
    checkTimeout: numbers.idleTimeout,
    command: { file, words, env: environment, cwd: options.cwd },
    name: basename(program),
    log,
  });
  const forward = programGateway(pool, options);
  const app: App = async (environ, startResponse) => {
    try {
      return await forward(environ, startResponse);
    } catch (error) {
      if (error instanceof TsgiError && WAITED_IN_VAIN.has(error.code)) return busy(startResponse);
      throw error;
    }
  };
  return Object.defineProperties(app as ProcessManager, {
    ready: { value: pool.ready },
    pids: { get: () => pool.pids },
    figures: { get: () => pool.figures },
    reload: { value: () => pool.reload() },
    close: { value: ({ grace }: { grace?: 0 } = {}) => pool.close(grace === 0) },
  });
}

/** What goes with what, as php-fpm has it: a setting that would have no effect is a misunderstanding. */
function spares(mode: PoolMode, options: ProcessManagerOptions): { minSpare: number; maxSpare: number } {
  const { maxChildren } = checkedNumbers(RULES, options);
  if (maxChildren === Infinity) throw new RangeError('maxChildren: expected a whole number above 0, found Infinity');
  const others = { minSpare: 'dynamic', maxSpare: 'dynamic', processIdleTimeout: 'ondemand' } as const;
  for (const [name, wanted] of Object.entries(others)) {
    const isSet = options[name as keyof typeof others] !== undefined;
    if (isSet && mode !== wanted) throw new RangeError(`${name}: expected the mode ${wanted}, found ${mode}`);
  }
  const minSpare = options.minSpare ?? Math.min(RULES.minSpare.byDefault, options.maxSpare ?? Infinity, maxChildren);
  const maxSpare = options.maxSpare ?? Math.min(maxChildren, Math.max(RULES.maxSpare.byDefault, minSpare));
  if (maxSpare > maxChildren || minSpare > maxSpare) {
    const [name, found] = maxSpare > maxChildren ? ['maxSpare', maxSpare] : ['minSpare', minSpare];
    const [limit, most] = maxSpare > maxChildren ? ['maxChildren', maxChildren] : ['maxSpare', maxSpare];
    throw new RangeError(`${name}: expected no more than ${limit}, which is ${most}, found ${found}`);
  }
  return { minSpare, maxSpare };
}

function busy(startResponse: StartResponse): Body {
  const headers: Header[] = [
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Retry-After', RETRY_AFTER],
  ];
  startResponse('503 Service Unavailable', headers);
  return [Buffer.from('503 Service Unavailable\n')];
}

function toStderr(line: string): void {
  writeToStderr(`tsgi: ${line}\n`);
}
