import type { CommandFailure } from './failure.ts';
import { logLine } from './standard-streams.ts';

/**
 * Waits for code that is not ours. A promise that nothing will ever resolve ends the process without a word, and so may the
 * code itself: then `unfinished` is said, and its exit code holds.
 */
export async function completed<Result>(work: () => Promise<Result>, unfinished: CommandFailure): Promise<Result> {
  const sayIt = (): void => {
    logLine(unfinished.message);
    process.exitCode = unfinished.exitCode;
  };
  process.once('exit', sayIt);
  try {
    return await work();
  } finally {
    process.off('exit', sayIt);
  }
}
