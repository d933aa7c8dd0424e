import type { Server } from 'node:net';
import { getSystemErrorMap } from 'node:util';
import { TsgiError } from '@tsgi/core';
import { type Address, checkAddress, formatAddress } from '../address/address.ts';
import { listenOnDescriptor } from './inherited-socket.ts';
import { startListening } from './start-listening.ts';
import { bindToPath, type PathBinder } from './unix-socket.ts';

/** A server that listens. */
export interface Listener {
  /** With the port that the system chose. */
  readonly address: Address;
  /** Makes the address unreachable where that needs more than closing the server: removes a socket file. */
  release(): void;
}

/** Where to listen. */
export interface ListenTarget {
  readonly scheme: string;
  readonly address: Address;
  readonly reusePort?: boolean;
}

/**
 * Makes `server` listen.
 *
 * @throws TsgiError `BAD_ADDRESS`, `ADDRESS_IN_USE` or `LISTEN_FAILED`, each naming the address; `NO_REUSE_PORT`.
 */
export async function listen(server: Server, { scheme, address, reusePort = false }: ListenTarget): Promise<Listener> {
  checkAddress(address);
  try {
    if (address.type === 'unix') {
      const file = await bindToPath(pathBinder(server), address);
      return { address, release: () => file.remove() };
    }
    if (address.type === 'fd') {
      await listenOnDescriptor(server, address.fd);
      return { address, release };
    }
    const { host, port } = address;
    if (reusePort) requireReusePort();
    await startListening(server, { port, ...(host === '' ? {} : { host }), ...(reusePort ? { reusePort } : {}) });
    const bound = server.address();
    if (bound === null || typeof bound === 'string') return { address, release };
    return { address: { type: 'tcp', host: bound.address, port: bound.port }, release };
  } catch (error) {
    throw listenError(error, formatAddress(scheme, address));
  }
}

function release(): void {}

function pathBinder(server: Server): PathBinder {
  return { bind: (path) => startListening(server, { path }), close: () => server.close() };
}

/** An older Node takes the option without a word, and the second process would fail, or get every connection. */
function requireReusePort(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12)) return;
  throw new TsgiError(`reusePort: expected Node 22.12, 23.1 or later, found ${process.version}`, {
    code: 'NO_REUSE_PORT',
    side: 'app',
  });
}

/** What to tell of an address that could not be had. */
export function listenError(error: unknown, where: string): TsgiError {
  if (error instanceof TsgiError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new TsgiError(`${where} is already in use`, { code: 'ADDRESS_IN_USE', side: 'app', cause: error });
  }
  return new TsgiError(`cannot listen on ${where}: ${reason(error)}`, {
    code: 'LISTEN_FAILED',
    side: 'app',
    cause: error,
  });
}

/** The system's words without Node's: its message would name the temporary path that a UNIX socket is bound to first. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const errno = 'errno' in error && typeof error.errno === 'number' ? error.errno : 0;
  const known = getSystemErrorMap().get(errno);
  return known === undefined ? error.message : `${known[1]} (${known[0]})`;
}
