import { latin1 } from './latin1.ts';
import type { HeadLimits } from './limits.ts';
import { BODY, FIELD, found, type RequestMachine } from './llhttp.ts';
import { refused } from './refused.ts';
import { checkTrailers } from './trailers.ts';

/** llhttp takes what it is given at once; a large packet is fed piece by piece. */
const PIECE = 65_536;
/** Bytes that are neither data nor due to it: chunk extensions, above all. As Go's `net/http/internal` allows. */
const MOST_EXCESS = 16_384;

/** A chunked body (RFC 9112 §7.1): llhttp reads it, this bounds it. */
export class ChunkedBody {
  /** Names and values of the trailers, alternating; whole once the body has ended. */
  readonly trailers: string[] = [];
  readonly #machine: RequestMachine;
  readonly #limits: HeadLimits;
  readonly #queue: Buffer[] = [];
  #ended = false;
  #excess = 0;
  #trailerSize = 0;

  /** @param machine has read the head; it is this body's until `release`. */
  constructor(machine: RequestMachine, limits: HeadLimits) {
    this.#machine = machine;
    this.#limits = limits;
  }

  get ended(): boolean {
    return this.#ended && this.#queue.length === 0;
  }

  /** The oldest bytes of data that were read. */
  shift(): Buffer | undefined {
    return this.#queue.shift();
  }

  release(): void {
    this.#machine.release();
  }

  /**
   * Reads up to the end of the body.
   *
   * @returns how many bytes belong to it.
   * @throws TsgiError of side 'peer'.
   */
  read(bytes: Buffer): number {
    let offset = 0;
    while (offset < bytes.length && !this.#ended) {
      const piece = bytes.subarray(offset, offset + PIECE);
      const read = this.#machine.execute(piece);
      if (read === -1) throw refused(this.#machine.reason);
      this.#collect(piece, read);
      offset += read;
    }
    return offset;
  }

  #collect(piece: Buffer, read: number): void {
    const { spans, length } = found;
    let data = 0;
    for (let index = 0; index < length; index += 3) {
      const start = spans[index + 1] as number;
      const end = spans[index + 2] as number;
      if (spans[index] === BODY) {
        this.#queue.push(Buffer.from(piece.subarray(start, end)));
        data += end - start;
        // A size line of usual length belongs to every chunk; tiny chunks are allowed, at a price.
        this.#excess -= 16 + 2 * (end - start);
        if (this.#excess < 0) this.#excess = 0;
      } else this.#addTrailer(latin1(piece, start, end), spans[index] === FIELD);
    }
    this.#excess += read - data;
    // WebAssembly has no callback for chunk extensions, so that their size is bounded from without.
    if (this.#excess > MOST_EXCESS) throw refused('the chunked body is more extension than data');
    if (!found.messageComplete) return;
    this.#ended = true;
    this.#trim();
    checkTrailers(this.trailers);
  }

  /** A name or a value may straddle packets: it is continued until one of the other kind begins. */
  #addTrailer(text: string, isName: boolean): void {
    const { trailers } = this;
    if (isName === (trailers.length % 2 === 1)) trailers[trailers.length - 1] += text;
    else trailers.push(text);
    this.#trailerSize += text.length;
    if (trailers.length > 2 * this.#limits.headerCount || this.#trailerSize > this.#limits.headSize) {
      throw refused(`the trailers are longer than ${this.#limits.headSize} bytes`, 431);
    }
  }

  #trim(): void {
    const { trailers } = this;
    for (let index = 1; index < trailers.length; index += 2) {
      trailers[index] = (trailers[index] as string).replace(/[\t ]+$/, '');
    }
  }
}
