import type { ServerHttp2Stream } from 'node:http2';
import type { Bytes } from '@tsgi/core';
import type { SharedConnection } from './http2-progress.ts';

/**
 * A stream is given a long answer in pieces, for Node tells when a piece has gone, and no sooner: that is how a client that
 * reads slowly is told from one that reads nothing. The first is three DATA frames within the window that clients begin with.
 * While the pieces go quickly they grow, since each costs a write; for a slow client they are of one frame, so that 16 KiB in
 * `sendTimeout` will do. What the client's first window takes goes in one piece: nothing but its socket can hold that up.
 */
const FIRST_PIECE = 49_152;
const MOST_PIECE = 262_144;
/** Of a stream that is alone on its connection, since what the connection sends is known to be its own. */
const MOST_ALONE = 1_048_576;
/** As much as may be given at any time. */
export const LEAST_PIECE = 16_384;
/** The part of `sendTimeout` in which a piece goes quickly. */
const QUICKLY = 1 / 1_024;
const GROWTH = 8;
const NOTHING = new Uint8Array(0);

/** Bytes that the client takes of a stream before it opens the stream's window further (RFC 9113 §6.9.2). */
export function firstWindow(stream: ServerHttp2Stream): number {
  return stream.session?.remoteSettings.initialWindowSize ?? 0;
}

/** What a stream has not been given yet of a long answer. */
export class Http2Pieces {
  readonly #stream: ServerHttp2Stream;
  /** Milliseconds. */
  readonly #quickly: number;
  readonly #connection: SharedConnection;
  readonly #onGone: () => void;
  /** The oldest first. Of those that were given nothing is kept. */
  #chunks: Bytes[] = [];
  /** The chunk that the next piece begins in, and where in it. */
  #next = 0;
  #offset = 0;
  #piece = FIRST_PIECE;
  #givenAt = 0;
  #given: number;
  #onDrained: (() => void) | undefined;
  #ending = false;

  /**
   * @param given bytes that the stream was given before.
   * @param sendTimeout milliseconds.
   */
  constructor(stream: ServerHttp2Stream, given: number, sendTimeout: number, connection: SharedConnection) {
    this.#stream = stream;
    this.#given = given;
    this.#quickly = sendTimeout * QUICKLY;
    this.#connection = connection;
    this.#onGone = () => this.#goOn();
  }

  /** All has gone. */
  get idle(): boolean {
    return this.#chunks.length === 0;
  }

  /** Bytes that the stream was given in all. */
  get given(): number {
    return this.#given;
  }

  /** @returns whether the next chunk is welcome; else `onDrained` tells. */
  write(chunk: Bytes): boolean {
    const stream = this.#stream;
    if (this.idle && stream.writableLength + chunk.byteLength <= LEAST_PIECE) {
      this.#given += chunk.byteLength;
      return stream.write(chunk);
    }
    if (this.#chunks.push(chunk) === 1) this.#give();
    return false;
  }

  /** Ends the stream with the last piece. */
  end(): void {
    this.#ending = true;
    if (this.#next === this.#chunks.length) this.#stream.end();
  }

  /** @param callback is called once, when all has gone. */
  onDrained(callback: () => void): void {
    if (this.idle) this.#stream.once('drain', callback);
    else this.#onDrained = callback;
  }

  /** Nothing more is given. */
  clear(): void {
    this.#chunks = [];
    this.#next = 0;
    this.#offset = 0;
    this.#onDrained = undefined;
  }

  /** What the stream had has gone. */
  #goOn(): void {
    if (this.#stream.destroyed || this.#stream.writableLength > 0) return;
    if (this.#next < this.#chunks.length) {
      const quick = performance.now() - this.#givenAt < this.#quickly;
      this.#piece = quick ? Math.min(GROWTH * this.#piece, this.#most) : LEAST_PIECE;
      return this.#give();
    }
    const callback = this.#onDrained;
    this.clear();
    callback?.();
  }

  get #most(): number {
    return this.#connection.alone ? MOST_ALONE : MOST_PIECE;
  }

  #give(): void {
    const stream = this.#stream;
    const chunks = this.#chunks;
    this.#givenAt = performance.now();
    const inWindow = Math.min(firstWindow(stream) - this.#given, this.#most);
    for (let room = Math.max(this.#piece, inWindow); room > 0 && this.#next < chunks.length;) {
      const chunk = chunks[this.#next] as Bytes;
      const end = Math.min(chunk.byteLength, this.#offset + room);
      const piece = chunk.subarray(this.#offset, end);
      this.#offset = end;
      if (end === chunk.byteLength) {
        chunks[this.#next] = NOTHING;
        this.#next += 1;
        this.#offset = 0;
      }
      room -= piece.byteLength;
      this.#given += piece.byteLength;
      stream.write(piece, this.#onGone);
    }
    if (this.#next === chunks.length && this.#ending) stream.end();
  }
}
