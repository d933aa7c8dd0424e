import type { ServerResponse } from 'node:http';
import type { Bytes, Header } from '@tsgi/core';
import type { ResponseHead, ResponseWriter } from '@tsgi/core/server';

/** Node refuses a Trailer where it sends no chunks. */
function headersFor({ headers, contentLength }: ResponseHead, end: boolean): string[] {
  const isChunked = contentLength === -1 && !end;
  return (isChunked ? headers : headers.filter(([name]) => name.toLowerCase() !== 'trailer')).flat();
}

/** Sends what an application answers through Node's own `ServerResponse`, of `node:http` or `node:http2`. */
export class NodeWriter implements ResponseWriter {
  /** Somebody else answers: nothing is sent, and this is called instead. */
  passOn: (() => void) | undefined;
  /** Called when everything is torn down. */
  onFinished: (() => void) | undefined;
  readonly #response: ServerResponse;
  #isPassedOn = false;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  writeHead(head: ResponseHead, chunk: Bytes | undefined, end: boolean): boolean {
    const response = this.#response;
    if (this.passOn !== undefined) {
      this.#isPassedOn = true;
      this.passOn();
      return true;
    }
    const { code } = head;
    // HTTP/2 has no reason phrase, and Node warns of one.
    if (response.req.httpVersionMajor < 2) response.statusMessage = head.status.slice(4);
    response.writeHead(code, headersFor(head, end));
    if (end) {
      if (chunk === undefined) response.end();
      else response.end(chunk);
      return true;
    }
    if (chunk !== undefined) return response.write(chunk);
    response.flushHeaders();
    return true;
  }

  write(chunk: Bytes): boolean {
    return this.#isPassedOn || this.#response.write(chunk);
  }

  end(): void {
    if (!this.#isPassedOn) this.#response.end();
  }

  /** Closes the connection: the length is short, or the last chunk never comes. */
  abort(): void {
    if (!this.#isPassedOn) this.#response.destroy();
  }

  onDrain(callback: () => void): void {
    this.#response.once('drain', callback);
  }

  finished(): void {
    this.onFinished?.();
  }

  earlyHints(headers: readonly Header[]): void {
    const hints: Record<string, string[]> = {};
    for (const [name, value] of headers) (hints[name.toLowerCase()] ??= []).push(value);
    // Node sends none without a Link.
    if ('link' in hints) this.#response.writeEarlyHints(hints);
  }
}
