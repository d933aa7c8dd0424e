import type { Socket } from 'node:net';
import { receiveFrom } from './shared-read-socket.ts';

/** How much and for how long a peer may go on sending to a connection that is closing. */
export interface LingerLimits {
  /** Bytes. */
  drainSize: number;
  /** Milliseconds. */
  drainTimeout: number;
}

/**
 * Ends our side and reads on for a while. A connection that is closed while the peer still sends is reset, and a reset
 * takes the answer away from a peer that has not read it yet: nginx's `lingering_close`, RFC 9112 §9.6.
 */
export function lingeringClose(socket: Socket, limits: LingerLimits, last: string): void {
  if (socket.destroyed) return;
  let drained = 0;
  receiveFrom(socket, (bytes) => {
    drained += bytes.length;
    if (drained > limits.drainSize) socket.destroy();
  });
  socket.resume();
  // A peer that has ended too closes the socket by itself. The time begins when our last byte is out: until then a slow
  // reader is the send timeout's.
  socket.once('finish', () => {
    if (socket.destroyed || socket.readableEnded) return;
    const timer = setTimeout(() => socket.destroy(), limits.drainTimeout);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
  });
  if (last === '') socket.end();
  else socket.end(last, 'latin1');
}
