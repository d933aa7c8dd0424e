import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandFailure, EXIT, whyNoFile } from '../command-line/failure.ts';
import { refuseWhatIsThere } from '../command-line/refuse-what-is-there.ts';

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
  for (const { path } of files) refuseWhatIsThere(join(folder, path), path, force, lstatSync);
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
