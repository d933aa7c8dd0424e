import { TsgiError } from '@tsgi/core';

/** A request's packet, and what came behind it in the same chunk: the beginning of the body. */
export interface UwsgiRequestStart {
  /** Names and values alternate, as byte strings, in wire order. */
  readonly variables: string[];
  /** Bytes of the body that follow the packet. */
  readonly contentLength: number;
  readonly rest: Uint8Array;
}

/** Modifier, size of the block in two bytes, another modifier. */
const HEADER_SIZE = 4;

/** `modifier1` of a request with variables; the others mean pings, reloads, spooling and the like to uWSGI itself. */
const REQUEST = 0;

const EMPTY = Buffer.alloc(0);

/** Where the request ends cannot be known: the connection is of no use any more. */
export function brokenFraming(message: string): TsgiError {
  return new TsgiError(`uwsgi: ${message}`, { code: 'UWSGI_FRAMING', side: 'peer', rule: 'R97' });
}

function badBlock(message: string, statusHint = 400): TsgiError {
  return new TsgiError(`uwsgi: ${message}`, { code: 'UWSGI_BLOCK', side: 'peer', statusHint, rule: 'R97' });
}

/**
 * Reads the packet of a uwsgi request (uwsgi-docs.readthedocs.io, "The uwsgi Protocol"), in pieces of any size. Does no I/O.
 *
 * Throws only `TsgiError`: `UWSGI_FRAMING` for what is no request's packet, `UWSGI_BLOCK` (400) for a block that is no list of
 * variables, and (431) for more of them than allowed. After an error, and after the request was returned, it takes nothing more.
 */
export class UwsgiPacketDecoder {
  readonly #headSize: number;
  readonly #headerCount: number;
  #packet: Buffer = EMPTY;
  #filled = 0;

  /** @param headSize bytes of the block. */
  constructor(headSize = 65_535, headerCount = 1000) {
    this.#headSize = headSize;
    this.#headerCount = headerCount;
  }

  /** Whether any byte has arrived. */
  get started(): boolean {
    return this.#filled > 0;
  }

  /** Takes a chunk; `undefined` while the packet is incomplete. */
  push(chunk: Uint8Array): UwsgiRequestStart | undefined {
    let taken = 0;
    while (taken < chunk.length) {
      const size = this.#size();
      const piece = chunk.subarray(taken, taken + size - this.#filled);
      this.#take(piece);
      taken += piece.length;
      if (this.#filled === HEADER_SIZE) this.#checkHeader();
      if (this.#filled >= HEADER_SIZE && this.#filled === this.#size()) return this.#finish(chunk.subarray(taken));
    }
    return undefined;
  }

  /** The peer ended the connection before the packet was whole: always throws. */
  end(): never {
    throw brokenFraming(`the connection ended after ${this.#filled} bytes of a packet`);
  }

  /** Bytes of the packet, as far as they are known. */
  #size(): number {
    return this.#filled < HEADER_SIZE ? HEADER_SIZE : HEADER_SIZE + this.#packet.readUInt16LE(1);
  }

  /** As much room as twice what has come, not what is announced: a size is cheap to send. */
  #take(piece: Uint8Array): void {
    const needed = this.#filled + piece.length;
    if (this.#packet.length < needed) {
      const larger = Buffer.alloc(Math.max(needed * 2, 1024));
      larger.set(this.#packet.subarray(0, this.#filled));
      this.#packet = larger;
    }
    this.#packet.set(piece, this.#filled);
    this.#filled = needed;
  }

  #checkHeader(): void {
    const modifier = this.#packet[0];
    if (modifier !== REQUEST) throw brokenFraming(`modifier ${modifier}, expected ${REQUEST}: a request`);
    const size = this.#packet.readUInt16LE(1);
    if (size > this.#headSize) throw badBlock(`a block of ${size} bytes, expected at most ${this.#headSize}`, 431);
  }

  #finish(rest: Uint8Array): UwsgiRequestStart {
    const variables = this.#variables();
    return { variables, contentLength: contentLengthOf(variables), rest };
  }

  #variables(): string[] {
    const end = this.#filled;
    const variables: string[] = [];
    let position = HEADER_SIZE;
    while (position < end) {
      if (variables.length >= this.#headerCount * 2) {
        throw badBlock(`more variables than ${this.#headerCount}`, 431);
      }
      for (let part = 0; part < 2; part++) {
        const start = position + 2;
        const length = start <= end ? this.#packet.readUInt16LE(position) : Infinity;
        if (start + length > end) throw badBlock('a variable that reaches beyond the block');
        variables.push(this.#packet.toString('latin1', start, start + length));
        position = start + length;
      }
    }
    return variables;
  }
}

/** Absent and empty are one: nginx sends an empty CONTENT_LENGTH with a GET. */
function contentLengthOf(variables: readonly string[]): number {
  let found = '';
  for (let index = 0; index < variables.length; index += 2) {
    if (variables[index] !== 'CONTENT_LENGTH') continue;
    const value = variables[index + 1] ?? '';
    if (found !== '' && found !== value) throw badBlock('CONTENT_LENGTH came twice with different values (R37)');
    found = value;
  }
  if (found === '') return 0;
  const length = /^\d{1,16}$/.test(found) ? Number(found) : Number.NaN;
  if (Number.isSafeInteger(length)) return length;
  throw badBlock(`CONTENT_LENGTH ${JSON.stringify(found.slice(0, 40))}, expected decimal digits (R31)`);
}
