import { type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { type Bytes, type Header, TsgiError } from '@tsgi/core';
import type { ResponseHead, ResponseWriter } from '@tsgi/core/gateway';
import { httpDate } from './http-date.ts';

/** Header fields as Node takes them: repeated ones as arrays, where it allows that. */
function fields(headers: readonly Header[]): OutgoingHttpHeaders {
  const result: Record<string, string | string[]> = { __proto__: null } as never;
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const known = result[key];
    if (known === undefined) result[key] = value;
    else if (key === 'set-cookie' || key.endsWith('-authenticate')) result[key] = [known, value].flat();
    // Node refuses an array for most fields; the list means the same (RFC 9110 §5.3).
    else result[key] = `${String(known)}, ${value}`;
  }
  return result;
}

/** A response on one HTTP/2 stream. */
export class Http2Response implements ResponseWriter {
  readonly #stream: ServerHttp2Stream;
  readonly #server: string;
  readonly #sendTimeout: number;
  readonly #onEnd: () => void;

  /**
   * @param server the value of the Server header, or empty.
   * @param sendTimeout milliseconds that the client may take nothing.
   * @param onEnd the response has ended, well or not.
   */
  constructor(stream: ServerHttp2Stream, server: string, sendTimeout: number, onEnd: () => void) {
    this.#stream = stream;
    this.#server = server;
    this.#sendTimeout = sendTimeout;
    this.#onEnd = onEnd;
  }

  get settled(): boolean {
    return this.#stream.writableLength === 0;
  }

  writeHead(head: ResponseHead, chunk: Bytes | undefined, end: boolean): boolean {
    const headers = fields(head.headers);
    headers[':status'] = head.code;
    if (!head.hasDate) headers.date = httpDate();
    if (!head.hasServer && this.#server !== '') headers.server = this.#server;
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return true;
    stream.respond(headers, { endStream: end && chunk === undefined });
    if (chunk === undefined) {
      if (end) this.#onEnd();
      return true;
    }
    if (!end) return this.write(chunk);
    stream.end(chunk);
    this.#watchReader();
    this.#onEnd();
    return !stream.writableNeedDrain;
  }

  write(chunk: Bytes): boolean {
    return this.#stream.write(chunk);
  }

  end(): void {
    this.#stream.end();
    this.#watchReader();
    this.#onEnd();
  }

  abort(): void {
    // `close` would end the stream first, and its peer would take what it has for all; this resets it (R77).
    this.#reset('the response was cut short');
    this.#onEnd();
  }

  onDrain(callback: () => void): void {
    this.#watchReader();
    this.#stream.once('drain', () => {
      this.#stream.setTimeout(0);
      callback();
    });
  }

  finished(): void {
    // The stream goes by its own end.
  }

  earlyHints(headers: readonly Header[]): void {
    this.interim(103, headers);
  }

  /** Nothing, once the final head is out. */
  interim(status: number, headers: readonly Header[] = []): void {
    const stream = this.#stream;
    if (!stream.headersSent && !stream.destroyed) stream.additionalHeaders({ ...fields(headers), ':status': status });
  }

  /** From now on the client must take something now and then; Node counts what it takes of a big chunk too. */
  #watchReader(): void {
    const stream = this.#stream;
    if (stream.writableLength === 0 || this.#sendTimeout === Infinity) return;
    if (stream.listenerCount('timeout') === 0) stream.on('timeout', () => this.#reset('the client reads nothing'));
    stream.setTimeout(this.#sendTimeout);
  }

  #reset(message: string): void {
    this.#stream.destroy(new TsgiError(message, { code: 'RESPONSE_ABORTED', side: 'app' }));
  }
}
