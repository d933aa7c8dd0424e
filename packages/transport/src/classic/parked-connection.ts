import type { Socket } from 'node:net';
import type { App } from '@tsgi/core';
import type { Connection } from '../connection/connection.ts';
import { type PausedReader, unwatchPaused, watchPaused } from '../connection/paused-sockets.ts';
import type { Wire } from '../listen/wire.ts';

/**
 * An accepted connection that nobody serves yet: it reads no more than Node's first buffer, and waits. That its client has
 * reset it is found out all the same.
 */
export class ParkedConnection implements Connection, PausedReader {
  readonly socket: Socket;
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
  #served: Connection | undefined;
  #started = false;
  #ending = false;
  /** The client ended its side and had sent nothing: of what it sent, the end is the wire's to read, behind it. */
  #left = false;
  readonly #onEnd = (): void => {
    this.#left = true;
  };

  /** @param onClose the socket is closed, served or not. */
  constructor(socket: Socket, onClose: (connection: ParkedConnection) => void) {
    this.socket = socket;
    socket.once('end', this.#onEnd);
    watchPaused(this);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        unwatchPaused(this);
        onClose(this);
        resolve();
      });
    });
  }

  /** There is nothing to serve, and nothing will come. */
  get left(): boolean {
    return this.#left;
  }

  start(wire: Wire, app: App): void {
    this.#started = true;
    unwatchPaused(this);
    this.socket.off('end', this.#onEnd);
    if (this.#left) {
      this.socket.destroy();
      return;
    }
    this.#served = wire.accept(app, this.socket);
    if (this.#ending) this.#served.shutDown();
  }

  shutDown(): void {
    this.#ending = true;
    if (this.#started) this.#served?.shutDown();
    else this.socket.destroy();
  }

  destroy(): void {
    if (this.#served === undefined) this.socket.destroy();
    else this.#served.destroy();
  }
}
