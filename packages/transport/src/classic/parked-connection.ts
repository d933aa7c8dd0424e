import type { Socket } from 'node:net';
import type { App } from '@tsgi/core';
import type { ClassicWire } from './classic-wire.ts';
import type { Connection } from '../connection/connection.ts';

/** An accepted connection that nobody serves yet: it reads no more than Node's first buffer, and waits. */
export class ParkedConnection implements Connection {
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #served: Connection | undefined;
  #started = false;
  #ending = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => resolve());
    });
  }

  /** The client closed it while it waited. */
  get gone(): boolean {
    return this.#socket.destroyed;
  }

  start(wire: ClassicWire, app: App): void {
    this.#started = true;
    const socket = this.#socket;
    const ended = socket.readableEnded;
    this.#served = wire.accept(app, socket);
    // The client ended its side while nobody listened for it, and would be waited for.
    if (ended) socket.emit('end');
    if (this.#ending) this.#served.shutDown();
  }

  shutDown(): void {
    this.#ending = true;
    if (this.#started) this.#served?.shutDown();
    else this.#socket.destroy();
  }

  destroy(): void {
    if (this.#served === undefined) this.#socket.destroy();
    else this.#served.destroy();
  }
}
