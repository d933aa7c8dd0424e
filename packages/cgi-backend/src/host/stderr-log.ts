import { StringDecoder } from 'node:string_decoder';
import type { ErrorStream } from '@tsgi/core';

/** Of what one program may write into the log. */
const MOST_BYTES = 65_536;

/** What a program writes to its standard error, on its way into the log. */
export class StderrLog {
  readonly #errors: ErrorStream;
  readonly #decoder: StringDecoder = new StringDecoder('utf8');
  #line = '';
  #taken = 0;

  constructor(errors: ErrorStream) {
    this.#errors = errors;
  }

  write(chunk: Buffer): void {
    if (this.#taken > MOST_BYTES) return;
    const room = MOST_BYTES - this.#taken;
    this.#taken += chunk.length;
    this.#line += this.#decoder.write(chunk.subarray(0, room));
    if (this.#taken > MOST_BYTES) this.#line += ' (the rest is left out)\n';
    const end = this.#line.lastIndexOf('\n') + 1;
    this.#log(this.#line.slice(0, end));
    this.#line = this.#line.slice(end);
  }

  end(): void {
    this.#log(this.#line === '' ? '' : `${this.#line}\n`);
  }

  /** No program may forge a line of the log or drive a terminal (HAProxy f495d48). */
  #log(text: string): void {
    if (text !== '') this.#errors.write(text.replace(/\r\n/g, '\n').replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '?'));
  }
}
