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
  /** Bytes that its streams were given, with their frames: no fewer than the client is sent for them. */
  given: number;
}

/** What so many bytes become, at most, in frames and TLS records. */
export function framed(bytes: number): number {
  return bytes + (bytes >> 8) + 64;
}

/**
 * How far a stream is within the piece that it was given while it was alone: what the connection has sent since then is its
 * own, but for what other streams were given since, and for answers to PINGs and their like.
 */
export class PieceProgress {
  readonly #connection: SharedConnection;
  readonly #taken: number;
  readonly #read: number;
  readonly #given: number;
  #most = 0;

  /** @param given bytes that the connection had been given before the piece. */
  constructor(connection: SharedConnection, given: number) {
    const { socket } = connection;
    this.#connection = connection;
    this.#taken = takenBySystem(socket);
    this.#read = socket.bytesRead;
    this.#given = given;
  }

  /**
   * Bytes that went at least; never less than before.
   *
   * @param own what the stream was given since then, framed.
   */
  went(own: number): number {
    const { socket, given } = this.#connection;
    const sent = takenBySystem(socket) - this.#taken;
    const others = given - this.#given - own;
    const went = sent - others - LONGEST_ECHO * (socket.bytesRead - this.#read);
    this.#most = Math.max(this.#most, went);
    return this.#most;
  }
}
