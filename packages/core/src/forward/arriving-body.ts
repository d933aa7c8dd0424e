import type { Bytes, Input } from '../contract/contract.ts';
import type { ForwardedBody } from './body-pump.ts';

/** How much of a body is kept while it is sent, for sending it again. */
const MOST_KEPT = 65_536;

/** A piece of a body, and what came after it: who reads holds its place, and nobody takes anything from anybody. */
interface Piece {
  readonly chunk: Bytes;
  next: Piece | undefined;
}

/**
 * A body of known length that is still coming. What was read of it is kept, up to a bound: a target may send a request back
 * unread, or be lost, when the small body of most requests has been read already. Who sent to that target may take a piece
 * more before it hears of it, while the next one reads.
 */
export class ArrivingBody implements ForwardedBody {
  readonly length: number;
  readonly chunks: AsyncIterable<Bytes> = { [Symbol.asyncIterator]: () => this.#read() };
  readonly #input: Input;
  /** What it is read by, once it is. */
  #steps: AsyncIterator<Bytes> | undefined;
  #last: Piece = { chunk: new Uint8Array(0), next: undefined };
  /** The place before all pieces, while all are kept. */
  #first: Piece | undefined = this.#last;
  #received = 0;
  #ended = false;
  /** A read that is under way, for all who wait. */
  #step: Promise<void> | undefined;
  #readers = 0;
  #released = false;

  constructor(input: Input, length: number) {
    this.#input = input;
    this.length = length;
  }

  get replayable(): boolean {
    return this.#first !== undefined;
  }

  release(): void {
    this.#released = true;
    if (this.#readers > 0) return;
    this.#first = undefined;
    this.#steps?.return?.().catch(() => {});
  }

  async *#read(): AsyncGenerator<Bytes, void, undefined> {
    let place = this.#first ?? this.#last;
    this.#readers++;
    try {
      for (;;) {
        const { next } = place;
        if (next !== undefined) {
          place = next;
          yield place.chunk;
        } else if (this.#ended) return;
        else await (this.#step ??= this.#next());
      }
    } finally {
      this.#readers--;
      if (this.#released) this.release();
    }
  }

  async #next(): Promise<void> {
    try {
      this.#steps ??= this.#input[Symbol.asyncIterator]();
      const { done, value } = await this.#steps.next();
      if (done === true) {
        this.#ended = true;
        return;
      }
      const piece: Piece = { chunk: value, next: undefined };
      this.#last.next = piece;
      this.#last = piece;
      this.#received += value.byteLength;
      if (this.#received > MOST_KEPT) this.#first = undefined;
    } finally {
      this.#step = undefined;
    }
  }
}
