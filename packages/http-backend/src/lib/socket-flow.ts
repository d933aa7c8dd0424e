import type { Socket } from 'node:net';
import { resetSocket } from './socket-reset.ts';

/** Backpressure on a connection's socket, both ways. */
export class SocketFlow {
  readonly #socket: Socket;
  readonly #sendTimeout: number;
  #paused = false;
  #released = false;

  /** @param sendTimeout milliseconds that a client may take nothing. */
  constructor(socket: Socket, sendTimeout: number) {
    this.#socket = socket;
    this.#sendTimeout = sendTimeout;
    socket.on('timeout', () => {
      if (!this.#released) resetSocket(socket);
    });
  }

  /** Whether the client has to stop sending. */
  pause(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#socket.pause();
    else this.#socket.resume();
  }

  /** The client does not keep up: from now on it must take something now and then. */
  congested(): void {
    this.#socket.setTimeout(this.#sendTimeout);
  }

  drained(): void {
    if (!this.#released) this.#socket.setTimeout(0);
  }

  /** The socket is somebody else's. */
  release(): void {
    this.#socket.setTimeout(0);
    this.#released = true;
  }
}
