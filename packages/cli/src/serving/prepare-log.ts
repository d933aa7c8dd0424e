import { closeSync, constants, fchownSync, fstatSync, openSync } from 'node:fs';
import { firstLine } from '../command-line/failure.ts';
import { logLine } from '../command-line/standard-streams.ts';
import type { Identity } from './privileges.ts';

/**
 * Makes the log file of workers that become another user: where it lies is mostly root's, and what they write is theirs, as
 * nginx has it. What fails is said, and nothing else: a log is no reason not to serve.
 */
export function prepareLog(file: string | undefined, identity: Identity | undefined): void {
  if (file === undefined || file === '-' || identity === undefined) return;
  try {
    // A FIFO that nobody reads must not hold the process; a link in a folder of others must give no file of root's away.
    const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK, O_NOFOLLOW } = constants;
    const fd = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOFOLLOW, 0o640);
    try {
      const found = fstatSync(fd);
      if (found.isFile() && found.nlink === 1) fchownSync(fd, identity.user?.uid ?? -1, identity.gid);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    logLine(`--access-log-file ${file}: ${firstLine(error)}`);
  }
}
