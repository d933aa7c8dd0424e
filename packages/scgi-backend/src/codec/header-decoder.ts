import { TsgiError } from '@tsgi/core';
import type { ScgiDecoderOptions, ScgiLeniency } from './limits.ts';
import { parseHeaderBlock, type ScgiHeader } from './header-block.ts';

/** A decoded header block, and what came behind it in the same chunk: the beginning of the body. */
export interface ScgiRequestStart extends ScgiHeader {
  rest: Uint8Array;
}

const ZERO = 0x30;
const COLON = 0x3a;
const COMMA = 0x2c;
/** As many digits as `Number.MAX_SAFE_INTEGER` surely holds; a longer length is noise, not a netstring. */
const MAX_LENGTH_DIGITS = 15;

/** The netstring itself is broken: where the request ends cannot be known, so the connection is of no use any more. */
function brokenFraming(message: string): TsgiError {
  return new TsgiError(message, { code: 'SCGI_FRAMING', side: 'peer', rule: 'R97' });
}

/**
 * Reads the header netstring of an SCGI request, in pieces of any size. Does no I/O.
 *
 * Throws only `TsgiError`: code `SCGI_FRAMING` when the netstring is broken, `SCGI_HEADER` when the netstring is whole
 * and its content is not a valid header (statusHint 400), `SCGI_HEADER_TOO_LARGE` for a limit (statusHint 431). After
 * an error, and after the header was returned, it takes nothing more.
 *
 * Repeated `HTTP_` names are let through although the specification forbids them: nginx before 1.23 sends a repeated
 * request header so, and the environ builder folds them (R37).
 */
export class ScgiHeaderDecoder {
  readonly #maxSize: number;
  readonly #maxCount: number;
  readonly #lenient: ScgiLeniency;
  #digits = 0;
  #length = 0;
  #lengthKnown = false;
  /** The block and its comma, allocated once, when they come in more than one chunk. */
  #block: Buffer | undefined;
  #filled = 0;

  constructor(options: ScgiDecoderOptions = {}) {
    this.#maxSize = options.headSize ?? 131_072;
    this.#maxCount = options.headerCount ?? 1000;
    this.#lenient = options.lenient ?? {};
  }

  /** Whether any byte has arrived. */
  get started(): boolean {
    return this.#digits > 0;
  }

  /** Takes a chunk; `undefined` while the block is incomplete. */
  push(chunk: Uint8Array): ScgiRequestStart | undefined {
    let start = 0;
    if (!this.#lengthKnown) {
      start = this.#readLength(chunk);
      if (!this.#lengthKnown) return undefined;
    }
    const size = this.#length + 1;
    if (this.#block === undefined) {
      // The usual case: a web server sends the whole block at once, and nothing is copied.
      if (chunk.length - start >= size) return this.#finish(chunk, start, chunk.subarray(start + size));
      this.#block = Buffer.allocUnsafe(size);
    }
    const taken = Math.min(size - this.#filled, chunk.length - start);
    this.#block.set(chunk.subarray(start, start + taken), this.#filled);
    this.#filled += taken;
    return this.#filled === size ? this.#finish(this.#block, 0, chunk.subarray(start + taken)) : undefined;
  }

  /** The peer ended the connection before the block was whole: always throws. */
  end(): never {
    const found = this.#lengthKnown ? `${this.#filled} of ${this.#length + 1} bytes` : 'no length';
    throw brokenFraming(`the connection ended inside the SCGI header, after ${found}`);
  }

  /** Returns the index behind the colon, if it was there. */
  #readLength(chunk: Uint8Array): number {
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] ?? 0;
      if (byte === COLON && this.#digits > 0) {
        this.#lengthKnown = true;
        if (this.#length > this.#maxSize) {
          throw new TsgiError(`SCGI header of ${this.#length} bytes, expected at most ${this.#maxSize}`, {
            code: 'SCGI_HEADER_TOO_LARGE',
            side: 'peer',
            statusHint: 431,
            rule: 'R97',
          });
        }
        return index + 1;
      }
      const digit = byte - ZERO;
      if (digit < 0 || digit > 9) {
        throw brokenFraming(`byte 0x${hex(byte)} in the netstring's length, expected a digit or ":"`);
      }
      if (this.#digits > 0 && this.#length === 0 && this.#lenient.leadingZeros !== true) {
        throw brokenFraming("a leading zero in the netstring's length, expected none (lenient: leadingZeros)");
      }
      if (++this.#digits > MAX_LENGTH_DIGITS) {
        throw brokenFraming(`more than ${MAX_LENGTH_DIGITS} digits in the netstring's length`);
      }
      this.#length = this.#length * 10 + digit;
    }
    return chunk.length;
  }

  #finish(block: Uint8Array, start: number, rest: Uint8Array): ScgiRequestStart {
    const end = start + this.#length;
    const last = block[end] ?? 0;
    if (last !== COMMA && this.#lenient.missingComma !== true) {
      throw brokenFraming(
        `byte 0x${hex(last)} after the ${this.#length} bytes of the SCGI header, expected "," (lenient: missingComma)`,
      );
    }
    const { variables, contentLength } = parseHeaderBlock(latin1(block, start, end), this.#maxCount, this.#lenient);
    return { variables, contentLength, rest };
  }
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** One conversion of the whole block, cut into strings afterwards: four times as fast as one for each string. */
function latin1(bytes: Uint8Array, start: number, end: number): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('latin1', start, end);
}
