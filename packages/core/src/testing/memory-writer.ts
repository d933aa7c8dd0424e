import type { Bytes, Header } from '../contract/contract.ts';
import type { ResponseHead, ResponseWriter } from '../run/response-writer.ts';

/** How a response ended on a wire that is an array. */
export type Outcome = 'ended' | 'aborted' | 'open';

/** A wire that keeps what it is given: for calling an application in process. */
export class MemoryWriter implements ResponseWriter {
  head: ResponseHead | undefined;
  readonly chunks: Bytes[] = [];
  readonly hints: (readonly Header[])[] = [];
  outcome: Outcome = 'open';
  readonly #finished: () => void;

  constructor(finished: () => void) {
    this.#finished = finished;
  }

  writeHead(head: ResponseHead, chunk: Bytes | undefined, end: boolean): boolean {
    this.head = head;
    if (chunk !== undefined) this.chunks.push(chunk);
    if (end) this.outcome = 'ended';
    return true;
  }

  write(chunk: Bytes): boolean {
    this.chunks.push(chunk);
    return true;
  }

  end(): void {
    this.outcome = 'ended';
  }

  abort(): void {
    this.outcome = 'aborted';
  }

  onDrain(callback: () => void): void {
    queueMicrotask(callback);
  }

  earlyHints(headers: readonly Header[]): void {
    this.hints.push(headers);
  }

  finished(): void {
    this.#finished();
  }
}
