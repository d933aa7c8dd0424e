import type { Socket } from 'node:net';
import { type App, TsgiAbortError, type TsgiError } from '@tsgi/core';
import { type ConnectionFacts, Exchange, type ResponseHead } from '@tsgi/core/server';
import {
  type Connection,
  ConnectionClock,
  lingeringClose,
  type PausedReader,
  resetSocket,
  SendTimeout,
  unwatchPaused,
  watchPaused,
} from '@tsgi/transport';
import { ConnectionState } from './connection-state.ts';
import { EnvironFactory } from '../environ/environ-factory.ts';
import { IncomingBody } from './incoming-body.ts';
import { errorAnswer } from './codec/error-answer.ts';
import { requestError } from './codec/request-error.ts';
import { type ParsedRequest, RequestParser } from './codec/request-parser.ts';
import { Http1ResponseWriter, httpDate, type ResponseHost } from './response-writer.ts';
import { internalError } from '../server/internal-error.ts';
import type { HttpServerContext } from '../server/server-context.ts';
import { expectBytes, receiveFrom, stopReceiving } from '../socket/shared-read-socket.ts';
import { UpgradeOffer } from './upgrade.ts';

/** How long a client that has ended its side waits before it is asked, by an interim response, whether it is there. */
const PROBE_AFTER = 1_000;

/**
 * One HTTP/1 connection: what arrives and what is answered, on the way through the phases of `ConnectionState`. The socket is
 * paused when too much has come ahead, when the application does not read its body, and when the client does not read its
 * answers.
 */
export class HttpConnection implements Connection, ResponseHost, PausedReader {
  readonly socket: Socket;
  readonly #app: App;
  readonly #context: HttpServerContext;
  readonly #state: ConnectionState;
  readonly #parser: RequestParser;
  readonly #writer: Http1ResponseWriter;
  readonly #environs: EnvironFactory;
  readonly #clock: ConnectionClock;
  #sendTimeout: SendTimeout | undefined;
  #request: ParsedRequest | undefined;
  /** Until the response has ended. */
  #exchange: Exchange | undefined;
  /** Until all of the body has arrived. */
  #body: IncomingBody | undefined;
  #offer: UpgradeOffer | undefined;
  /** `#advance` runs: what happens within it, it will see. */
  #advancing = false;
  #peerEnded = false;
  #paused = false;
  /** Bytes that may be read beyond what is enough, to find the client's end. */
  #readOn = 0;
  /** Bytes that had been sent when the client was last asked whether it is there. */
  #probedAt = -1;

  constructor(app: App, socket: Socket, context: HttpServerContext, proxied?: ConnectionFacts) {
    this.socket = socket;
    this.#app = app;
    this.#context = context;
    this.#environs = new EnvironFactory(socket, context, proxied);
    this.#state = new ConnectionState(context.limits.maxRequestsPerConnection);
    this.#parser = new RequestParser(context.limits);
    this.#writer = new Http1ResponseWriter(socket, this, context.serverLine);
    this.#clock = new ConnectionClock(context.limits, () => this.#onLate());
    receiveFrom(socket, (bytes, owned) => this.#onData(bytes, owned));
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => this.#onDrain());
    socket.on('close', () => this.#onClose());
  }

  retire(): void {
    this.#state.retire();
  }

  shutDown(): void {
    this.#state.end();
    if (!this.#state.running && this.#body === undefined && this.#parser.pending === 0) this.#close();
  }

  destroy(): void {
    this.#exchange?.abort(new TsgiAbortError('the server ends', { code: 'SERVER_CLOSED' }));
    this.socket.destroy();
  }

  // What the writer of the response asks and tells.

  /** Said in the head of a response: an unread body may cost more than the connection is worth. */
  keepsAlive(responseEnds: boolean): boolean {
    if (!this.#state.goesOn || this.#request?.keepAlive !== true) return false;
    const body = this.#body;
    return body === undefined || !(body.withheld || (responseEnds && !body.drainable));
  }

  congested(): void {
    this.#sendTimeout ??= new SendTimeout(this.socket, this.#context.limits.sendTimeout, () =>
      resetSocket(this.socket),
    );
    this.#sendTimeout.watch();
  }

  responseEnded(close: boolean): void {
    const isLast = close || this.#state.phase === 'last';
    const isAnnounced = this.#request?.keepAlive === false;
    // An idle connection holds nothing of its last request.
    this.#exchange = undefined;
    this.#request = undefined;
    this.#offer = undefined;
    if (isLast) return this.#close(undefined, isAnnounced);
    this.#state.on('answered');
    if (this.#writer.full) this.congested();
    if (this.#body !== undefined) {
      this.#body.discard();
      this.#clock.drain();
    }
    if (this.#advancing) return;
    if (this.#isIdle) this.#clock.nextRequest();
    // Not from within the run loop: its teardown comes first.
    else process.nextTick(() => this.#advance());
  }

  /** There is nothing to go on with but the next request's first byte. */
  get #isIdle(): boolean {
    if (this.#state.phase !== 'waiting' || this.#state.over || this.#peerEnded || this.#writer.full) return false;
    return this.#parser.idle && !this.#paused && this.#readOn === 0;
  }

  responseReplaced(head: ResponseHead): boolean {
    const offer = this.#offer;
    if (offer?.isTakenBy(head) !== true || !this.#state.on('upgraded')) return false;
    this.#exchange = undefined;
    this.#writer.flush();
    this.#sendTimeout?.stop();
    this.#clock.stop();
    unwatchPaused(this);
    process.nextTick(() => {
      stopReceiving(this.socket);
      void offer.handOver(this.socket, this.#parser.takePending());
    });
    return true;
  }

  responseAborted(reset: boolean): void {
    this.#exchange = undefined;
    this.#state.on('cutShort');
    // The end of the connection would end the body; only a reset says that it was cut short (R77).
    if (reset) resetSocket(this.socket);
    else {
      this.#writer.flush();
      this.congested();
      this.socket.destroySoon();
    }
  }

  // What the socket, the clock and the application report.

  #onData(bytes: Buffer, owned: boolean): void {
    if (!this.#state.open) return;
    this.#parser.receive(bytes, owned);
    if (!this.#advancing) this.#advance();
    this.#parser.keep();
  }

  #onEnd(): void {
    this.#peerEnded = true;
    if (!this.#state.open) return;
    if (!this.#advancing) this.#advance();
    this.#watchEnded();
  }

  /** Behind the client's end nobody reads any more, and a reset would go by unseen. */
  #watchEnded(): void {
    if (!this.#peerEnded || !this.#state.running) return;
    watchPaused(this);
    if (this.#body === undefined) this.#awaitAnswer();
  }

  #onDrain(): void {
    this.#writer.drained();
    if (!this.#state.running && !this.#advancing) this.#advance();
  }

  #onClose(): void {
    this.#state.on('gone');
    this.#clock.stop();
    this.#sendTimeout?.stop();
    unwatchPaused(this);
    this.#parser.release();
    this.#exchange?.abort();
    this.#body?.truncate();
  }

  /** The application waits for bytes of its body, or has made room for them. One function for all requests. */
  readonly #onWanted = (): void => {
    const body = this.#body;
    if (body === undefined || !this.#state.open) return;
    if (body.withheld) {
      body.release();
      // RFC 9110 §10.1.1: a client that sends already does not wait.
      if (this.#parser.pending === 0) this.#writer.interim('HTTP/1.1 100 Continue\r\n\r\n');
      this.#clock.body();
    }
    if (!this.#state.on('wanted')) return;
    this.#clock.body();
    if (!this.#advancing) this.#advance();
  };

  #onLate(): void {
    switch (this.#state.phase) {
      case 'receiving':
        return this.#refuse(requestError('the body came too slowly', 408, 'REQUEST_TIMEOUT'));
      case 'stalled':
      case 'answering':
      case 'last':
        return this.#probe();
      case 'waiting':
      case 'head':
        // The answer before is still under way: the send timeout is in charge.
        if (this.socket.writableLength > 0) return this.#clock.nextRequest();
        if (this.#parser.pending === 0) return this.#close();
        return this.#refuse(requestError('the head came too slowly', 408, 'HEADERS_TIMEOUT'));
      default:
        return this.#close();
    }
  }

  /** The application has all the time it wants; whether a client that has ended its side waits for it is asked now and then. */
  #awaitAnswer(): void {
    this.#clock.nothing();
    if (!this.#peerEnded) return;
    this.#probedAt = this.socket.bytesWritten;
    this.#clock.in(PROBE_AFTER);
  }

  /**
   * A client that has closed and one that has ended only its side look the same until something is sent to them. Had it
   * closed, what was sent would have brought its reset.
   */
  #probe(): void {
    const hasMoved = this.socket.bytesWritten !== this.#probedAt || this.socket.writableLength > 0;
    // Nothing can be sent between two chunks: who left a stream of events is taken for gone, as by nginx and Node.
    if (this.#writer.headSent && !hasMoved) return void this.socket.destroy();
    this.#awaitAnswer();
    this.#writer.interim('HTTP/1.1 102 Processing\r\n\r\n');
  }

  // On with what has arrived.

  /** Goes as far as it can: through requests that are answered at once, up to the first that has to wait. */
  #advance(): void {
    if (!this.#state.open) return;
    this.#advancing = true;
    this.#writer.hold();
    try {
      while (this.#step());
    } catch (error) {
      this.#refuse(internalError(error, this.#context.traits.errors));
    }
    this.#advancing = false;
    if (!this.#state.open) return;
    this.#writer.flush();
    this.#pauseIfFull();
  }

  /** @returns whether there may be more to do. */
  #step(): boolean {
    const state = this.#state;
    // A client that has ended sends no more than is here: it is read to its end, to know whether that is all.
    if (!state.reading && !(state.phase === 'stalled' && this.#peerEnded)) return false;
    if (this.#writer.full && this.#body === undefined) return false;
    const event = this.#parser.next();
    if (event === undefined) {
      this.#starved();
      return false;
    }
    if (Buffer.isBuffer(event)) this.#takeBody(event);
    else if (event.type === 'request') this.#begin(event);
    else {
      this.#body?.end(event);
      this.#body = undefined;
      expectBytes(this.socket, 0);
      state.on('bodyEnded');
      this.#awaitAnswer();
    }
    return true;
  }

  #begin(request: ParsedRequest): void {
    this.#clock.nothing();
    this.#request = request;
    const environ = this.#environs.make(request);
    this.#writer.begin(request.protocol === 'HTTP/1.1');
    if (request.bodyLength !== 0) {
      const body = new IncomingBody(request, environ, this.#context.limits, this.#onWanted);
      if (!body.takeWhole(this.#parser)) {
        this.#body = body;
        if (!body.withheld) this.#clock.body();
      }
    }
    this.#state.on(this.#body === undefined ? 'request' : 'requestWithBody');
    const app = request.upgrade ? (this.#offer = new UpgradeOffer(request)).app(this.#app, environ) : this.#app;
    const observer = this.#context.traits.observer?.begins(environ, this.#environs.fromFrontEnd);
    this.#exchange = new Exchange(app, environ, this.#writer, observer);
    this.#exchange.run();
    this.#watchEnded();
  }

  #takeBody(chunk: Buffer): void {
    const body = this.#body;
    if (body === undefined) return;
    const accepts = body.push(chunk);
    expectBytes(this.socket, body.size);
    if (body.exhausted) this.#close();
    else if (accepts || this.#peerEnded || !this.#state.on('enough')) this.#clock.received(chunk.length);
    // Time does not run against a client that is not listened to.
    else this.#clock.nothing();
  }

  /** The parser has used up what there is. */
  #starved(): void {
    const state = this.#state;
    if (this.#body !== undefined) {
      if (this.#peerEnded) this.#truncated(this.#body);
    } else if (this.#parser.pending > 0) {
      if (this.#peerEnded) throw requestError('the connection ended within the head');
      if (state.on('headBegan')) this.#clock.head();
    } else if (this.#peerEnded || state.over) this.#close();
    else if (state.phase === 'waiting') this.#clock.nextRequest();
  }

  /** Not at once when an application falls behind its body: it mostly reads on before the next packet. */
  #pauseIfFull(): void {
    const { pending } = this.#parser;
    const { pipelineSize } = this.#context.limits;
    const isFull = pending >= pipelineSize && (!this.#state.reading || this.#writer.full);
    if (isFull) watchPaused(this);
    else if (this.#readOn > 0 || this.#paused) {
      this.#readOn = 0;
      if (!this.#peerEnded) unwatchPaused(this);
    }
    this.#pause(isFull && pending >= pipelineSize + this.#readOn);
  }

  #pause(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.socket.pause();
    else this.socket.resume();
  }

  /** The client may have left, and its end stand in line behind what was not read. */
  readOn(bytes: number): void {
    this.#readOn = bytes;
    if (this.#state.open) this.#pauseIfFull();
  }

  // The end.

  /** The peer ended before its body did: whatever the application makes of the half, it is not the answer (R48). */
  #truncated(body: IncomingBody): void {
    this.#exchange?.abort(new TsgiAbortError('the connection ended within the request body'));
    body.truncate();
    this.#body = undefined;
    const isAnswered = this.#exchange === undefined || this.#writer.headSent;
    this.#exchange = undefined;
    if (isAnswered) {
      this.#state.on('truncated');
      this.socket.destroySoon();
    } else this.#close(requestError('the connection ended within the body'));
  }

  /** The peer got something wrong. A running request hears of it through its body, and its answer is the last one. */
  #refuse(error: TsgiError): void {
    if (!this.#state.running) {
      const isAnswered = this.#body === undefined;
      this.#context.traits.observer?.refused(error.code, isAnswered ? error.statusHint : 0, this.socket.remoteAddress);
      return this.#close(isAnswered ? error : undefined);
    }
    this.#state.on('refused');
    this.#body?.fail(error);
    this.#body = undefined;
    this.#awaitAnswer();
  }

  /**
   * The connection ends, after what is still to be sent. Whoever is refused is answered, and may not have said all.
   *
   * @param isAnnounced by the client: it sends nothing more (RFC 9112 §9.6), and there is nothing to wait for.
   */
  #close(error?: TsgiError, isAnnounced = false): void {
    const sending =
      error !== undefined || this.#state.phase === 'last' || this.#body !== undefined || this.#parser.pending > 0;
    const event = this.#state.running
      ? error === undefined
        ? 'answeredLast'
        : 'truncated'
      : error
        ? 'refused'
        : 'over';
    if (!this.#state.on(event)) return;
    this.#clock.stop();
    unwatchPaused(this);
    const method = this.#request?.method ?? this.#parser.refusedMethod;
    const answer = error === undefined ? '' : errorAnswer(error, httpDate(), this.#context.serverLine, method);
    this.#body?.discard();
    this.#body = undefined;
    const last = this.#writer.takeHeld() + answer;
    if (isAnnounced && !sending) {
      if (last !== '') this.socket.write(last, 'latin1');
      this.socket.destroySoon();
    } else lingeringClose(this.socket, this.#context.limits, { last, sending, receive: receiveFrom });
    if (this.socket.writableLength > 0) this.congested();
  }
}
