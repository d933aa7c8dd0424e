import type { ServerHttp2Stream } from 'node:http2';
import { type Bytes, type Header, TsgiError } from '@tsgi/core';
import { reasonPhrase, type ResponseHead, type ResponseWriter } from '@tsgi/core/server';
import { SendTimeout } from '@tsgi/transport';
import { httpDate } from '../http1/response-writer.ts';
import { type Fields, fields, equalNamesJoined } from './http2-fields.ts';
import { Http2Pieces, LEAST_PIECE, PIECE_ALONE } from './http2-pieces.ts';
import { framed, PieceProgress, type SharedConnection } from './http2-progress.ts';
import { errorText } from '../http1/codec/error-answer.ts';

/** Whose response it is. */
export interface ResponseOwner {
  /** The response has ended, well or not. */
  ended(): void;
}

/** A response on one HTTP/2 stream. */
export class Http2Response implements ResponseWriter {
  readonly #stream: ServerHttp2Stream;
  readonly #server: string;
  readonly #sendTimeout: number;
  readonly #connection: SharedConnection;
  readonly #owner: ResponseOwner;
  /** Once one chunk was long. */
  #pieces: Http2Pieces | undefined;
  /** Bytes of the body that were written. */
  #got = 0;
  /** Bytes that the stream was given before that. */
  #given = 0;
  /** What the connection had been given before the stream's last chunk. */
  #before = 0;
  #progress: PieceProgress | undefined;
  #reader: SendTimeout | undefined;

  /**
   * @param server the value of the Server header, or empty.
   * @param sendTimeout milliseconds that the client may take nothing.
   */
  constructor(
    stream: ServerHttp2Stream,
    server: string,
    sendTimeout: number,
    connection: SharedConnection,
    owner: ResponseOwner,
  ) {
    this.#stream = stream;
    this.#server = server;
    this.#sendTimeout = sendTimeout;
    this.#connection = connection;
    this.#owner = owner;
  }

  get keepsConnection(): boolean {
    return true;
  }

  get settled(): boolean {
    return this.#pieces?.idle !== false && this.#stream.writableLength === 0;
  }

  writeHead(head: ResponseHead, chunk: Bytes | undefined, end: boolean): boolean {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return true;
    this.#respond(head, end && chunk === undefined);
    // Node ends a 205 with its head, too (RFC 9110 §15.3.6).
    if (chunk === undefined || stream.writableEnded) {
      if (end) this.#owner.ended();
      return true;
    }
    if (!end) return this.write(chunk);
    // A stream that is alone is given as much at once as by `Http2Pieces`, which would cost 5 % of a small window's 1 MiB.
    if (chunk.byteLength <= (this.#connection.alone ? PIECE_ALONE : LEAST_PIECE)) {
      this.#got += chunk.byteLength;
      this.#count(chunk.byteLength);
      stream.end(chunk);
      this.#owner.ended();
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
    this.#got += chunk.byteLength;
    if (this.#pieces === undefined && stream.writableLength + chunk.byteLength <= LEAST_PIECE) {
      this.#count(chunk.byteLength);
      return stream.write(chunk);
    }
    this.#pieces ??= new Http2Pieces(stream, this.#given, this.#sendTimeout, this.#connection);
    return this.#pieces.write(chunk);
  }

  end(): void {
    if (this.#pieces === undefined) this.#stream.end();
    else this.#pieces.end();
    this.#owner.ended();
  }

  abort(): void {
    // `close` would end the stream first, and its peer would take what it has for all; this resets it (R77).
    if (!this.#stream.writableEnded) this.#reset('the response was cut short');
    this.#owner.ended();
  }

  onDrain(callback: () => void): void {
    if (this.#pieces === undefined) this.#stream.once('drain', callback);
    else this.#pieces.onDrained(callback);
  }

  onSent(callback: (unsent: number) => void): void {
    const stream = this.#stream;
    if (stream.writableFinished) return callback(0);
    const onFinish = (): void => {
      stream.off('close', onClose);
      callback(0);
    };
    const onClose = (): void => {
      stream.off('finish', onFinish);
      const given = this.#pieces?.given ?? this.#given;
      callback(Math.max(1, this.#got - given + stream.writableLength));
    };
    stream.once('finish', onFinish);
    stream.once('close', onClose);
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
    this.#countHead(headers);
    stream.additionalHeaders({ ...equalNamesJoined(fields(headers)), ':status': status });
  }

  /**
   * From now on the client must take something of this response now and then. What it takes of others, and whatever else it
   * sends, does not put that off, as it would Node's own timeout of a stream.
   */
  watch(): void {
    if (this.#stream.writableLength === 0) return;
    this.#reader ??= new SendTimeout({ taken: () => this.#taken() }, this.#sendTimeout, () =>
      this.#reset('the client reads nothing'),
    );
    this.#reader.watch();
  }

  /** The stream is gone. */
  close(): void {
    this.#reader?.stop();
    this.#pieces?.clear();
  }

  /** What grows when some of what the stream was given goes; `undefined` when nothing of it is left. */
  #taken(): number | undefined {
    const { writableLength } = this.#stream;
    if (writableLength === 0) return undefined;
    if (this.#pieces !== undefined) return this.#pieces.gone;
    // Node takes back nothing of one long chunk before all of it has gone.
    if (writableLength > LEAST_PIECE) this.#progress ??= new PieceProgress(this.#connection, this.#before);
    return this.#given - writableLength + (this.#progress?.went(framed(writableLength)) ?? 0);
  }

  /** The stream is given so many bytes of the body. */
  #count(bytes: number): void {
    this.#before = this.#connection.given;
    this.#given += bytes;
    this.#connection.given += framed(bytes);
  }

  #respond(head: ResponseHead, endStream: boolean): void {
    try {
      const headers = fields(head.headers);
      if (!head.hasDate) headers.date = httpDate();
      if (!head.hasServer && this.#server !== '') headers.server = this.#server;
      if (head.code === 205) headers['content-length'] = '0';
      headers[':status'] = String(head.code);
      this.#countHead(head.headers);
      this.#send(headers, endStream);
    } catch (error) {
      // What HTTP/2 alone refuses, a status above 599 for one, is answered like what the contract refuses.
      this.#answer(500, `500 ${reasonPhrase(500)}\n`);
      throw error;
    }
  }

  /** A head, with what is added to it. */
  #countHead(headers: readonly Header[]): void {
    let size = 256 + this.#server.length;
    for (const [name, value] of headers) size += name.length + value.length + 8;
    this.#connection.given += framed(size);
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
