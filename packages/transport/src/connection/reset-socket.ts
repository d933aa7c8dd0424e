import type { Socket } from 'node:net';

/**
 * Ends a connection so that nobody takes what came over it for complete: by a reset, where there is one. A UNIX socket has
 * none, and what TLS has under it is not ours to reset: `resetAndDestroy` throws on both.
 */
export function resetSocket(socket: Socket): void {
  if (socket.remoteFamily === undefined || 'encrypted' in socket) socket.destroy();
  else socket.resetAndDestroy();
}
