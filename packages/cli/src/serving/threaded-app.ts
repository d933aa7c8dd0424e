import { BroadcastChannel } from 'node:worker_threads';
import { threadPool } from '@tsgi/supervisor';
import type { App } from '@tsgi/core';
import { startError } from '../command-line/failure.ts';
import { logLine } from '../command-line/standard-streams.ts';
import { LOADED_IN_THREADS } from '../watching/watch-messages.ts';
import type { InThread } from './app-in-thread.ts';

/**
 * The application in threads.
 *
 * @throws CommandFailure (exit 3) when it cannot be loaded there.
 */
export async function threadedApp(app: InThread, threads: number): Promise<App> {
  const module = new URL('./app-in-thread.js', import.meta.url);
  module.searchParams.set('app', JSON.stringify(app));
  if (process.env['WATCH_REPORT_DEPENDENCIES'] !== undefined) passOnWhatThreadsLoad();
  const pool = threadPool(module, { threads, log: logLine });
  // Until it listens nothing else keeps this process alive.
  const awake = setInterval(() => {}, 60_000);
  try {
    await pool.ready;
    return pool;
  } catch (error) {
    const [line = '', ...frames] = error instanceof Error ? error.message.split('\n') : [String(error)];
    throw startError(line, error, frames);
  } finally {
    clearInterval(awake);
  }
}

/** To the process that watches. */
function passOnWhatThreadsLoad(): void {
  const channel = new BroadcastChannel(LOADED_IN_THREADS);
  channel.unref();
  channel.addEventListener('message', (event) => {
    if (process.connected) process.send?.(Reflect.get(event, 'data'));
  });
}
