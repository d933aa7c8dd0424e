import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { type App, TsgiAbortError, TsgiError } from '@tsgi/core';
import { type ConnectionFacts, Exchange } from '@tsgi/core/gateway';
import type { Connection } from '@tsgi/transport';
import { EnvironFactory } from './environ-factory.ts';
import type { HttpServerContext } from './server-context.ts';
import { headOfStream } from './http2-request.ts';
import { Http2Response } from './http2-response.ts';
import { IncomingBody } from './incoming-body.ts';
import { refused } from './refused.ts';

/** Streams at a time on one connection; as nginx. */
const CONCURRENT_STREAMS = 128;
/**
 * Streams that a client may take back before they are answered, before it has to be a client that does nothing else
 * (CVE-2023-44487, rapid reset): Go and nginx count alike.
 */
const MOST_RESETS = 200;

/** One HTTP/2 connection, framed by `node:http2`: each stream is an exchange of its own. */
export class Http2Connection implements Connection {
  readonly #app: App;
  readonly #context: HttpServerContext;
  readonly #environs: EnvironFactory;
  readonly #session: ServerHttp2Session;
  readonly #running = new Map<ServerHttp2Stream, Exchange>();
  #answered = 0;
  #resets = 0;

  constructor(app: App, socket: Socket, context: HttpServerContext, proxied?: ConnectionFacts) {
    this.#app = app;
    this.#context = context;
    this.#environs = new EnvironFactory(socket, context, proxied);
    const { headSize, headerCount, keepAliveTimeout, headersTimeout } = context.limits;
    this.#session = performServerHandshake(socket, {
      maxHeaderListPairs: headerCount + 4,
      maxSessionInvalidFrames: 100,
      settings: { maxConcurrentStreams: CONCURRENT_STREAMS, maxHeaderListSize: headSize, enablePush: false },
    });
    const session = this.#session;
    const onStream = (stream: ServerHttp2Stream, _headers: object, _flags: number, rawHeaders: string[]): void =>
      this.#begin(stream, rawHeaders);
    session.on('stream', onStream as (stream: ServerHttp2Stream) => void);
    session.on('error', () => session.destroy());
    session.setTimeout(headersTimeout, () => {
      if (this.#running.size === 0) session.close();
    });
    session.once('stream', () => session.setTimeout(keepAliveTimeout));
  }

  shutDown(): void {
    if (!this.#session.closed) this.#session.close();
  }

  destroy(): void {
    for (const exchange of this.#running.values()) {
      exchange.abort(new TsgiAbortError('the server ends', { code: 'SERVER_CLOSED' }));
    }
    this.#session.destroy();
  }

  #begin(stream: ServerHttp2Stream, rawHeaders: readonly string[]): void {
    stream.on('error', () => {
      // What it means comes with `close`.
    });
    const { limits, serverLine } = this.#context;
    const server = serverLine.slice('Server: '.length).trimEnd();
    const response = new Http2Response(stream, server, () => this.#ended(stream, body));
    let body: IncomingBody | undefined;
    try {
      const head = headOfStream(rawHeaders, limits.uriLength);
      const environ = this.#environs.make(head);
      const length = environ.CONTENT_LENGTH === undefined ? -1 : Number(environ.CONTENT_LENGTH);
      if (!stream.endAfterHeaders) {
        const expectContinue = environ.HTTP_EXPECT?.toLowerCase() === '100-continue';
        const framing = { bodyLength: length, expectContinue };
        body = new IncomingBody(framing, environ, limits, () => this.#wanted(stream, response, body));
        this.#receive(stream, body);
      }
      const exchange = new Exchange(this.#app, environ, response);
      this.#running.set(stream, exchange);
      stream.once('close', () => this.#closed(stream, body));
      exchange.run();
    } catch (error) {
      this.#refuse(stream, error instanceof TsgiError ? error : refused(String(error)));
    }
  }

  #receive(stream: ServerHttp2Stream, body: IncomingBody): void {
    const { requestTimeout } = this.#context.limits;
    stream.on('data', (chunk: Buffer) => {
      if (!body.push(chunk)) stream.pause();
      else if (body.exhausted) stream.close(constants.NGHTTP2_NO_ERROR);
    });
    stream.on('end', () => body.end({ type: 'end', trailers: [] }));
    stream.setTimeout(requestTimeout, () => {
      if (!stream.isPaused() && !stream.readableEnded)
        body.fail(refused('the body came too slowly', 408, 'REQUEST_TIMEOUT'));
    });
  }

  #wanted(stream: ServerHttp2Stream, response: Http2Response, body: IncomingBody | undefined): void {
    if (body?.withheld === true) {
      body.release();
      response.interim(100);
    }
    stream.resume();
  }

  /** The response has ended; what is left of the request is not wanted (RFC 9113 §8.1). */
  #ended(stream: ServerHttp2Stream, body: IncomingBody | undefined): void {
    this.#running.delete(stream);
    this.#answered += 1;
    if (body === undefined || stream.readableEnded) return;
    body.discard();
    stream.resume();
  }

  #closed(stream: ServerHttp2Stream, body: IncomingBody | undefined): void {
    const exchange = this.#running.get(stream);
    if (exchange === undefined) return;
    this.#running.delete(stream);
    exchange.abort();
    body?.truncate();
    this.#resets += 1;
    if (this.#resets > MOST_RESETS && this.#resets > this.#answered)
      this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  #refuse(stream: ServerHttp2Stream, error: TsgiError): void {
    if (stream.destroyed || stream.headersSent) return;
    const text = `${error.statusHint}: ${error.message.replace(/[^\x20-\x7e]/g, '?')}\n`;
    stream.respond({ ':status': error.statusHint, 'content-type': 'text/plain; charset=utf-8' });
    stream.end(text);
    stream.resume();
  }
}
