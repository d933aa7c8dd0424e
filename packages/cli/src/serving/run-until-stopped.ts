import type { RunningServer } from '@tsgi/core';
import { endWithoutApp } from '../command-line/end-without-app.ts';
import { EXIT } from '../command-line/failure.ts';
import { logLine } from '../command-line/standard-streams.ts';
import { onStrayError } from './stray-errors.ts';
import type { Behind } from './behind.ts';
import type { Worker } from './worker.ts';

const DEFAULT_GRACE = 10_000;

/** How long a worker that others serve on for keeps idle connections open: as long as HTTP keeps them at all. */
const KEEP_ALIVE_MS = 5_000;

/** After the last connection, `tsgi.after_response` hooks may still run; what else keeps the process alive is the application's. */
const LAST_WORK_MS = 1000;

/** Servers of one application. */
export interface RunningGroup {
  readonly servers: readonly RunningServer[];
  /** Milliseconds. Default 10 s. */
  readonly grace: number | undefined;
  /** Milliseconds. Default 0. */
  readonly shutdownDelay?: number | undefined;
}

/**
 * Serves until a signal: the first one closes gracefully, a second one at once. An error that the application lets fall
 * closes gracefully, too. Resolves when all servers have ended.
 *
 * @param worker this process is one: it also ends when it is told to, and says when it ends by itself.
 * @param behind is closed when all servers have ended.
 * @returns the exit code.
 */
export async function runUntilStopped(
  groups: readonly RunningGroup[],
  worker?: Worker,
  behind?: Pick<Behind, 'close'>,
): Promise<number> {
  let signals = 0;
  let exitCode: number = EXIT.done;
  // A worker is told when: by the process that started it.
  const delay = worker === undefined ? Math.max(...groups.map(({ shutdownDelay = 0 }) => shutdownDelay)) : 0;
  let retreat: NodeJS.Timeout | undefined;
  const longest = Math.max(...groups.map(({ grace = DEFAULT_GRACE }) => grace));
  const close = (most: number, replaced: boolean): void => {
    for (const { servers, grace: own = DEFAULT_GRACE } of groups) {
      const grace = Math.min(own, most);
      // Who sends at the last moment is still answered within the grace.
      const keepAlive = replaced ? Math.min(KEEP_ALIVE_MS, grace / 2) : 0;
      for (const server of servers) void server.close({ grace, keepAlive });
    }
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    signals++;
    worker?.leaving();
    clearTimeout(retreat);
    if (signals === 1 && signal === 'SIGTERM' && delay > 0) {
      logLine(retreatLine(delay, longest));
      retreat = setTimeout(() => close(Infinity, true), delay);
      return;
    }
    if (signals === 1) logLine(`closing, ${within(longest)}; a second signal closes at once`);
    // Others serve on, unless all of them got the signal: then the supervisor says so.
    close(signals === 1 ? Infinity : 0, worker !== undefined);
  };
  const stopListening = onStrayError(() => {
    exitCode = EXIT.failed;
    worker?.leaving();
    // What the application has become cannot be known: not even one that may take its time goes on for ever.
    const bounded = Number.isFinite(longest) ? longest : DEFAULT_GRACE;
    logLine(`closing, ${within(bounded)}, because of it`);
    close(bounded, worker !== undefined);
  });
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  worker?.onDrain((drainWithin, replaced) => close(drainWithin ?? Infinity, replaced));
  worker?.ready();
  await Promise.all(groups.flatMap(({ servers }) => servers).map((server) => server.closed));
  clearTimeout(retreat);
  await behind?.close();
  process.off('SIGTERM', onSignal);
  process.off('SIGINT', onSignal);
  worker?.release();
  endWithoutApp(signals > 1 ? 0 : LAST_WORK_MS);
  // Hooks of the last requests may still throw.
  process.once('exit', stopListening);
  return exitCode;
}

/** What is said while requests are still taken that should go elsewhere. */
export function retreatLine(delay: number, grace: number): string {
  return `not ready any more; closing in ${delay / 1000} s, ${within(grace)} from then on; a second signal closes at once`;
}

function within(grace: number): string {
  return Number.isFinite(grace) ? `within ${grace / 1000} s` : 'however long it takes';
}
