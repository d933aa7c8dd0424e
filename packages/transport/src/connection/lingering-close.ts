import type { Socket } from 'node:net';
import { Deadline } from '@tsgi/core/clock';
import { bought } from './connection-clock.ts';

/** How much and for how long a peer may go on sending to a connection that is closing. */
export interface LingerLimits {
  /**
   * Bytes of an unread body that are taken off the wire after the answer. Default 1 GiB: php-fpm reads a body to its end
   * before it closes, Go's fcgi 100 MiB, and the front end (Caddy, mod_proxy_scgi) sends all of it before it reads the
   * answer. They cost no memory; `drainTimeout` bounds them in time.
   */
  readonly drainSize: number;
  /** Milliseconds that the rest may stand still, and be late by altogether at `minimumRate`. Default 5 000. */
  readonly drainTimeout: number;
  /** Bytes a second. */
  readonly minimumRate: number;
}

/** How a connection ends. */
export interface LingerOptions {
  /** Goes out before the end; Latin-1. */
  last?: string;
  /**
   * The peer is known to send, or may be about to. One that is not is not waited for: it may keep its end open for as long as
   * it likes, and the server could not end. Default true.
   */
  sending?: boolean;
  /** Takes bytes off the wire from now on. Default: that of a socket of Node's own. */
  receive?(socket: Socket, receiver: (bytes: Uint8Array) => void): void;
}

/** What a peer that has nothing under way needs to acknowledge the last answer, in milliseconds; as Go's `rstAvoidanceDelay`. */
const ACKNOWLEDGEMENT = 500;

/**
 * Ends our side and reads on for a while (R53). A connection that is closed while the peer still sends is reset, and a reset
 * takes the answer away from a peer that has not read it yet: nginx's `lingering_close`, RFC 9112 §9.6.
 *
 * The time begins when our last byte is out: until then a slow reader is the send timeout's. A peer that ends too closes the
 * socket by itself.
 */
export function lingeringClose(socket: Socket, limits: LingerLimits, options: LingerOptions = {}): void {
  if (socket.destroyed) return;
  const { last = '', sending = true, receive = receiveFromStream } = options;
  const { drainSize, drainTimeout, minimumRate } = limits;
  let drained = 0;
  let waits = false;
  const deadline = new Deadline(() => socket.destroy());
  receive(socket, ({ byteLength }) => {
    const isFirst = drained === 0;
    drained += byteLength;
    if (drained > drainSize) socket.destroy();
    else if (!waits) return;
    // It does send.
    else if (isFirst) deadline.in(drainTimeout);
    else deadline.extend(bought(byteLength, minimumRate), drainTimeout);
  });
  socket.resume();
  socket.once('close', () => deadline.clear());
  socket.once('finish', () => {
    if (socket.destroyed || socket.readableEnded) return;
    waits = true;
    deadline.in(sending || drained > 0 ? drainTimeout : Math.min(drainTimeout, ACKNOWLEDGEMENT));
  });
  if (last === '') socket.end();
  else socket.end(last, 'latin1');
}

function receiveFromStream(socket: Socket, receiver: (bytes: Uint8Array) => void): void {
  socket.removeAllListeners('data');
  socket.on('data', receiver);
}
