import type { ErrorStream } from '@tsgi/core';
import { withoutControls } from '../server/log-text.ts';

/** Bytes of STDERR that one request may put into the log. */
const LIMIT = 65_536;

/** What an application says on STDERR, on its way to the log of the gateway. */
export class StderrLog {
  readonly #errors: ErrorStream;
  readonly #decoder = new TextDecoder();
  #received = 0;
  #cut = false;
  #midLine = false;

  constructor(errors: ErrorStream) {
    this.#errors = errors;
  }

  push(chunk: Uint8Array): void {
    if (this.#cut) return;
    const room = LIMIT - this.#received;
    this.#received += chunk.byteLength;
    const text = this.#decoder.decode(chunk.subarray(0, room), { stream: true }).replaceAll('\r\n', '\n');
    if (text !== '') {
      this.#errors.write(withoutControls(text));
      this.#midLine = !text.endsWith('\n');
    }
    if (chunk.byteLength <= room) return;
    this.#cut = true;
    this.end();
    this.#errors.write('[the rest of FCGI_STDERR is left out]\n');
  }

  /** Ends the last line: the next request's begins on its own. */
  end(): void {
    if (this.#midLine) this.#errors.write('\n');
    this.#midLine = false;
  }
}
