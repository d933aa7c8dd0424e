import type { Bytes, ErrorStream } from '../contract/contract.ts';
import { logLines } from '../log/log-text.ts';

/** Bytes that one request may put into the log. */
const LIMIT = 65_536;

/**
 * What a program says on its standard error, on its way to the log of the gateway: whole lines, so that those of two
 * programs do not mix, and no control characters, so that none can forge a line or drive a terminal (HAProxy f495d48).
 */
export class ProgramLog {
  readonly #errors: ErrorStream;
  /** Most programs say nothing. */
  #decoder: InstanceType<typeof TextDecoder> | undefined;
  #line = '';
  #room = LIMIT;

  constructor(errors: ErrorStream) {
    this.#errors = errors;
  }

  push(chunk: Bytes): void {
    if (this.#room < 0) return;
    const taken = chunk.byteLength > this.#room ? chunk.subarray(0, this.#room) : chunk;
    this.#room -= chunk.byteLength;
    this.#decoder ??= new TextDecoder();
    this.#line += this.#decoder.decode(taken, { stream: true });
    if (this.#room < 0) this.end('[the rest of what the program says here is left out]\n');
    const end = this.#line.lastIndexOf('\n') + 1;
    if (end === 0) return;
    this.#write(this.#line.slice(0, end));
    this.#line = this.#line.slice(end);
  }

  /** The request is over: its last line ends, whether the program ended it or not. */
  end(remark = ''): void {
    const line = this.#line === '' || this.#line.endsWith('\n') ? this.#line : `${this.#line}\n`;
    this.#line = '';
    if (line + remark !== '') this.#write(line + remark);
  }

  #write(text: string): void {
    try {
      this.#errors.write(logLines(text));
    } catch {
      // A log that fails is no matter of the request.
    }
  }
}
