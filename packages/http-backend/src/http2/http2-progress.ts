import type { Socket } from 'node:net';
import { takenBySystem } from '@tsgi/transport';

/**
 * Bytes with which one that comes is answered, at most, when nothing is asked for: an acknowledgement of SETTINGS is 9, as they
 * are, and 29 more in a TLS record of its own.
 */
const LONGEST_ECHO = 8;

/** What the streams of a connection share. */
export interface SharedConnection {
  readonly socket: Socket;
  /** One stream is open. */
  readonly alone: boolean;
  /** How many times a stream was opened or closed. */
  readonly changes: number;
}

/** Tells when a connection sends some of the bodies of its streams: of one stream, only its own. */
export class BodyProgress {
  readonly #connection: SharedConnection;
  #taken = 0;
  #read = 0;
  #changes = 0;

  constructor(connection: SharedConnection) {
    this.#connection = connection;
    this.moved();
  }

  /**
   * Whether since the last time more went than answers to PINGs and their like, and than came. Not so either when a stream
   * came or went: it may have been of that one, and heads need no window.
   */
  moved(): boolean {
    const { socket, changes } = this.#connection;
    const taken = takenBySystem(socket);
    const { bytesRead } = socket;
    const moved = changes === this.#changes && taken - this.#taken > LONGEST_ECHO * (bytesRead - this.#read);
    this.#taken = taken;
    this.#read = bytesRead;
    this.#changes = changes;
    return moved;
  }
}
