import type { CommandFailure } from './failure.ts';
import { logLine } from './standard-streams.ts';

let isWanted = false;

/** Ends the process while it still waits for code that is not ours, because it was told to: nothing is said of that code. */
export function endUnfinished(): never {
  isWanted = true;
  process.exit();
}

/**
 * Waits for code that is not ours. A promise that nothing will ever resolve ends the process without a word, and so may the
 * code itself: then `unfinished` is said, and its exit code holds.
 *
 * @param ended what is said instead where the code has ended the process, with `process.exit`.
 */
export async function completed<Result>(
  work: () => Promise<Result>,
  unfinished: CommandFailure,
  ended: CommandFailure = unfinished,
): Promise<Result> {
  let hasNothingToDo = false;
  const note = (): void => {
    hasNothingToDo = true;
  };
  const sayIt = (): void => {
    if (isWanted) return;
    const { message, exitCode } = hasNothingToDo ? unfinished : ended;
    logLine(message);
    process.exitCode = exitCode;
  };
  process.once('beforeExit', note);
  process.once('exit', sayIt);
  try {
    return await work();
  } finally {
    process.off('beforeExit', note);
    process.off('exit', sayIt);
  }
}
