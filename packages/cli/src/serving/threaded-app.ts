import { threadPool } from '@tsgi/supervisor';
import type { App } from '@tsgi/core';
import { firstLine, startError } from '../command-line/failure.ts';
import { logLine } from '../command-line/standard-streams.ts';
import type { InThread } from './app-in-thread.ts';

/**
 * The application in threads.
 *
 * @throws CommandFailure (exit 3) when it cannot be loaded there.
 */
export async function threadedApp(app: InThread, threads: number): Promise<App> {
  const module = new URL('./app-in-thread.js', import.meta.url);
  module.searchParams.set('app', JSON.stringify(app));
  const pool = threadPool(module, { threads, log: logLine });
  // Until it listens nothing else keeps this process alive.
  const awake = setInterval(() => {}, 60_000);
  try {
    await pool.ready;
    return pool;
  } catch (error) {
    throw startError(firstLine(error), error);
  } finally {
    clearInterval(awake);
  }
}
