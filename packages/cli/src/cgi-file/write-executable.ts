import { linkSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CommandFailure, EXIT, usageError, whyNoFile } from '../command-line/failure.ts';

/** As a compiler has it: whoever may read it may run it, less what the umask takes. */
const MODE = 0o777;

/**
 * Writes a file that can be run. A web server may run it at any moment: it is the old one or the new one, whole.
 *
 * @param shown the file as messages name it.
 * @param force replaces a file; never a folder, or anything else that has the name.
 * @throws CommandFailure (exit 2) for what is there, (exit 1) for what cannot be written.
 */
export function writeExecutable(file: string, text: string, shown: string, force: boolean): void {
  refuseWhatIsThere(file, shown, force);
  const beside = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(beside, text, { flag: 'wx', mode: MODE });
    if (force) renameSync(beside, file);
    else linkSync(beside, file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') refuseWhatIsThere(file, shown, force);
    throw new CommandFailure(`cannot write ${shown}: ${whyNoFile(error)}`, EXIT.failed, error);
  } finally {
    rmSync(beside, { force: true });
  }
}

/** @throws CommandFailure (exit 2) */
export function refuseWhatIsThere(file: string, shown: string, force: boolean): void {
  let found;
  try {
    // Through links: what a link leads to is what would be lost.
    found = statSync(file, { throwIfNoEntry: false });
  } catch {
    // What cannot be looked at cannot be written either, and is named then.
  }
  if (found === undefined) return;
  if (!found.isFile()) throw usageError(`${shown} is there already, and is no file that could be replaced`);
  if (!force) throw usageError(`${shown} is there already; --force replaces it`);
}
