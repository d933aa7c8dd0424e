import type { Socket } from 'node:net';

/**
 * Writes pieces as one; several go to the system in one call.
 *
 * @returns false when the socket wants a pause; true for one that takes nothing any more, for nobody waits for that.
 */
export function writePieces(socket: Socket, pieces: readonly Uint8Array[]): boolean {
  if (!socket.writable) return true;
  if (pieces.length > 1) socket.cork();
  let accepts = true;
  for (const piece of pieces) accepts = socket.write(piece);
  if (pieces.length > 1) socket.uncork();
  return accepts;
}
