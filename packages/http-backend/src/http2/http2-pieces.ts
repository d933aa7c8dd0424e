import type { ServerHttp2Stream } from 'node:http2';
import type { Bytes } from '@tsgi/core';

/**
 * A stream is given a long answer in pieces, for Node tells when a piece has gone, and no sooner: that is how a client that
 * reads slowly is told from one that reads nothing. The first is three DATA frames within the window that clients begin with.
 * While the pieces go quickly they grow, since each costs a write; for a slow client they are of one frame, so that 16 KiB in
 * `sendTimeout` will do.
 */
const FIRST_PIECE = 49_152;
const MOST_PIECE = 262_144;
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
  readonly #onGone: () => void;
  /** The oldest first. Of those that were given nothing is kept. */
  #chunks: Bytes[] = [];
  /** The chunk that the next piece begins in, and where in it. */
  #next = 0;
  #offset = 0;
  #piece = FIRST_PIECE;
  #givenAt = 0;
  #given = 0;
  #onDrained: (() => void) | undefined;
  #ending = false;

  /** @param sendTimeout milliseconds. */
  constructor(stream: ServerHttp2Stream, sendTimeout: number) {
    this.#stream = stream;
    this.#quickly = sendTimeout * QUICKLY;
    this.#onGone = () => this.#goOn();
  }

  /** All has gone. */
  get idle(): boolean {
    return this.#chunks.length === 0;
  }

  /** Bytes that the stream was given. */
  get given(): number {
    return this.#given;
  }

  add(chunk: Bytes): void {
    if (this.#chunks.push(chunk) === 1) this.#give();
  }

  /** Ends the stream with the last piece. */
  end(): void {
    this.#ending = true;
    if (this.#next === this.#chunks.length) this.#stream.end();
  }

  /** @param callback is called once, when all has gone. */
  onDrained(callback: () => void): void {
    this.#onDrained = callback;
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

  #give(): void {
    const stream = this.#stream;
    const chunks = this.#chunks;
    this.#givenAt = performance.now();
    for (let room = this.#piece; room > 0 && this.#next < chunks.length;) {
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
