import { fstatSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { TsgiError } from '@tsgi/core';
import { startListening } from './start-listening.ts';

/**
 * Listens on an inherited socket.
 *
 * @throws TsgiError `BAD_ADDRESS` when the descriptor is closed, not a socket, or a socket that cannot listen; `ADDRESS_IN_USE`
 *   when another socket listens at its address: both may be bound to it, as long as neither listens.
 */
export async function listenOnDescriptor(server: Server, fd: number): Promise<void> {
  if (!isSocket(fd)) {
    throw notListening(fd, isOpen(fd) ? 'it is not a socket' : 'it is not open');
  }
  try {
    await startListening(server, { fd });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
      throw new TsgiError(`the address of fd:${fd} is already in use`, { code: 'ADDRESS_IN_USE', side: 'app', cause });
    }
    throw notListening(fd, 'it is not a listening socket', cause);
  }
}

/**
 * True when standard input is a listening socket, as a FastCGI manager hands it over (FastCGI 1.0 §2.2,
 * `FCGI_LISTENSOCK_FILENO`).
 *
 * That it is a socket is not enough: Node gives its children socket pairs. `listen` fails on a connected one (EINVAL).
 * The probe is over before the event loop can accept anything, and libuv never closes descriptors 0 to 2, so the
 * descriptor is there for the real server, or for whoever reads standard input.
 */
export function stdinIsListening(): boolean {
  if (!isSocket(0)) return false;
  const server = createServer();
  server.on('error', () => {
    // EINVAL: it does not listen, which is the answer.
  });
  server.listen({ fd: 0 });
  const { listening } = server;
  if (listening) server.close();
  return listening;
}

/** As a big integer: see `unix-socket.ts`. */
function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd, { bigint: true }).isSocket();
  } catch {
    return false;
  }
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd, { bigint: true });
    return true;
  } catch {
    return false;
  }
}

function notListening(fd: number, why: string, cause?: unknown): TsgiError {
  return new TsgiError(`cannot listen on fd:${fd}: ${why}; expected a listening socket from the parent process`, {
    code: 'BAD_ADDRESS',
    side: 'app',
    cause,
  });
}
