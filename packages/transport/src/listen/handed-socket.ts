import { mkdtempSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TsgiError } from '@tsgi/core';
import { fitsSocketPath } from '../address/address.ts';

/** A listening UNIX socket for a process that is started with it. */
export interface HandedSocket {
  readonly fd: number;
  /** In a folder of its own, which only this user may enter. */
  readonly path: string;
  /** Removes both; for whoever took the socket over. */
  remove(): void;
}

/**
 * Listens at a path that nobody knows, and lets go of the socket as soon as `start` has returned: whoever it started with the
 * descriptor is then the only one that listens. This process never accepts there, for its event loop does not turn meanwhile.
 *
 * What is started gets it blocking as descriptor 0 to 2, for libuv makes those so; a program that is not Node's expects that.
 *
 * @throws TsgiError `LISTEN_FAILED`; what `start` throws. The path is removed then.
 */
export function handSocket<Started>(start: (socket: HandedSocket) => Started): Started {
  const server = createServer();
  // What cannot be bound is seen at once, and is told here once more later.
  server.on('error', () => {});
  const folder = privateFolder();
  const path = join(folder, 's');
  const remove = (): void => {
    quietly(() => unlinkSync(path));
    quietly(() => rmdirSync(folder));
  };
  try {
    // Closing removes the name that it was bound to, so that one is not the one that stays.
    const bound = join(folder, 'b');
    server.listen({ path: bound, exclusive: true });
    const fd = descriptorOf(server);
    if (fd === undefined) throw failed(path, 'it cannot be bound');
    renameSync(bound, path);
    return start({ fd, path, remove });
  } catch (error) {
    remove();
    throw error;
  } finally {
    server.close();
  }
}

/** In the folder for temporary files, or, where that has a name too long for a socket, where it is on every POSIX system. */
function privateFolder(): string {
  const parent =
    [tmpdir(), '/tmp'].find((folder) => fitsSocketPath(join(folder, 'tsgi-program-XXXXXX', 's'))) ?? '/tmp';
  try {
    return mkdtempSync(join(parent, 'tsgi-program-'));
  } catch (error) {
    throw failed(parent, error instanceof Error ? error.message : String(error), error);
  }
}

/** Node has had it under this name since 0.6. */
function descriptorOf(server: Server): number | undefined {
  const { _handle: handle } = server as unknown as { _handle: { fd: number } | null };
  return handle === null || handle.fd < 0 ? undefined : handle.fd;
}

function failed(where: string, why: string, cause?: unknown): TsgiError {
  return new TsgiError(`cannot listen in ${where}: ${why}`, { code: 'LISTEN_FAILED', side: 'app', cause });
}

function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // It is gone already, or somebody else's to remove.
  }
}
