import type { ErrorStream } from '@tsgi/core';
import { withoutControls } from './log-text.ts';

/** `tsgi.errors` of one request: its text goes to the web server's log as FCGI_STDERR (R55). */
export class StderrStream implements ErrorStream {
  readonly #send: (text: string) => void;

  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  write(text: string): void {
    if (typeof text !== 'string') throw new TypeError(`R55: tsgi.errors takes text, found ${typeof text}`);
    if (text !== '') this.#send(withoutControls(text.toWellFormed()));
  }

  writelines(texts: Iterable<string>): void {
    for (const text of texts) this.write(text);
  }

  flush(): void {
    // Each write is a record of its own already.
  }
}
