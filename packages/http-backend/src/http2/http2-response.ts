import type { ServerHttp2Stream } from 'node:http2';
import { type Bytes, type Header, TsgiError } from '@tsgi/core';
import { reasonPhrase, type ResponseHead, type ResponseWriter } from '@tsgi/core/server';
import { httpDate } from '../http1/codec/http-date.ts';
import { type Fields, fields, joined } from './http2-fields.ts';
import { errorText } from '../http1/codec/error-answer.ts';

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
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return true;
    this.#respond(head, end && chunk === undefined);
    // Node ends a 205 with its head, too (RFC 9110 §15.3.6).
    if (chunk === undefined || stream.writableEnded) {
      if (end) this.#onEnd();
      return true;
    }
    if (!end) return this.write(chunk);
    stream.end(chunk);
    this.#watchReader();
    this.#onEnd();
    return !stream.writableNeedDrain;
  }

  /** The whole answer to a request that was refused before an application saw it, as over HTTP/1. */
  refuse(error: TsgiError): void {
    this.#answer(error.statusHint, errorText(error));
  }

  write(chunk: Bytes): boolean {
    return this.#stream.writableEnded || this.#stream.write(chunk);
  }

  end(): void {
    this.#stream.end();
    this.#watchReader();
    this.#onEnd();
  }

  abort(): void {
    // `close` would end the stream first, and its peer would take what it has for all; this resets it (R77).
    if (!this.#stream.writableEnded) this.#reset('the response was cut short');
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
    if (stream.headersSent || stream.destroyed || stream.closed) return;
    stream.additionalHeaders({ ...joined(fields(headers)), ':status': status });
  }

  #respond(head: ResponseHead, endStream: boolean): void {
    try {
      const headers = fields(head.headers);
      if (!head.hasDate) headers.date = httpDate();
      if (!head.hasServer && this.#server !== '') headers.server = this.#server;
      if (head.code === 205) headers['content-length'] = '0';
      headers[':status'] = String(head.code);
      this.#send(headers, endStream);
    } catch (error) {
      // What HTTP/2 alone refuses, a status above 599 for one, is answered like what the contract refuses.
      this.#answer(500, `500 ${reasonPhrase(500)}\n`);
      throw error;
    }
  }

  #send(headers: Fields, endStream: boolean): void {
    const stream = this.#stream;
    try {
      stream.respond(headers, { endStream });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_HTTP2_HEADER_SINGLE_VALUE') throw error;
      stream.respond(joined(headers), { endStream });
    }
  }

  /** All of an answer that is not the application's. */
  #answer(code: number, text: string): void {
    const headers: Header[] = [
      ['Content-Type', 'text/plain; charset=utf-8'],
      ['Content-Length', String(text.length)],
    ];
    const head = {
      status: '',
      code,
      headers,
      contentLength: text.length,
      hasDate: false,
      hasServer: false,
      hasBody: true,
    };
    this.writeHead(head, Buffer.from(text, 'latin1'), true);
  }

  /** From now on the client must take something now and then; Node counts what it takes of a big chunk too. */
  #watchReader(): void {
    const stream = this.#stream;
    if (stream.writableLength === 0) return;
    if (stream.listenerCount('timeout') === 0) stream.on('timeout', () => this.#reset('the client reads nothing'));
    stream.setTimeout(Math.min(this.#sendTimeout, 2 ** 31 - 1));
  }

  #reset(message: string): void {
    this.#stream.destroy(new TsgiError(message, { code: 'RESPONSE_ABORTED', side: 'app' }));
  }
}
