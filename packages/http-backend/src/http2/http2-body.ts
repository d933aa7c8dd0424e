import { constants, type ServerHttp2Stream } from 'node:http2';
import { type Environ, TsgiError } from '@tsgi/core';
import { ConnectionClock } from '../http1/connection-clock.ts';
import type { Http2Response } from './http2-response.ts';
import { IncomingBody } from '../http1/incoming-body.ts';
import type { HeadLimits } from '../server/limits.ts';
import { requestError } from '../http1/codec/request-error.ts';
import type { HttpServerContext } from '../server/server-context.ts';
import { checkTrailers } from '../http1/codec/trailers.ts';

/** The body of one stream on its way to the application, with the time that it may take. */
export class Http2Body {
  readonly #stream: ServerHttp2Stream;
  readonly #response: Http2Response;
  readonly #body: IncomingBody;
  readonly #clock: ConnectionClock;
  readonly #limits: HeadLimits;
  #trailers: readonly string[] = [];
  #unwanted = false;

  /** @throws TsgiError (413) */
  constructor(
    stream: ServerHttp2Stream,
    environ: Environ,
    expectContinue: boolean,
    response: Http2Response,
    context: HttpServerContext,
  ) {
    this.#stream = stream;
    this.#response = response;
    this.#limits = context.limits;
    const framing = {
      bodyLength: environ.CONTENT_LENGTH === undefined ? -1 : Number(environ.CONTENT_LENGTH),
      expectContinue,
      trailers: true,
    };
    this.#body = new IncomingBody(framing, environ, context.limits, () => this.#wanted());
    this.#clock = new ConnectionClock(context.deadlines, context.limits, () => this.#onExpired());
    this.#run();
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    // Node gives the raw list behind what it documents, here as for `stream`.
    stream.on('trailers', (_trailers, _flags, ...raw: readonly unknown[]) => {
      this.#trailers = raw[0] as readonly string[];
    });
    stream.on('end', () => this.#end());
  }

  /** The response has ended: what is left of the request is not wanted (RFC 9113 §8.1). */
  discard(): void {
    if (this.#stream.readableEnded) return;
    this.#unwanted = true;
    this.#body.discard();
    this.#clock.drain();
    this.#stream.resume();
  }

  /** The stream is gone. */
  close(): void {
    this.#clock.stop();
    if (this.#stream.readableEnded) return;
    this.#body.truncate();
    // A stream that was reset with NO_ERROR while it was paused closes only when it has been read.
    this.#stream.resume();
  }

  #run(): void {
    if (this.#body.withheld) this.#clock.unlimited();
    else this.#clock.body();
  }

  #take(chunk: Buffer): void {
    const accepts = this.#body.push(chunk);
    if (this.#unwanted) {
      if (this.#body.exhausted) this.#stream.close(constants.NGHTTP2_NO_ERROR);
    } else if (accepts) this.#clock.bodyBytes(chunk.length);
    else {
      this.#stream.pause();
      this.#clock.unlimited(); // Time does not run against a client that is not listened to.
    }
  }

  #end(): void {
    this.#clock.stop();
    // For Node, a stream that was reset with NO_ERROR ends like one that is whole (R48).
    if (this.#stream.closed) return this.#body.truncate();
    try {
      checkTrailers(this.#trailers);
      this.#checkTrailerSize();
      this.#body.end({ type: 'end', trailers: this.#trailers });
    } catch (error) {
      this.#body.fail(error instanceof TsgiError ? error : requestError(String(error)));
    }
  }

  /** As `headOfStream` for the head: Node bounds it by twice as much. */
  #checkTrailerSize(): void {
    const { headSize, headerCount } = this.#limits;
    const size = this.#trailers.reduce((sum, text) => sum + text.length + 2, 0);
    if (size > headSize) throw requestError(`the trailers are longer than ${headSize} bytes`, 431);
    if (this.#trailers.length > 2 * headerCount) throw requestError(`there are more than ${headerCount} trailers`, 431);
  }

  #wanted(): void {
    if (this.#body.withheld) {
      this.#body.release();
      this.#response.interim(100);
      this.#clock.body();
    }
    if (!this.#stream.isPaused()) return;
    this.#clock.body();
    this.#stream.resume();
  }

  #onExpired(): void {
    if (this.#unwanted) this.#stream.close(constants.NGHTTP2_NO_ERROR);
    else this.#body.fail(requestError('the body came too slowly', 408, 'REQUEST_TIMEOUT'));
  }
}
