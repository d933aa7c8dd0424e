import type { ServerHttp2Stream } from 'node:http2';
import type { Environ } from '@tsgi/core';
import { ConnectionClock } from '@tsgi/transport';
import type { Http2Response } from './http2-response.ts';
import { IncomingBody } from '../http1/incoming-body.ts';
import { internalError } from '../server/internal-error.ts';
import { requestError } from '../http1/codec/request-error.ts';
import type { HttpServerContext } from '../server/server-context.ts';
import { checkTrailers } from '../http1/codec/trailers.ts';
import { NO_ERROR } from './http2-error-codes.ts';

/** The body of one stream on its way to the application, with the time that it may take. */
export class Http2Body {
  readonly #stream: ServerHttp2Stream;
  readonly #response: Http2Response;
  readonly #body: IncomingBody;
  readonly #clock: ConnectionClock;
  readonly #context: HttpServerContext;
  #trailers: readonly string[] = [];
  #unwanted = false;
  /** The client may send no more than the window that it has. */
  #paused = false;

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
    this.#context = context;
    const framing = {
      bodyLength: environ.CONTENT_LENGTH === undefined ? -1 : Number(environ.CONTENT_LENGTH),
      expectContinue,
      trailers: true,
    };
    this.#body = new IncomingBody(framing, environ, context.limits, () => this.#wanted());
    this.#clock = new ConnectionClock(context.limits, () => this.#onLate());
    if (this.#body.withheld) this.#clock.nothing();
    else this.#clock.body();
    this.#receive();
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
    this.#resume();
  }

  /** The stream is gone. */
  close(): void {
    this.#clock.stop();
    if (!this.#stream.readableEnded) this.#body.truncate();
  }

  /**
   * Node reads a stream by pushing a buffer for each DATA frame; a paused one keeps them, 65,535 of one byte each in its
   * window, which are 10 MB. So they are taken as they are pushed, and the body keeps them joined.
   */
  #receive(): void {
    const stream = this.#stream;
    const push = stream.push.bind(stream);
    // What came with the head: Node 20 gives it joined, Node 26 a DATA frame at a time.
    const early: Buffer[] = [];
    for (let chunk = stream.read() as Buffer | null; chunk !== null; chunk = stream.read() as Buffer | null) {
      early.push(chunk);
    }
    stream.push = (chunk: Buffer | null): boolean => (chunk === null ? push(null) : this.#take(chunk));
    stream.resume();
    for (const chunk of early) this.#take(chunk);
  }

  /** @returns false to let the client send no more than its window. */
  #take(chunk: Buffer): boolean {
    const accepts = this.#body.push(chunk);
    this.#clock.received(chunk.length);
    if (this.#unwanted) {
      if (this.#body.exhausted) this.#stream.close(NO_ERROR);
      return true;
    }
    this.#paused = !accepts;
    // Time does not run against a client that is not listened to.
    if (!accepts) this.#clock.nothing();
    return accepts;
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // What `resume` does of a stream that keeps something.
    this.#stream._read(0);
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
      this.#body.fail(internalError(error, this.#context.traits.errors));
    }
  }

  /** As `headOfStream` for the head: Node bounds it by twice as much. */
  #checkTrailerSize(): void {
    const { headSize, headerCount } = this.#context.limits;
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
    if (!this.#paused) return;
    this.#clock.body();
    this.#resume();
  }

  #onLate(): void {
    if (this.#unwanted) this.#stream.close(NO_ERROR);
    else this.#body.fail(requestError('the body came too slowly', 408, 'REQUEST_TIMEOUT'));
  }
}
