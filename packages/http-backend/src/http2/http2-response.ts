import type { ServerHttp2Stream } from 'node:http2';
import { type Bytes, type Header, TsgiError } from '@tsgi/core';
import { reasonPhrase, type ResponseHead, type ResponseWriter } from '@tsgi/core/server';
import { SendTimeout } from '@tsgi/transport';
import { httpDate } from '../http1/codec/response-head.ts';
import { type Fields, fields, equalNamesJoined } from './http2-fields.ts';
import { errorText } from '../http1/codec/error-answer.ts';

/**
 * A stream is given a long answer in pieces, for Node tells when a piece has gone, and no sooner: that is how a client that
 * reads slowly is told from one that reads nothing. The first is three DATA frames within the window that clients begin with.
 * While the pieces go quickly they grow, since each costs a write; for a slow client they are of one frame, so that 16 KiB in
 * `sendTimeout` will do.
 */
const FIRST_PIECE = 49_152;
const LEAST_PIECE = 16_384;
const MOST_PIECE = 262_144;
/** The part of `sendTimeout` in which a piece goes quickly. */
const QUICKLY = 1 / 1_024;

/** A response on one HTTP/2 stream. */
export class Http2Response implements ResponseWriter {
  readonly #stream: ServerHttp2Stream;
  readonly #server: string;
  readonly #sendTimeout: number;
  readonly #onEnd: () => void;
  /** What the stream has not been given yet, the oldest first; `undefined` as long as the client keeps up. */
  #waiting: Bytes[] | undefined;
  #piece = FIRST_PIECE;
  #givenAt = 0;
  /** Where in it the next piece is. */
  #next = 0;
  #ending = false;
  #onDrained: (() => void) | undefined;
  #onGone: (() => void) | undefined;
  /** Bytes that the stream was given. */
  #given = 0;
  #reader: SendTimeout | undefined;
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
    return this.#waiting === undefined && this.#stream.writableLength === 0;
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
    if (chunk.byteLength <= LEAST_PIECE) {
      this.#given += chunk.byteLength;
      stream.end(chunk);
      this.#onEnd();
    } else {
      this.write(chunk);
      this.end();
    }
    return !stream.writableNeedDrain;
  }

  /** The whole answer to a request that was refused before an application saw it, as over HTTP/1. */
  refuse(error: TsgiError): void {
    this.#answer(error.statusHint, errorText(error));
  }

  write(chunk: Bytes): boolean {
    const stream = this.#stream;
    if (stream.writableEnded) return true;
    if (this.#waiting === undefined && stream.writableLength + chunk.byteLength <= LEAST_PIECE) {
      this.#given += chunk.byteLength;
      return stream.write(chunk);
    }
    if (this.#waiting !== undefined) this.#waiting.push(chunk);
    else {
      this.#waiting = [chunk];
      this.#next = 0;
      this.#give();
    }
    return false;
  }

  end(): void {
    this.#ending = true;
    // Otherwise with the last piece.
    if (this.#waiting === undefined || this.#next === this.#waiting.length) this.#stream.end();
    this.#onEnd();
  }

  abort(): void {
    // `close` would end the stream first, and its peer would take what it has for all; this resets it (R77).
    if (!this.#stream.writableEnded) this.#reset('the response was cut short');
    this.#onEnd();
  }

  onDrain(callback: () => void): void {
    if (this.#waiting === undefined) this.#stream.once('drain', callback);
    else this.#onDrained = callback;
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
    stream.additionalHeaders({ ...equalNamesJoined(fields(headers)), ':status': status });
  }

  /**
   * From now on the client must take something of this response now and then. What it takes of others, and whatever else it
   * sends, does not put that off, as it would Node's own timeout of a stream.
   */
  watch(): void {
    if (this.#taken() === undefined) return;
    this.#reader ??= new SendTimeout({ taken: () => this.#taken() }, this.#sendTimeout, () =>
      this.#reset('the client reads nothing'),
    );
    this.#reader.watch();
  }

  /** The stream is gone. */
  close(): void {
    this.#reader?.stop();
    this.#waiting = undefined;
  }

  /** Bytes of what the stream was given that have gone; `undefined` when none are left. */
  #taken(): number | undefined {
    const { writableLength } = this.#stream;
    return writableLength === 0 ? undefined : this.#given - writableLength;
  }

  /** What the stream had has gone. */
  #feed(): void {
    if (this.#stream.destroyed || this.#stream.writableLength > 0) return;
    if (this.#next < (this.#waiting?.length ?? 0)) {
      const quick = performance.now() - this.#givenAt < this.#sendTimeout * QUICKLY;
      this.#piece = quick ? Math.min(2 * this.#piece, MOST_PIECE) : LEAST_PIECE;
      return this.#give();
    }
    this.#waiting = undefined;
    const callback = this.#onDrained;
    this.#onDrained = undefined;
    callback?.();
  }

  #give(): void {
    const stream = this.#stream;
    const waiting = this.#waiting ?? [];
    this.#givenAt = performance.now();
    const onGone = (this.#onGone ??= () => this.#feed());
    for (let room = this.#piece; room > 0 && this.#next < waiting.length;) {
      const chunk = waiting[this.#next] as Bytes;
      const piece = chunk.byteLength <= room ? chunk : chunk.subarray(0, room);
      waiting[this.#next] = chunk.subarray(piece.byteLength);
      if (piece === chunk) this.#next += 1;
      room -= piece.byteLength;
      this.#given += piece.byteLength;
      stream.write(piece, onGone);
    }
    if (this.#next === waiting.length && this.#ending) stream.end();
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
      stream.respond(equalNamesJoined(headers), { endStream });
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

  #reset(message: string): void {
    this.#stream.destroy(new TsgiError(message, { code: 'RESPONSE_ABORTED', side: 'app' }));
  }
}
