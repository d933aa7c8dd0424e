import type { App } from '@tsgi/core';
import type { Spent } from '@tsgi/supervisor';
import { logLine } from '../command-line/standard-streams.ts';

/** What a worker may do and become before another one takes over; `Infinity` lifts a limit. */
export interface Retirement {
  readonly maxRequests: number;
  /** Bytes. */
  readonly maxRss: number;
}

/** How often the memory is looked at: that costs some ten microseconds. */
const LOOK_EVERY = 100;

const MEBIBYTE = 1_048_576;

/**
 * The application, which calls `spent` once: with the request that is one too many, or when the process has grown too large. It
 * goes on all the same, until its successor is ready.
 *
 * @param random from 0 to 1: workers that were started together are not to end together, so the number of requests is up to a
 *   tenth more or less (gunicorn's `max_requests_jitter`).
 */
export function untilSpent(
  app: App,
  limits: Retirement,
  spent: (why: Spent) => void,
  random: number = Math.random(),
): App {
  const { maxRequests, maxRss } = limits;
  if (maxRequests === Infinity && maxRss === Infinity) return app;
  const most = Math.max(1, Math.round(maxRequests * (0.9 + 0.2 * random)));
  let requests = 0;
  let isSpent = false;
  const retire = (why: Spent, words: string): void => {
    isSpent = true;
    logLine(`worker ${process.pid} ${words}: another one takes over`);
    spent(why);
  };
  const look = (): void => {
    if (isSpent) return;
    if (requests >= most) return retire('requests', `has had ${requests} requests`);
    const rss = maxRss === Infinity ? 0 : process.memoryUsage.rss();
    if (rss > maxRss) retire('memory', `has grown to ${Math.ceil(rss / MEBIBYTE)} MiB`);
  };
  return (environ, startResponse) => {
    requests += 1;
    if (requests === most || requests % LOOK_EVERY === 0) look();
    return app(environ, startResponse);
  };
}
