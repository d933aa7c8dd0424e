import type { RunningServer } from '@tsgi/core';
import { endWithoutApp } from '../command-line/end-without-app.ts';

const DEFAULT_GRACE = 10_000;

/** After the last connection, `tsgi.after_response` hooks may still run; what else keeps the process alive is the application's. */
const LAST_WORK_MS = 1000;

/**
 * Serves until a signal: the first one closes gracefully, a second one at once. Resolves when all servers have ended.
 *
 * @param grace milliseconds.
 */
export async function runUntilStopped(servers: readonly RunningServer[], grace: number = DEFAULT_GRACE): Promise<void> {
  let signals = 0;
  const onSignal = (): void => {
    signals++;
    if (signals === 1)
      process.stderr.write(`tsgi: closing, within ${grace / 1000} s; a second signal closes at once\n`);
    for (const server of servers) void server.close({ grace: signals === 1 ? grace : 0 });
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  await Promise.all(servers.map((server) => server.closed));
  process.off('SIGTERM', onSignal);
  process.off('SIGINT', onSignal);
  endWithoutApp(signals > 1 ? 0 : LAST_WORK_MS);
}
