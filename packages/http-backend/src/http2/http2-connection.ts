import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { type App, TsgiAbortError, TsgiError } from '@tsgi/core';
import { type ConnectionFacts, Exchange } from '@tsgi/core/server';
import type { Connection } from '@tsgi/transport';
import { ConnectionClock } from '../http1/connection-clock.ts';
import { EnvironFactory } from '../environ/environ-factory.ts';
import { expectsContinue } from '../http1/codec/framing.ts';
import { Http2Body } from './http2-body.ts';
import { headOfStream } from './http2-request.ts';
import { Http2Response } from './http2-response.ts';
import { requestError } from '../http1/codec/request-error.ts';
import type { HttpServerContext } from '../server/server-context.ts';

/** Streams at a time on one connection; as nginx. */
const CONCURRENT_STREAMS = 128;
/**
 * Streams that a client may take back before they are answered, before it has to be a client that does nothing else
 * (CVE-2023-44487, rapid reset): Go and nginx count alike. nghttp2 bounds the rate of all resets beside it.
 */
const MOST_RESETS = 200;
/**
 * MB of one session, beyond which its streams are refused; Node counts in 32 bits. At the 10 that Node takes, one long chunk
 * on its way would do. Streams, heads and windows have bounds of their own; what else there is came from the application.
 */
const SESSION_MEMORY = 4_000;
/** What Node holds its options in: it throws at more, and takes Infinity for 0. */
const LARGEST = 2 ** 32 - 1;

/** One HTTP/2 connection, framed by `node:http2`: each stream is an exchange of its own. */
export class Http2Connection implements Connection {
  readonly #app: App;
  readonly #socket: Socket;
  readonly #context: HttpServerContext;
  readonly #environs: EnvironFactory;
  readonly #session: ServerHttp2Session;
  readonly #clock: ConnectionClock;
  readonly #server: string;
  readonly #running = new Map<ServerHttp2Stream, Exchange>();
  /** Streams that are not closed: those that run, and those whose answer is on its way. */
  #open = 0;
  /** The client has sent its preface, which ends with its SETTINGS. */
  #begun = false;
  #requests = 0;
  #answered = 0;
  #resets = 0;

  constructor(app: App, socket: Socket, context: HttpServerContext, proxied?: ConnectionFacts) {
    this.#app = app;
    this.#socket = socket;
    this.#context = context;
    this.#server = context.serverLine.slice('Server: '.length).trimEnd();
    this.#environs = new EnvironFactory(socket, context, proxied);
    const { headSize, headerCount } = context.limits;
    this.#session = performServerHandshake(socket, {
      // Beyond them Node resets the stream; up to them the answer is a 431.
      maxHeaderListPairs: Math.min(2 * headerCount + 4, LARGEST),
      // Of an answer's head: without it 64 KiB, beyond which Node ends the whole session.
      maxSendHeaderBlockLength: LARGEST,
      maxSessionMemory: SESSION_MEMORY,
      maxSessionInvalidFrames: 100,
      settings: {
        maxConcurrentStreams: CONCURRENT_STREAMS,
        maxHeaderListSize: Math.min(2 * headSize, LARGEST),
        enablePush: false,
      },
    });
    const session = this.#session;
    const onStream = (stream: ServerHttp2Stream, _headers: object, _flags: number, rawHeaders: string[]): void =>
      this.#begin(stream, rawHeaders);
    session.on('stream', onStream as (stream: ServerHttp2Stream) => void);
    session.on('error', () => session.destroy());
    session.once('remoteSettings', () => {
      this.#begun = true;
    });
    // Not the session's own timeout, which a client could put off with a byte now and then.
    this.#clock = new ConnectionClock(context.deadlines, context.limits, () => this.#close());
    // A client that ends its side can neither reset nor open windows: Go and nginx take it for gone, too.
    socket.once('end', () => this.#drop());
    socket.once('close', () => this.#clock.stop());
  }

  shutDown(): void {
    this.#close();
  }

  destroy(): void {
    for (const exchange of this.#running.values()) {
      exchange.abort(new TsgiAbortError('the server ends', { code: 'SERVER_CLOSED' }));
    }
    this.#drop();
  }

  #drop(): void {
    this.#session.destroy();
    this.#socket.destroy();
  }

  /** GOAWAY; what runs is finished. */
  #close(): void {
    if (!this.#begun) return this.#drop();
    if (this.#session.closed) return;
    this.#clock.unlimited();
    // Node ends the socket behind the last frame, and then waits for the client without end.
    this.#socket.once('finish', () => this.#linger());
    this.#session.close();
  }

  /** A connection that is closed while the client still sends is reset, and the reset may overtake the last frames. */
  #linger(): void {
    if (this.#socket.destroyed) return;
    const timer = setTimeout(() => this.#socket.destroy(), Math.min(this.#context.limits.drainTimeout, 2 ** 31 - 1));
    timer.unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }

  #begin(stream: ServerHttp2Stream, rawHeaders: readonly string[]): void {
    stream.on('error', () => {
      // What it means comes with `close`.
    });
    const { limits } = this.#context;
    this.#requests += 1;
    if (this.#requests > limits.maxRequestsPerConnection) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
    this.#clock.unlimited();
    if (this.#requests === limits.maxRequestsPerConnection) this.#close();
    let body: Http2Body | undefined;
    const response = new Http2Response(stream, this.#server, limits.sendTimeout, () => this.#ended(stream, body));
    this.#open += 1;
    // Of a stream that is paused, a reset with NO_ERROR brings `aborted` and no `close`.
    stream.once('aborted', () => this.#gone(stream, body));
    stream.once('close', () => this.#closed(stream, body));
    try {
      const environ = this.#environs.make(headOfStream(rawHeaders, limits));
      const { HTTP_EXPECT } = environ;
      const expectContinue = HTTP_EXPECT !== undefined && expectsContinue(HTTP_EXPECT);
      if (!stream.endAfterHeaders) body = new Http2Body(stream, environ, expectContinue, response, this.#context);
      const exchange = new Exchange(this.#app, environ, response);
      this.#running.set(stream, exchange);
      exchange.run();
    } catch (error) {
      this.#refuse(stream, response, error instanceof TsgiError ? error : requestError(String(error)));
    }
  }

  #ended(stream: ServerHttp2Stream, body: Http2Body | undefined): void {
    this.#answered += 1;
    this.#running.delete(stream);
    body?.discard();
  }

  #closed(stream: ServerHttp2Stream, body: Http2Body | undefined): void {
    this.#gone(stream, body);
    this.#open -= 1;
    // Not before: the last of an answer may be long on its way.
    if (this.#open === 0 && !this.#session.closed) this.#clock.nextRequest();
  }

  #gone(stream: ServerHttp2Stream, body: Http2Body | undefined): void {
    body?.close();
    const exchange = this.#running.get(stream);
    if (exchange === undefined) return;
    this.#running.delete(stream);
    exchange.abort();
    this.#resets += 1;
    if (this.#resets > MOST_RESETS && this.#resets > this.#answered) {
      this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    }
  }

  #refuse(stream: ServerHttp2Stream, response: Http2Response, error: TsgiError): void {
    // What comes of a refused body is not read; RFC 9113 §8.1 has it taken back without an error.
    if (!stream.endAfterHeaders) stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
    response.refuse(error);
    stream.resume();
  }
}
