import { type BigIntStats, chmodSync, lstatSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { createConnection } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { TsgiError } from '@tsgi/core';
import { fitsSocketPath } from '../address/address.ts';

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

interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

/**
 * Binds a UNIX socket. It is bound under another name beside it and moved into place, so that nobody can
 * connect before its mode is right, and a stale file is replaced without a moment in which the path is missing.
 *
 * @throws TsgiError `ADDRESS_IN_USE` when somebody listens there, or when the path is not a socket; else the system's error.
 */
export async function bindToPath(binder: PathBinder, path: string, mode: number | undefined): Promise<SocketFile> {
  // libuv would say of a folder that is missing that permission was denied.
  statSync(dirname(path), { bigint: true });
  let replaceable = await probe(path);
  const temporary = await bindBeside(binder, path);
  try {
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
    throw error;
  }
}

/** Binds to a free name in the same folder, for `rename` does not cross file systems; a name never longer than allowed. */
async function bindBeside(binder: PathBinder, path: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const random = Math.random().toString(36).slice(2, 10);
    const beside = `${path}.${random}`;
    const temporary = fitsSocketPath(beside) ? beside : join(dirname(path), random.slice(0, basename(path).length));
    try {
      await binder.bind(temporary);
      return temporary;
    } catch (error) {
      if (attempt === 9 || !(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    }
  }
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
