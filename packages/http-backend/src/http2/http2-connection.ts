import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { type App, TsgiAbortError } from '@tsgi/core';
import { Deadline } from '@tsgi/core/clock';
import type { ConnectionFacts } from '@tsgi/core/server';
import { type Connection, ConnectionClock } from '@tsgi/transport';
import { EnvironFactory } from '../environ/environ-factory.ts';
import { Http2Exchange, type StreamOwner } from './http2-exchange.ts';
import type { HttpServerContext } from '../server/server-context.ts';
import { type ConnectionHappening, CONNECTION_STATES, type ConnectionState } from './http2-states.ts';
import { MOST_PINGS, SessionPulse } from './session-pulse.ts';
import { ENHANCE_YOUR_CALM, REFUSED_STREAM } from './http2-error-codes.ts';

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
/** Milliseconds between two looks at a connection that has something to do, and at one that waits. */
const LOOK = 500;
const IDLE_LOOK = 3_000;

/** One HTTP/2 connection, framed by `node:http2`: each stream is an exchange of its own. */
export class Http2Connection implements Connection, StreamOwner {
  readonly socket: Socket;
  given = 0;
  readonly #app: App;
  readonly #context: HttpServerContext;
  readonly #environs: EnvironFactory;
  readonly #session: ServerHttp2Session;
  readonly #pulse: SessionPulse;
  /** Of what the state waits for. */
  readonly #clock: ConnectionClock;
  readonly #nextLook = new Deadline(() => this.#look());
  /**
   * Streams that are not closed: those that run, and those whose answer is on its way. No Set: V8 makes it a new table for
   * every few streams that come and go, and each old one keeps the next one and what was in it until a full collection.
   */
  readonly #open: Http2Exchange[] = [];
  #state: ConnectionState = 'opening';
  #lookedAt = 0;
  #lookIn = 0;
  /** The next requests are the last. */
  #retiring = false;
  #requests = 0;
  #answered = 0;
  #resets = 0;

  constructor(app: App, socket: Socket, context: HttpServerContext, proxied?: ConnectionFacts) {
    this.#app = app;
    this.socket = socket;
    this.#context = context;
    this.#environs = new EnvironFactory(socket, context, proxied);
    const { limits } = context;
    this.#session = process.getBuiltinModule('node:http2').performServerHandshake(socket, {
      // Beyond them Node resets the stream; up to them the answer is a 431.
      maxHeaderListPairs: Math.min(2 * limits.headerCount + 4, LARGEST),
      // Of an answer's head: without it 64 KiB, beyond which Node ends the whole session.
      maxSendHeaderBlockLength: LARGEST,
      maxSessionMemory: SESSION_MEMORY,
      maxSessionInvalidFrames: 100,
      maxOutstandingPings: MOST_PINGS,
      settings: {
        maxConcurrentStreams: CONCURRENT_STREAMS,
        maxHeaderListSize: Math.min(2 * limits.headSize, LARGEST),
        enablePush: false,
      },
    });
    const session = this.#session;
    this.#pulse = new SessionPulse(session, socket, limits);
    // Not the session's own timeout, which a client could put off with a byte now and then.
    this.#clock = new ConnectionClock(limits, () => this.#on('late'));
    this.#lookAgain(IDLE_LOOK);
    const onStream = (stream: ServerHttp2Stream, _headers: object, _flags: number, rawHeaders: string[]): void =>
      this.#begin(stream, rawHeaders);
    session.on('stream', onStream as (stream: ServerHttp2Stream) => void);
    // Node destroys the session, and with it streams and socket, who tell the rest. What is wrong is the peer's to know.
    session.on('error', ignore);
    session.once('remoteSettings', () => this.#on('settings'));
    // Node closes the session then, too.
    session.once('goaway', () => this.#on('close'));
    // Node ends the socket behind the last frame, and then waits for the client without end.
    socket.once('finish', () => this.#on('said'));
    // A client that ends its side can neither reset nor open windows: Go and nginx take it for gone, too.
    socket.once('end', () => this.#on('loss'));
    socket.once('close', () => this.#on('loss'));
  }

  retire(): void {
    this.#retiring = true;
  }

  shutDown(): void {
    this.#on('close');
  }

  destroy(): void {
    for (const exchange of this.#open) {
      exchange.abort(new TsgiAbortError('the server ends', { code: 'SERVER_CLOSED' }));
    }
    this.#on('loss');
  }

  get alone(): boolean {
    return this.#open.length === 1;
  }

  answered(): void {
    this.#answered += 1;
  }

  takenBack(): void {
    this.#resets += 1;
    if (this.#resets > MOST_RESETS && this.#resets > this.#answered) {
      this.#context.traits.observer?.refused('TOO_MANY_RESETS', 0, this.socket.remoteAddress);
      this.#session.destroy(undefined, ENHANCE_YOUR_CALM);
    }
  }

  closed(exchange: Http2Exchange): void {
    const last = this.#open.pop();
    if (last !== undefined && last !== exchange) {
      this.#open[exchange.place] = last;
      last.place = exchange.place;
    }
    // Not before: the last of an answer may be long on its way.
    if (this.#open.length === 0) this.#on('quiet');
  }

  #begin(stream: ServerHttp2Stream, rawHeaders: readonly string[]): void {
    // What it means comes with `close`.
    stream.on('error', ignore);
    const { maxRequestsPerConnection } = this.#context.limits;
    this.#requests += 1;
    if (this.#requests > maxRequestsPerConnection) return stream.close(REFUSED_STREAM);
    this.#on('request');
    if (this.#requests === maxRequestsPerConnection) this.#on('close');
    // Not a GOAWAY for highest stream number before (RFC 9113 §6.8): nghttp2 reads nothing behind one when no stream is open.
    // The one that follows the streams of this packet names the last of them: what comes later is known not to be begun.
    else if (this.#retiring) setImmediate(() => this.#on('close'));
    const exchange = new Http2Exchange(stream, this, this.#context);
    exchange.place = this.#open.length;
    this.#open.push(exchange);
    exchange.run(this.#app, this.#environs, rawHeaders);
  }

  #on(happening: ConnectionHappening): void {
    const before = this.#state;
    const state = CONNECTION_STATES[before][happening];
    if (state === undefined) return;
    this.#state = state;
    switch (state) {
      case 'waiting':
        if (before === 'serving') this.#clock.nextRequest();
        break;
      case 'serving':
        this.#clock.nothing();
        if (this.#lookIn > LOOK) this.#lookAgain(LOOK);
        break;
      case 'finishing':
        this.#clock.nothing();
        this.#lookAgain(LOOK);
        this.#session.close();
        break;
      case 'lingering':
        // A connection that is closed while the client still sends is reset, and the reset may overtake the last frames.
        this.#clock.drain();
        break;
      case 'gone':
        this.#clock.stop();
        this.#nextLook.clear();
        this.#session.destroy();
        this.socket.destroy();
        break;
    }
  }

  #look(): void {
    for (const exchange of this.#open) exchange.watch();
    // While the process computed or stood still, nobody could have taken or sent anything.
    const elapsed = Math.min(performance.now() - this.#lookedAt, 2 * this.#lookIn);
    if (this.#pulse.stopped(elapsed)) return this.#on('loss');
    this.#lookAgain(this.#open.length > 0 || this.#state === 'finishing' || this.#pulse.asked ? LOOK : IDLE_LOOK);
  }

  /** @param within milliseconds. */
  #lookAgain(within: number): void {
    this.#lookIn = Math.min(within, this.#context.limits.sendTimeout / 4);
    this.#lookedAt = performance.now();
    this.#nextLook.in(this.#lookIn);
  }
}

function ignore(): void {}
