import type { Socket } from 'node:net';

/**
 * Ends a connection so that nobody takes what came over it for complete: by a reset, where there is one. A UNIX socket has
 * none, and `resetAndDestroy` would throw on it.
 */
export function breakOff(socket: Socket): void {
  if (socket.remoteFamily === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
