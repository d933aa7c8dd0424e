import type { App, Backend, CloseOptions, RunningServer } from '@tsgi/core';
import { assertApp, createErrorStream } from '@tsgi/core/program';
import { logSink } from '@tsgi/transport/log';
import { CgiRequest } from './cgi-request.ts';
import { processEnvironment } from './process-environment.ts';

/** How a CGI program runs its application. */
export interface ServeOptions {
  /** Where the application is mounted, if the web server does not say: `SCRIPT_NAME`. */
  scriptName?: string;
  /**
   * Names of variables of the process environment that the application gets besides those of the request: what the
   * deployer set for it (R42). Default: none.
   */
  environ?: readonly string[];
  /** Takes `tsgi.errors` and the reason of a refused request. Default: standard error, which is the web server's log. */
  errors?: (text: string) => void;
}

const DEFAULT_GRACE = 10_000;

/** After SIGTERM an application may still close what it opened; mod_cgi sends SIGKILL after three seconds. */
const TERMINATION_MS = 2000;

/** What an application left open may not keep a finished program alive: mod_cgi keeps the client waiting for its end. */
const LINGER_MS = 100;

/** 128 and the number of SIGTERM, as a shell says it. */
const TERMINATED = 143;

/**
 * Answers the one request that this process was started for, from its environment and descriptors 0 and 1. Sets
 * `process.exitCode`: 1 when the response failed after its head, for nothing else can tell the web server.
 *
 * `process.stdout` becomes `process.stderr`: what an application prints must not get into the response.
 *
 * @throws TypeError when the application is no function.
 */
export async function serve(app: App, options: ServeOptions = {}): Promise<RunningServer> {
  assertApp(app);
  const { scriptName } = options;
  const errors = logSink(options.errors);
  // An application that never answers and lets the process run out of work has failed.
  process.exitCode = 1;
  Object.defineProperty(process, 'stdout', { configurable: true, get: () => process.stderr });
  const traits = {
    multithread: false,
    multiprocess: true,
    runOnce: true,
    concurrent: false,
    serverSoftware: 'tsgi-cgi',
    errors: createErrorStream(errors),
    ...(scriptName === undefined ? undefined : { scriptName }),
  };
  const onExit = (exitCode: number): void => {
    if (process.exitCode === TERMINATED) return;
    errors('cgi: the process ended before the application had answered\n');
    // A `process.exit(0)` of the application makes no whole response of half a one.
    if (exitCode === 0) process.exitCode = 1;
  };
  process.on('exit', onExit);
  const request = new CgiRequest((exitCode) => {
    if (process.exitCode !== TERMINATED) process.exitCode = exitCode;
    process.off('exit', onExit);
  });
  const onTerminate = (): void => {
    request.abort('the web server ended the program');
    process.exitCode = TERMINATED;
    setTimeout(() => process.exit(), TERMINATION_MS).unref();
  };
  request.run(app, processEnvironment(), { traits, allowed: new Set(options.environ), log: errors });
  // While an application computes no handler would run; once it has answered there is nothing to abort.
  if (!request.isOver) process.on('SIGTERM', onTerminate);
  const closed = request.done.then(() => {
    process.off('SIGTERM', onTerminate);
    process.once('beforeExit', endAtOnce);
    // A process with nothing left to do ends before that, and has not loaded what a timer needs.
    setImmediate(() => setTimeout(() => process.exit(), LINGER_MS).unref()).unref();
  });
  return {
    address: 'cgi:',
    port: undefined,
    closed,
    close: async (options: CloseOptions = {}) => {
      // Loaded when they are wanted: a program that answers has no use for a clock.
      const { Deadline } = await import('@tsgi/core/clock');
      const { checkedNumbers, wait } = await import('@tsgi/core/options');
      const { grace } = checkedNumbers({ grace: wait(DEFAULT_GRACE), keepAlive: wait(0) }, options);
      const deadline = new Deadline(() => request.abort('the server ends'));
      deadline.in(grace);
      await closed.finally(() => deadline.clear());
    },
  };
}

/** Nothing is left to do. Node would take its heap apart first, where nobody else has something to do now. */
function endAtOnce(): void {
  if (process.listenerCount('beforeExit') === 0) process.exit();
}

/** CGI as a value, for what works with any backend. */
export const cgiBackend: Backend<ServeOptions> = { name: 'cgi', serve };
