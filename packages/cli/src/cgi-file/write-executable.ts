import { linkSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CommandFailure, EXIT, whyNoFile } from '../command-line/failure.ts';
import { refuseWhatIsThere } from '../command-line/refuse-what-is-there.ts';

/** As a compiler has it: whoever may read it may run it, less what the umask takes. */
const MODE = 0o777;

/**
 * Writes a file that can be run. A web server may run it at any moment: it is the old one or the new one, whole.
 *
 * @param shown the file as messages name it.
 * @param force replaces a file; never a folder, or anything else that has the name.
 * @throws CommandFailure (exit 2) for what is there, (exit 1) for what cannot be written.
 */
export function writeExecutable(file: string, text: string | Uint8Array, shown: string, force: boolean): void {
  refuseWhatIsThere(file, shown, force, statSync);
  const beside = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(beside, text, { flag: 'wx', mode: MODE });
    if (force) renameSync(beside, file);
    else linkSync(beside, file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      refuseWhatIsThere(file, shown, force, statSync);
    throw new CommandFailure(`cannot write ${shown}: ${whyNoFile(error)}`, EXIT.failed, error);
  } finally {
    rmSync(beside, { force: true });
  }
}
