import {
  type BigIntStats,
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { TsgiError } from '@tsgi/core';
import { type Address, fitsSocketPath } from '../address/address.ts';

/** A socket file that this process put at its path. */
export interface SocketFile {
  /** Removes the file, but only while it is still ours: a successor may have replaced it already. */
  remove(): void;
}

/** Binds to a path: a server that then listens there, or a bare socket. */
export interface PathBinder {
  bind(path: string): Promise<void>;
  close(): void;
}

/** Who names a group wants it to connect. */
const MODE_OF_GROUP = 0o660;

interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

/**
 * Binds a UNIX socket. It is bound in a folder that nobody else may enter, gets its group and mode there, and is moved into
 * place: so nobody can connect before they are right, whatever the umask, and a stale file is replaced without a moment in
 * which the path is missing.
 *
 * @throws TsgiError `ADDRESS_IN_USE` when somebody listens there, or when the path is not a socket; else the system's error.
 */
export async function bindToPath(binder: PathBinder, address: Address & { type: 'unix' }): Promise<SocketFile> {
  const { path, group } = address;
  const gid = group === undefined ? undefined : await numberOf(group);
  // libuv would say of a folder that is missing that permission was denied.
  statSync(dirname(path), { bigint: true });
  let replaceable = await probe(path);
  const { temporary, usualMode, leave } = await bindBeside(binder, path);
  const mode = address.mode ?? (gid === undefined ? usualMode : MODE_OF_GROUP);
  try {
    // Not the owner: that stays as it is.
    if (gid !== undefined) chownSync(temporary, -1, gid);
    if (mode !== undefined) chmodSync(temporary, mode);
    const own = lookAt(temporary);
    // Somebody may have taken the path while we were binding: what is replaced must be what was probed.
    for (let attempt = 0; !same(lookAt(path), replaceable); attempt++) {
      if (attempt === 3) throw inUse(path, 'others start there at the same time');
      replaceable = await probe(path);
    }
    renameSync(temporary, path);
    return { remove: () => removeOwn(path, own) };
  } catch (error) {
    binder.close();
    removeOwn(temporary, lookAt(temporary));
    throw error;
  } finally {
    leave();
  }
}

/** A socket that is bound, and not yet in its place. */
interface BoundBeside {
  readonly temporary: string;
  /** What it would have by the umask, where it has something else. */
  readonly usualMode: number | undefined;
  /** It is in its place, or given up. */
  leave(): void;
}

/** Binds below the same folder, for `rename` does not cross file systems; a name never longer than allowed. */
async function bindBeside(binder: PathBinder, path: string): Promise<BoundBeside> {
  for (let attempt = 0; ; attempt++) {
    const random = Math.random().toString(36).slice(2, 10);
    const short = join(dirname(path), random.slice(0, Math.max(1, basename(path).length - 2)));
    const folder = [`${path}.${random}`, short].find((candidate) => fitsSocketPath(join(candidate, 's')));
    try {
      return folder === undefined ? await bindInTheOpen(binder, path, random) : await bindInside(binder, folder);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (attempt === 9 || !(code === 'EADDRINUSE' || code === 'EEXIST')) throw error;
    }
  }
}

async function bindInside(binder: PathBinder, folder: string): Promise<BoundBeside> {
  mkdirSync(folder, 0o700);
  const leave = (): void => {
    try {
      rmdirSync(folder);
    } catch {
      // Somebody of the same user was faster, or has put something into it: the socket is in its place all the same.
    }
  };
  try {
    const temporary = join(folder, 's');
    await binder.bind(temporary);
    return { temporary, usualMode: undefined, leave };
  } catch (error) {
    leave();
    throw error;
  }
}

/**
 * For a path that is so long, and whose last part is so short, that nothing fits into a folder beside it: the umask keeps
 * others out. It is the whole process's, so it is changed only while `bind` is called, which binds at once.
 */
async function bindInTheOpen(binder: PathBinder, path: string, random: string): Promise<BoundBeside> {
  const temporary = join(dirname(path), random.slice(0, basename(path).length));
  let umask: number | undefined;
  try {
    umask = process.umask(0o177);
  } catch {
    // A worker thread cannot change it.
  }
  const bound = binder.bind(temporary);
  if (umask !== undefined) process.umask(umask);
  await bound;
  return { temporary, usualMode: umask === undefined ? undefined : 0o777 & ~umask, leave() {} };
}

/** Loaded when a group is named: it may have to start a program. */
async function numberOf(group: string): Promise<number> {
  const { groupId } = await import('./accounts.ts');
  return groupId(group);
}

/** What may be replaced at `path`: nothing, or a socket on which nobody listens. */
async function probe(path: string): Promise<FileIdentity | undefined> {
  const found = lookAt(path);
  if (found === undefined) return undefined;
  if (!found.isSocket()) throw inUse(path, 'the path exists and is not a socket');
  const answer = await connectProbe(path);
  if (answer === 'ENOENT') return undefined;
  if (answer === 'ECONNREFUSED') return found;
  // EACCES, EAGAIN (a full backlog) and the like do not show that nobody listens.
  throw inUse(
    path,
    answer === 'connected' ? 'another process listens there' : `cannot tell whether anybody listens there: ${answer}`,
  );
}

function connectProbe(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve('connected');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

/**
 * As big integers, which Node keeps apart from its other results: its `realpathSync` takes the last file looked at for its
 * own, and after a socket no longer follows links, so that the next `import` would load a second copy of a module.
 */
function lookAt(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

function same(one: FileIdentity | undefined, other: FileIdentity | undefined): boolean {
  return one?.dev === other?.dev && one?.ino === other?.ino;
}

function removeOwn(path: string, own: FileIdentity | undefined): void {
  try {
    if (own !== undefined && same(lookAt(path), own)) unlinkSync(path);
  } catch {
    // The folder is gone or no longer writable: nothing that a server which ends could do about it.
  }
}

function inUse(path: string, why: string): TsgiError {
  return new TsgiError(`unix:${path} is taken: ${why}`, { code: 'ADDRESS_IN_USE', side: 'app' });
}
