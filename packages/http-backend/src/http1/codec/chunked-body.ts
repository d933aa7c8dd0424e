import { latin1 } from './latin1.ts';
import type { HeadLimits } from '../../server/limits.ts';
import { BODY, FIELD, found, type RequestMachine } from './llhttp.ts';
import { requestError } from './request-error.ts';
import { checkTrailers } from './trailers.ts';

/** Bytes that llhttp is shown at once, to find where the data of a chunk begins; that data it is only told of. */
const WINDOW = 512;
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
  #newChunk = true;
  /** Bytes of the chunk that are still to come, where all that was read ended within its data. */
  #ahead = 0;
  #failure: unknown;
  #trailerSize = 0;

  /** @param machine has read the head; it is this body's until `release`. */
  constructor(machine: RequestMachine, limits: HeadLimits) {
    this.#machine = machine;
    this.#limits = limits;
  }

  get ended(): boolean {
    return this.#ended && this.#queue.length === 0;
  }

  /**
   * The oldest bytes of data that were read.
   *
   * @throws TsgiError of side 'peer', once there are no more, for what was wrong behind them: where packets begin and
   *   end must not decide how much of a body is seen.
   */
  shift(): Buffer | undefined {
    const chunk = this.#queue.shift();
    if (chunk === undefined && this.#failure !== undefined) throw this.#failure;
    return chunk;
  }

  release(): void {
    this.#machine.release();
  }

  /**
   * Reads up to the end of the body, or an error in it.
   *
   * @param owned nobody else will write into these bytes.
   * @returns how many bytes were used up.
   */
  read(bytes: Buffer, owned: boolean): number {
    let offset = 0;
    try {
      if (this.#ahead > 0) offset = this.#takeData(bytes, 0, 0, owned);
      while (offset < bytes.length && !this.#ended) offset = this.#readWindow(bytes, offset, owned);
      return offset;
    } catch (error) {
      this.#failure = error;
      return bytes.length;
    }
  }

  /** @returns the offset behind what was read: a window, and the data that begin in it. */
  #readWindow(bytes: Buffer, from: number, owned: boolean): number {
    const fed = bytes.subarray(from, from + WINDOW);
    const read = this.#machine.execute(fed);
    const { spans, length } = found;
    let position = from;
    for (let index = 0; index < length; index += 3) {
      const start = from + (spans[index + 1] as number);
      const end = from + (spans[index + 2] as number);
      this.#between(start - position);
      position = end;
      if (spans[index] === BODY) {
        if (end === from + fed.length) this.#ahead = this.#machine.dataAhead;
        position = this.#takeData(bytes, start, end, owned);
      } else this.#addTrailer(latin1(bytes, start, end), spans[index] === FIELD);
    }
    if (read === -1) throw requestError(this.#machine.reason);
    const after = Math.max(position, from + read);
    this.#between(after - position);
    if (found.messageComplete) {
      this.#ended = true;
      this.#trim();
      checkTrailers(this.trailers);
    }
    return after;
  }

  /**
   * Takes data up to `end`, and as far beyond as they go on. To show llhttp all of them would be a copy into its memory,
   * 20 ms of the 280 that a GiB costs.
   *
   * @returns the offset behind them.
   */
  #takeData(bytes: Buffer, start: number, end: number, owned: boolean): number {
    const beyond = Math.min(this.#ahead, bytes.length - end);
    this.#ahead -= beyond;
    this.#machine.skipData(beyond);
    const data = bytes.subarray(start, end + beyond);
    this.#queue.push(owned ? data : Buffer.from(data));
    // A size line of usual length belongs to every chunk; tiny chunks are allowed, at a price.
    this.#excess = Math.max(0, this.#excess - 2 * data.length - (this.#newChunk ? 16 : 0));
    this.#newChunk = false;
    return end + beyond;
  }

  /** Bytes that are no data: WebAssembly has no callback for chunk extensions, so that they are bounded from without. */
  #between(bytes: number): void {
    if (bytes === 0) return;
    this.#newChunk = true;
    if (this.trailers.length > 0) this.#growTrailers(bytes);
    else {
      this.#excess += bytes;
      if (this.#excess > MOST_EXCESS) throw requestError('the chunked body is more extension than data');
    }
  }

  /** A name or a value may straddle packets: it is continued until one of the other kind begins. */
  #addTrailer(text: string, isName: boolean): void {
    const { trailers } = this;
    if (isName === (trailers.length % 2 === 1)) trailers[trailers.length - 1] += text;
    else trailers.push(text);
    this.#growTrailers(text.length);
  }

  #growTrailers(bytes: number): void {
    const { headSize, headerCount } = this.#limits;
    this.#trailerSize += bytes;
    if (this.#trailerSize > headSize) throw requestError(`the trailers are longer than ${headSize} bytes`, 431);
    if (this.trailers.length > 2 * headerCount) throw requestError(`there are more than ${headerCount} trailers`, 431);
  }

  #trim(): void {
    const { trailers } = this;
    for (let index = 1; index < trailers.length; index += 2) {
      trailers[index] = (trailers[index] as string).replace(/[\t ]+$/, '');
    }
  }
}
