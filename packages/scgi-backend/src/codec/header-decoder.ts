import { TsgiError } from '@tsgi/core';
import type { ScgiDecoderOptions, ScgiLeniency } from './limits.ts';

/** What an SCGI header says. */
interface ScgiHeader {
  /** Names and values alternate, as byte strings, in wire order. */
  variables: string[];
  /** Bytes of the body that follow the header. */
  contentLength: number;
}

/** A decoded header block, and what came behind it in the same chunk: the beginning of the body. */
export interface ScgiRequestStart extends ScgiHeader {
  rest: Uint8Array;
}

const EMPTY = Buffer.alloc(0);
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
  /** The block and its comma, when they come in more than one chunk: as much room as twice what came, not what is announced. */
  #block: Buffer = EMPTY;
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
    // The usual case: a web server sends the whole block at once, and nothing is copied.
    if (this.#filled === 0 && chunk.length - start >= size) {
      return this.#finish(chunk, start, chunk.subarray(start + size));
    }
    const taken = Math.min(size - this.#filled, chunk.length - start);
    const filled = this.#filled + taken;
    if (filled > this.#block.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(size, filled * 2));
      larger.set(this.#block.subarray(0, this.#filled));
      this.#block = larger;
    }
    this.#block.set(chunk.subarray(start, start + taken), this.#filled);
    this.#filled = filled;
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
        const hint = this.#digits === 0 ? whatBegins(byte) : '';
        throw brokenFraming(`byte 0x${hex(byte)} in the netstring's length, expected a digit or ":"${hint}`);
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

/** The usual mistake is a web server that was told of another wire. */
function whatBegins(byte: number): string {
  if (byte === 1) return '; a FastCGI request begins like that';
  const text = String.fromCharCode(byte);
  return /[A-Z]/.test(text) ? `; "${text}" may be the first letter of an HTTP request` : '';
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** One conversion of the whole block, cut into strings afterwards: four times as fast as one for each string. */
function latin1(bytes: Uint8Array, start: number, end: number): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('latin1', start, end);
}

function badHeader(found: string, expected: string, leniency?: keyof ScgiLeniency): TsgiError {
  const hint = leniency === undefined ? '' : ` (lenient: ${leniency})`;
  return new TsgiError(`SCGI header: ${found}, expected ${expected}${hint}`, {
    code: 'SCGI_HEADER',
    side: 'peer',
    rule: 'R97',
  });
}

/** Splits the content of the netstring into pairs and checks what the SCGI specification demands of them. */
function parseHeaderBlock(block: string, maxCount: number, lenient: ScgiLeniency): ScgiHeader {
  const variables: string[] = [];
  const seen = new Set<string>();
  /** Where the value of each name is; made when one comes twice: a `Map` a request costs more than the `Set`. */
  let places: Map<string, number> | undefined;
  let scgi: string | undefined;
  let length: string | undefined;
  let position = 0;
  for (let count = 1; position < block.length; count++) {
    if (count > maxCount) {
      throw new TsgiError(`SCGI header of more than ${maxCount} pairs`, {
        code: 'SCGI_HEADER_TOO_LARGE',
        side: 'peer',
        statusHint: 431,
        rule: 'R97',
      });
    }
    const nameEnd = block.indexOf('\0', position);
    if (nameEnd < 0) throw badHeader('a name with no NUL after it', 'NAME NUL VALUE NUL');
    const valueEnd = endOfValue(block, nameEnd + 1, lenient);
    const name = block.slice(position, nameEnd);
    const value = block.slice(nameEnd + 1, valueEnd);
    position = valueEnd + 1;
    if (name === '') {
      if (lenient.emptyNames === true) continue;
      throw badHeader('an empty name', 'a name', 'emptyNames');
    }
    const { size } = seen;
    seen.add(name);
    if (seen.size === size) {
      // nginx before 1.23 repeats the variable of a repeated request header; only the environ builder can fold it (R37).
      if (!name.startsWith('HTTP_')) {
        if (lenient.duplicateNames !== true)
          throw badHeader(`${JSON.stringify(name)} twice`, 'each name once', 'duplicateNames');
        places ??= placesOf(variables);
        variables[places.get(name) ?? 0] = value;
      } else {
        variables.push(name, value);
      }
    } else {
      places?.set(name, variables.length + 1);
      variables.push(name, value);
    }
    if (name === 'CONTENT_LENGTH') {
      if (count > 1 && lenient.lateContentLength !== true) {
        throw badHeader(`CONTENT_LENGTH as pair ${count}`, 'it to be the first', 'lateContentLength');
      }
      length = value;
    } else if (name === 'SCGI') {
      scgi = value;
    }
  }
  if (scgi !== '1' && lenient.missingScgi !== true) {
    throw badHeader(scgi === undefined ? 'no SCGI' : `SCGI ${JSON.stringify(scgi)}`, 'SCGI "1"', 'missingScgi');
  }
  return { variables, contentLength: parseContentLength(length, lenient) };
}

function placesOf(variables: readonly string[]): Map<string, number> {
  const places = new Map<string, number>();
  for (let at = 0; at < variables.length; at += 2) places.set(variables[at] ?? '', at + 1);
  return places;
}

function endOfValue(block: string, start: number, lenient: ScgiLeniency): number {
  const end = block.indexOf('\0', start);
  if (end >= 0) return end;
  if (lenient.missingNul !== true) throw badHeader('no NUL after the last value', 'one after each', 'missingNul');
  return block.length;
}

function parseContentLength(value: string | undefined, lenient: ScgiLeniency): number {
  if (value === undefined || value === '') {
    if (lenient.missingContentLength === true) return 0;
    throw badHeader(
      value === undefined ? 'no CONTENT_LENGTH' : 'an empty CONTENT_LENGTH',
      'a number',
      'missingContentLength',
    );
  }
  const length = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(length)) {
    throw badHeader(`CONTENT_LENGTH ${JSON.stringify(value.slice(0, 40))}`, 'decimal digits (R31)');
  }
  return length;
}
