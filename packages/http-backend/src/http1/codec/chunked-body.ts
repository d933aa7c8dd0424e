import { withoutBlanks } from '@tsgi/core/server';
import type { HeadLimits } from '../../server/limits.ts';
import { BODY, FIELD, found, latin1, type RequestMachine } from './llhttp.ts';
import { requestError } from './request-error.ts';
import { checkTrailers } from './trailers.ts';

/** Bytes that llhttp is shown at once: as many as one read of a socket brings. */
const WINDOW = 65_536;
/** Bytes that are neither data nor due to it: chunk extensions, above all. As Go's `net/http/internal` allows. */
const MOST_EXCESS = 16_384;
/** Data of a chunk from here on are passed on where they are; smaller ones are put together. */
const BIG = 4_096;

/** A chunked body (RFC 9112 §7.1): llhttp reads it, this bounds it. */
export class ChunkedBody {
  /** Names and values of the trailers, alternating; whole once the body has ended. */
  readonly trailers: string[] = [];
  readonly #machine: RequestMachine;
  readonly #limits: HeadLimits;
  /** What `read` found, oldest last. */
  #data: Buffer[] = [];
  #ended = false;
  #excess = 0;
  #newChunk = true;
  #failure: unknown;
  #trailerSize = 0;

  /** @param machine has read the head; it is this body's until `release`. */
  constructor(machine: RequestMachine, limits: HeadLimits) {
    this.#machine = machine;
    this.#limits = limits;
  }

  get ended(): boolean {
    return this.#ended && this.#data.length === 0;
  }

  /**
   * The oldest bytes of data that were read.
   *
   * @throws TsgiError of side 'peer', once there are no more, for what was wrong behind them: where packets begin and
   *   end must not decide how much of a body is seen.
   */
  shift(): Buffer | undefined {
    const data = this.#data.pop();
    if (data === undefined && this.#failure !== undefined) throw this.#failure;
    return data;
  }

  release(): void {
    this.#machine.release();
  }

  /**
   * Reads up to the end of the body, or an error in it. Everything read before has been shifted.
   *
   * @param owned nobody else will write into these bytes.
   * @returns how many bytes were used up.
   */
  read(bytes: Buffer, owned: boolean): number {
    /** Beginnings and ends of data. */
    const spans: number[] = [];
    let offset = 0;
    try {
      while (offset < bytes.length && !this.#ended) offset = this.#readWindow(bytes, offset, spans);
    } catch (error) {
      this.#failure = error;
      offset = bytes.length;
    }
    this.#data = pieces(bytes, spans, owned).toReversed();
    return offset;
  }

  /** @returns the offset behind what was read. */
  #readWindow(bytes: Buffer, from: number, data: number[]): number {
    const read = this.#machine.execute(bytes.subarray(from, from + WINDOW));
    const { spans, length } = found;
    let position = from;
    for (let index = 0; index < length; index += 3) {
      const start = from + (spans[index + 1] as number);
      const end = from + (spans[index + 2] as number);
      this.#between(start - position);
      position = end;
      if (spans[index] === BODY) {
        data.push(start, end);
        // A size line of usual length belongs to every chunk; tiny chunks are allowed, at a price.
        this.#excess = Math.max(0, this.#excess - 2 * (end - start) - (this.#newChunk ? 16 : 0));
        this.#newChunk = false;
      } else this.#addTrailer(latin1(bytes, start, end), spans[index] === FIELD);
    }
    if (read === -1) throw requestError(this.#machine.reason);
    this.#between(from + read - position);
    if (found.messageComplete) {
      this.#ended = true;
      for (let index = 1; index < this.trailers.length; index += 2) {
        this.trailers[index] = withoutBlanks(this.trailers[index] as string);
      }
      checkTrailers(this.trailers);
    }
    return from + read;
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
}

/**
 * The data between these beginnings and ends. Those of small chunks are put together, in a buffer that is as long as they
 * are: a buffer of its own for every byte is 130 bytes more, and a view of a packet keeps all of the packet.
 */
function pieces(bytes: Buffer, spans: readonly number[], owned: boolean): Buffer[] {
  const found: Buffer[] = [];
  let first = 0;
  let length = 0;
  for (let index = 0; index < spans.length; index += 2) {
    const start = spans[index] as number;
    const end = spans[index + 1] as number;
    if (!owned || end - start < BIG) length += end - start;
    else {
      if (length > 0) found.push(gathered(bytes, spans, first, index, length));
      found.push(bytes.subarray(start, end));
      first = index + 2;
      length = 0;
    }
  }
  if (length > 0) found.push(gathered(bytes, spans, first, spans.length, length));
  return found;
}

function gathered(bytes: Buffer, spans: readonly number[], first: number, last: number, length: number): Buffer {
  const all = Buffer.allocUnsafe(length);
  let offset = 0;
  for (let index = first; index < last; index += 2) {
    const start = spans[index] as number;
    const end = spans[index + 1] as number;
    // A call costs more than a few bytes.
    if (end - start > 16) offset += bytes.copy(all, offset, start, end);
    else for (let at = start; at < end; at++) all[offset++] = bytes[at] as number;
  }
  return all;
}
