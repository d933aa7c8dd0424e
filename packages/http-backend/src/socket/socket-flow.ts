import type { Socket } from 'node:net';
import { resetSocket } from './socket-reset.ts';

/** Backpressure on a connection's socket, both ways. */
export class SocketFlow {
  readonly #socket: Socket;
  readonly #sendTimeout: number;
  #paused = false;
  #watched = false;
  #released = false;

  /** @param sendTimeout milliseconds that a client may take nothing. */
  constructor(socket: Socket, sendTimeout: number) {
    this.#socket = socket;
    this.#sendTimeout = sendTimeout;
    socket.on('timeout', () => {
      this.#watched = false;
      if (!this.#released && socket.writableLength > 0) resetSocket(socket);
    });
  }

  /** Whether the client has to stop sending. */
  pause(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#socket.pause();
    else this.#socket.resume();
  }

  /**
   * The client does not keep up: from now on it must take something now and then. That is watched until the timer finds
   * nothing to be taken: to stop it whenever the client has caught up would be a timer a chunk.
   */
  congested(): void {
    if (this.#watched) return;
    this.#watched = true;
    this.#socket.setTimeout(this.#sendTimeout);
  }

  /** The socket is somebody else's. */
  release(): void {
    this.#socket.setTimeout(0);
    this.#released = true;
  }
}
