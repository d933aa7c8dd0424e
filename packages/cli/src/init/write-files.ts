import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandFailure, EXIT, usageError, whyNoFile } from '../command-line/failure.ts';

/** A file to be written. */
export interface NewFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly text: string;
  /** Default: as the umask has it. */
  readonly mode?: number;
}

/**
 * Writes all of them, or none when one is there already.
 *
 * @param force replaces files; never anything else that has the name, a link to somewhere say.
 * @throws CommandFailure (exit 2) for what is there, (exit 1) for what cannot be written.
 */
export function writeFiles(folder: string, files: readonly NewFile[], force: boolean): void {
  for (const { path } of files) refuseWhatIsThere(join(folder, path), path, force);
  for (const { path, text, mode } of files) {
    const file = join(folder, path);
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { flag: force ? 'w' : 'wx', mode });
    } catch (error) {
      throw new CommandFailure(`cannot write ${path}: ${whyNoFile(error)}`, EXIT.failed, error);
    }
  }
}

function refuseWhatIsThere(file: string, path: string, force: boolean): void {
  let found;
  try {
    found = lstatSync(file, { throwIfNoEntry: false });
  } catch {
    // What cannot be looked at cannot be written either, and is named then.
  }
  if (found === undefined) return;
  if (!found.isFile()) throw usageError(`${path} is there already, and is no file that could be replaced`);
  if (!force) throw usageError(`${path} is there already; --force replaces it`);
}
