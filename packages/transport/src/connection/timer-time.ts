/** What is longer, `Infinity` for one, a timer of Node takes for 1 ms. */
export const LONGEST_TIMER: number = 2 ** 31 - 1;

/** A time limit as a timer takes it: one that is beyond all timers, or `Infinity`, is 24 days. */
export function timerTime(milliseconds: number): number {
  return Math.min(milliseconds, LONGEST_TIMER);
}
