import type { Socket } from 'node:net';
import { receiveFrom } from './shared-read-socket.ts';

/** How much and for how long a peer may go on sending to a connection that is closing. */
export interface LingerLimits {
  /** Bytes. */
  drainSize: number;
  /** Milliseconds. */
  drainTimeout: number;
}

/** What a peer that has nothing under way needs to acknowledge the last answer, in milliseconds; as Go's `rstAvoidanceDelay`. */
const ACKNOWLEDGEMENT = 500;

/**
 * Ends our side and reads on for a while. A connection that is closed while the peer still sends is reset, and a reset
 * takes the answer away from a peer that has not read it yet: nginx's `lingering_close`, RFC 9112 §9.6.
 *
 * @param sending the peer is known to send, or may be about to. One that is not is not waited for: it may keep its end open
 *   for as long as it likes, and the server could not end.
 */
export function lingeringClose(socket: Socket, limits: LingerLimits, last: string, sending: boolean): void {
  if (socket.destroyed) return;
  let drained = 0;
  let timer: NodeJS.Timeout | undefined;
  const wait = (milliseconds: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => socket.destroy(), milliseconds);
    timer.unref();
  };
  receiveFrom(socket, (bytes) => {
    // It does send.
    if (drained === 0 && timer !== undefined) wait(limits.drainTimeout);
    drained += bytes.length;
    if (drained > limits.drainSize) socket.destroy();
  });
  socket.resume();
  socket.once('close', () => clearTimeout(timer));
  // A peer that has ended too closes the socket by itself. The time begins when our last byte is out: until then a slow
  // reader is the send timeout's.
  socket.once('finish', () => {
    if (socket.destroyed || socket.readableEnded) return;
    const { drainTimeout } = limits;
    wait(sending || drained > 0 ? drainTimeout : Math.min(drainTimeout, ACKNOWLEDGEMENT));
  });
  if (last === '') socket.end();
  else socket.end(last, 'latin1');
}
