import type { lstatSync, statSync } from 'node:fs';
import { usageError } from './failure.ts';

/**
 * What a command is about to write is not there yet, or may be replaced.
 *
 * @param shown the file as messages name it.
 * @param force replaces a file; never a folder, or anything else that has the name.
 * @param look `statSync` where a link is to be followed to what would be lost; `lstatSync` where a link is never replaced.
 * @throws CommandFailure (exit 2)
 */
export function refuseWhatIsThere(
  file: string,
  shown: string,
  force: boolean,
  look: typeof statSync | typeof lstatSync,
): void {
  let found;
  try {
    found = look(file, { throwIfNoEntry: false });
  } catch {
    // What cannot be looked at cannot be written either, and is named then.
  }
  if (found === undefined) return;
  if (!found.isFile()) throw usageError(`${shown} is there already, and is no file that could be replaced`);
  if (!force) throw usageError(`${shown} is there already; --force replaces it`);
}
