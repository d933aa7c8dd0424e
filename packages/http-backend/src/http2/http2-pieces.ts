import type { ServerHttp2Stream } from 'node:http2';
import type { Bytes } from '@tsgi/core';
import { framed, PieceProgress, type SharedConnection } from './http2-progress.ts';

/**
 * A stream is given a long answer in pieces, for Node tells when a piece has gone, and no sooner: that is how a client that
 * reads slowly is told from one that reads nothing. The first is three DATA frames within the window that clients begin with.
 * While the pieces go quickly they grow, since each costs a write; for a slow client they are of one frame, so that 16 KiB in
 * `sendTimeout` will do.
 */
const FIRST_PIECE = 49_152;
const MOST_PIECE = 262_144;
/** Of a stream that is alone on its connection: what that sends tells that the client reads. */
export const PIECE_ALONE = 1_048_576;
/** As much as may be given at any time. */
export const LEAST_PIECE = 16_384;
/** The part of `sendTimeout` in which a piece goes quickly. */
const QUICKLY = 1 / 1_024;
const NOTHING = new Uint8Array(0);

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
  #progress: PieceProgress | undefined;
  /** Since the piece that `#progress` is of, framed. */
  #own = 0;
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

  /** Bytes that the stream has been given of the answer, before and now. */
  get given(): number {
    return this.#given;
  }

  /** What grows when some of what the stream was given has gone: as far as Node tells, and beyond it for a piece given alone. */
  get gone(): number {
    return this.#given - this.#stream.writableLength + (this.#progress?.went(this.#own) ?? 0);
  }

  /** @returns whether the next chunk is welcome; else `onDrained` tells. */
  write(chunk: Bytes): boolean {
    const stream = this.#stream;
    if (this.idle && stream.writableLength + chunk.byteLength <= LEAST_PIECE) {
      this.#count(chunk);
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
      this.#piece = quick ? Math.min(2 * this.#piece, MOST_PIECE) : LEAST_PIECE;
      return this.#give();
    }
    const callback = this.#onDrained;
    this.clear();
    callback?.();
  }

  #count(piece: Bytes): void {
    const size = framed(piece.byteLength);
    this.#given += piece.byteLength;
    this.#own += size;
    this.#connection.given += size;
  }

  #give(): void {
    const stream = this.#stream;
    const chunks = this.#chunks;
    this.#givenAt = performance.now();
    const { alone } = this.#connection;
    this.#progress = alone ? new PieceProgress(this.#connection, this.#connection.given) : undefined;
    this.#own = 0;
    for (let room = alone ? PIECE_ALONE : this.#piece; room > 0 && this.#next < chunks.length;) {
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
      this.#count(piece);
      stream.write(piece, this.#onGone);
    }
    if (this.#next === chunks.length && this.#ending) stream.end();
  }
}
