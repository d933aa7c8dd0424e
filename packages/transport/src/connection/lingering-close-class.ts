import type { Socket } from 'node:net';

/** How long, and how much, is still taken from a peer to whom all is said. */
const LINGER_MS = 2000;
const LINGER_BYTES = 1_048_576;

/** Closes a connection after its last reply. Closing on unread bytes would reset the reply away, so they are read (R53). */
export class LingeringClose {
  readonly #socket: Socket;
  #received = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.end();
    if (socket.isPaused()) socket.resume();
    // A slow reader has all the time it wants for the reply.
    if (socket.writableLength === 0) this.#start();
    else socket.once('finish', () => this.#start());
  }

  received(bytes: number): void {
    this.#received += bytes;
    if (this.#received > LINGER_BYTES) this.#socket.destroy();
  }

  /** The socket is closed. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #start(): void {
    if (!this.#socket.destroyed) this.#timer = setTimeout(() => this.#socket.destroy(), LINGER_MS);
  }
}
