import { jsonString, quoted, word } from './escape.ts';

/** Bytes to begin with; most lines have some hundred. */
const LEAST = 4096;

const encoder = new TextEncoder();

/**
 * Lines of a log as bytes, one behind the other, all of it ASCII but for what stands in the format. A string that is made of
 * twenty others and taken apart again costs twice as much.
 */
export class LineBytes {
  #bytes = new Uint8Array(LEAST);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was added so far; it holds until more is. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** The bytes behind `length` never were. */
  cut(length: number): void {
    this.#length = length;
  }

  /** Forgets the first bytes. */
  drop(count: number): void {
    this.#bytes.copyWithin(0, count, this.#length);
    this.#length -= count;
  }

  /** ASCII that needs no escape. */
  plain(text: string): void {
    this.#room(text.length);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = 0; index < text.length; index++) bytes[at++] = text.charCodeAt(index);
    this.#length = at;
  }

  /** Text of the format: UTF-8. */
  constant(text: string): void {
    const encoded = encoder.encode(text);
    this.#room(encoded.byteLength);
    this.#bytes.set(encoded, this.#length);
    this.#length += encoded.byteLength;
  }

  number(value: number): void {
    this.plain(String(value));
  }

  /** A value between quotes. */
  quoted(value: string): void {
    if (!this.#unescaped(value, 0x20)) this.plain(quoted(value));
  }

  /** What stands between the quotes of a string of JSON. */
  json(value: string): void {
    if (!this.#unescaped(value, 0x20)) this.plain(jsonString(value));
  }

  /** A value that is a field of its own. */
  word(value: string): void {
    if (!this.#unescaped(value, 0x21)) this.plain(word(value));
  }

  /** @returns whether nothing in it needs an escape; then it is added. */
  #unescaped(value: string, least: number): boolean {
    this.#room(value.length);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code < least || code > 0x7e || code === 0x22 || code === 0x5c) return false;
      bytes[at++] = code;
    }
    this.#length = at;
    return true;
  }

  #room(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}
