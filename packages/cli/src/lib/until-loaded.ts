import type { CommandFailure } from './failure.ts';

/**
 * Waits for code that is not ours. A promise that nothing will ever resolve ends the process without a word, and so may a
 * module by itself: then `unfinished` is said.
 */
export async function untilLoaded<Loaded>(loading: Promise<Loaded>, unfinished: CommandFailure): Promise<Loaded> {
  const sayIt = (): void => {
    process.stderr.write(`tsgi: ${unfinished.message}\n`);
    process.exitCode = unfinished.exitCode;
  };
  process.once('exit', sayIt);
  try {
    return await loading;
  } finally {
    process.off('exit', sayIt);
  }
}
