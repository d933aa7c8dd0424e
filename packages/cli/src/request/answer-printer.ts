import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Header } from '@tsgi/core';

/** Prints an answer on standard output as `curl -i` does. */
export class AnswerPrinter {
  readonly #stdout: Writable;
  #status = 0;
  #unread = false;

  constructor(stdout: Writable) {
    this.#stdout = stdout;
    // `tsgi request … | head` is no failure.
    stdout.on('error', () => {
      this.#unread = true;
    });
  }

  /** Of the answer; 0 before there is one. */
  get status(): number {
    return this.#status;
  }

  /** Nobody reads standard output any more. */
  get unread(): boolean {
    return this.#unread;
  }

  head(status: string, headers: readonly Header[]): void {
    this.#status = Number(status.slice(0, 3));
    const lines = [`HTTP/1.1 ${status}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
    this.#stdout.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  }

  /** Resolves when standard output takes more, or is `unread`. */
  async body(chunk: Uint8Array): Promise<void> {
    if (this.#unread || this.#stdout.write(chunk)) return;
    try {
      await once(this.#stdout, 'drain');
    } catch {
      // The same error as in the constructor.
    }
  }
}
