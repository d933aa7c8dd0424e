import type { Socket } from 'node:net';
import { type App, TsgiAbortError, TsgiError } from '@tsgi/core';
import { type ConnectionFacts, Exchange } from '@tsgi/core/server';
import type { Connection } from '@tsgi/transport';
import { ConnectionClock } from './connection-clock.ts';
import { EnvironFactory } from '../environ/environ-factory.ts';
import { IncomingBody } from './incoming-body.ts';
import { lingeringClose } from '../socket/lingering-close.ts';
import { Persistence } from './persistence.ts';
import { errorAnswer } from './codec/error-answer.ts';
import { requestError } from './codec/request-error.ts';
import { type ParsedRequest, RequestParser } from './codec/request-parser.ts';
import { ResponseFraming, type ResponseHost } from './response-framing.ts';
import type { HttpServerContext } from '../server/server-context.ts';
import { expectBytes, receiveFrom, stopReceiving } from '../socket/shared-read-socket.ts';
import { SocketFlow } from '../socket/socket-flow.ts';
import { resetSocket } from '../socket/socket-reset.ts';
import { UpgradeOffer } from './upgrade.ts';

/**
 * One HTTP/1 connection: requests are read, run and answered one after another. What a client sends ahead waits as
 * bytes; the socket is paused when that is too much, when the application does not read its body, and when the client
 * does not read its answers.
 */
export class HttpConnection implements Connection, ResponseHost {
  readonly #app: App;
  readonly #socket: Socket;
  readonly #context: HttpServerContext;
  readonly #parser: RequestParser;
  readonly #framing: ResponseFraming;
  readonly #environs: EnvironFactory;
  readonly #clock: ConnectionClock;
  readonly #persistence: Persistence;
  readonly #flow: SocketFlow;
  #request: ParsedRequest | undefined;
  /** Until the response has ended. */
  #exchange: Exchange | undefined;
  /** Until all of the body has arrived. */
  #body: IncomingBody | undefined;
  #advancing = false;
  /** The application does not read, and has enough. */
  #stalled = false;
  /** Bytes of a head have arrived, or are due after the connection was made. */
  #inHead = true;
  /** What follows on the wire means nothing any more. */
  #broken = false;
  #peerEnded = false;
  #offer: UpgradeOffer | undefined;
  #closing = false;

  constructor(app: App, socket: Socket, context: HttpServerContext, proxied?: ConnectionFacts) {
    this.#app = app;
    this.#socket = socket;
    this.#context = context;
    this.#environs = new EnvironFactory(socket, context, proxied);
    this.#persistence = new Persistence(context.limits.maxRequestsPerConnection);
    this.#parser = new RequestParser(context.limits);
    this.#framing = new ResponseFraming(socket, this, context.serverLine);
    this.#flow = new SocketFlow(socket, context.limits.sendTimeout);
    this.#clock = new ConnectionClock(context.deadlines, context.limits, () => this.#onExpired());
    receiveFrom(socket, (bytes, owned) => this.#onData(bytes, owned));
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => this.#onDrain());
    socket.on('close', () => this.#onClose());
  }

  shutDown(): void {
    this.#persistence.end();
    if (this.#exchange === undefined && this.#body === undefined && this.#parser.pending === 0) this.#close();
  }

  destroy(): void {
    this.#exchange?.abort(new TsgiAbortError('the server ends', { code: 'SERVER_CLOSED' }));
    this.#socket.destroy();
  }

  keepsAlive(responseEnds: boolean): boolean {
    return this.#persistence.keepsAlive(this.#request, this.#body, responseEnds);
  }

  congested(): void {
    this.#flow.congested();
  }

  responseEnded(close: boolean): void {
    this.#exchange = undefined;
    // An idle connection holds nothing of its last request.
    this.#request = undefined;
    this.#offer = undefined;
    this.#stalled = false;
    if (close || this.#broken) return this.#close();
    if (this.#framing.full) this.#flow.congested();
    if (this.#body !== undefined) {
      this.#body.discard();
      this.#clock.drain();
    }
    // Not from within the run loop: its teardown comes first.
    if (!this.#advancing) process.nextTick(() => this.#advance());
  }

  responseReplaced(): void {
    this.#exchange = undefined;
    this.#framing.flush();
    this.#closing = true;
    this.#flow.release();
    this.#clock.stop();
    process.nextTick(() => {
      stopReceiving(this.#socket);
      void this.#offer?.handOver(this.#socket, this.#parser.takePending());
    });
  }

  responseAborted(reset: boolean): void {
    this.#exchange = undefined;
    this.#closing = true;
    // The end of the connection would end the body; only a reset says that it was cut short (R77).
    if (reset) resetSocket(this.#socket);
    else {
      this.#framing.flush();
      this.#flow.congested();
      this.#socket.destroySoon();
    }
  }

  #onExpired(): void {
    if (this.#exchange !== undefined) {
      if (this.#body === undefined) {
        // A client that has closed and one that has ended only its side look the same until something is sent to them.
        const hasMoved = this.#clock.probe(this.#socket.bytesWritten) || this.#socket.writableLength > 0;
        // Nothing can be sent between two chunks: who left a stream of events is taken for gone, as by nginx and Node.
        if (!this.#framing.headSent || hasMoved) this.#framing.interim('HTTP/1.1 102 Processing\r\n\r\n');
        else this.#socket.destroy();
      } else this.#refuse(requestError('the body came too slowly', 408, 'REQUEST_TIMEOUT'));
    } else if (this.#body !== undefined) this.#close();
    // The answer before is still under way: the send timeout is in charge.
    else if (this.#socket.writableLength > 0) this.#clock.nextRequest();
    else if (this.#parser.pending > 0) this.#refuse(requestError('the head came too slowly', 408, 'HEADERS_TIMEOUT'));
    else this.#close();
  }

  #onData(bytes: Buffer, owned: boolean): void {
    if (this.#closing) return;
    this.#parser.receive(bytes, owned);
    if (!this.#advancing) this.#advance();
    this.#parser.keep();
  }

  #onEnd(): void {
    this.#peerEnded = true;
    if (this.#closing) return;
    if (this.#exchange !== undefined && this.#body === undefined) this.#clock.probe(this.#socket.bytesWritten);
    if (!this.#advancing) this.#advance();
  }

  #onDrain(): void {
    this.#framing.drained();
    if (this.#exchange === undefined && !this.#advancing) this.#advance();
  }

  #onClose(): void {
    this.#closing = true;
    this.#clock.stop();
    this.#parser.release();
    this.#exchange?.abort();
    this.#body?.truncate();
  }

  /** The application waits for bytes of its body, or has made room for them. */
  #onWanted(): void {
    const body = this.#body;
    if (body === undefined || this.#closing) return;
    if (body.withheld) {
      body.release();
      // RFC 9110 §10.1.1: a client that sends already does not wait.
      if (this.#parser.pending === 0) this.#framing.interim('HTTP/1.1 100 Continue\r\n\r\n');
      this.#clock.body();
    }
    if (!this.#stalled) return;
    this.#stalled = false;
    this.#clock.body();
    if (!this.#advancing) this.#advance();
  }

  /** Goes as far as it can: through requests that are answered at once, up to the first that has to wait. */
  #advance(): void {
    if (this.#closing) return;
    this.#advancing = true;
    this.#framing.hold();
    try {
      while (this.#step());
    } catch (error) {
      this.#refuse(error instanceof TsgiError ? error : requestError(String(error)));
    }
    this.#advancing = false;
    if (this.#closing) return;
    this.#framing.flush();
    // Not at once when an application falls behind its body: it mostly reads on before the next packet.
    const isFull = this.#parser.pending >= this.#context.limits.pipelineSize;
    this.#flow.pause(isFull && (this.#stalled || this.#exchange !== undefined || this.#framing.full));
  }

  /** @returns whether there may be more to do. */
  #step(): boolean {
    if (this.#closing || this.#stalled || this.#broken) return false;
    if (this.#body === undefined && (this.#exchange !== undefined || this.#framing.full)) return false;
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
      expectBytes(this.#socket, 0);
      this.#clock.unlimited();
    }
    return true;
  }

  #begin(request: ParsedRequest): void {
    this.#persistence.count();
    this.#inHead = false;
    this.#clock.unlimited();
    this.#request = request;
    const environ = this.#environs.make(request);
    this.#framing.begin(request.protocol === 'HTTP/1.1');
    if (request.bodyLength !== 0) {
      const body = new IncomingBody(request, environ, this.#context.limits, () => this.#onWanted());
      if (!body.takeWhole(this.#parser)) {
        this.#body = body;
        if (!body.withheld) this.#clock.body();
      }
    }
    const app = request.upgrade ? (this.#offer = new UpgradeOffer(request)).app(this.#app, environ) : this.#app;
    this.#exchange = new Exchange(app, environ, this.#framing);
    this.#exchange.run();
  }

  #takeBody(chunk: Buffer): void {
    const body = this.#body;
    if (body === undefined) return;
    const accepts = body.push(chunk);
    expectBytes(this.#socket, body.size);
    if (this.#exchange === undefined) return body.exhausted ? this.#close() : undefined;
    if (accepts) this.#clock.bodyBytes(chunk.length);
    else {
      this.#stalled = true;
      this.#clock.unlimited(); // Time does not run against a client that is not listened to.
    }
  }

  /** The parser has used up what there is. */
  #starved(): void {
    if (this.#body !== undefined) {
      if (this.#peerEnded) this.#truncated(this.#body);
    } else if (this.#parser.pending > 0) {
      if (this.#peerEnded) throw requestError('the connection ended within the head');
      if (this.#inHead) return;
      this.#inHead = true;
      this.#clock.head();
    } else if (this.#peerEnded || this.#persistence.over) this.#close();
    else if (this.#persistence.served) this.#clock.nextRequest();
  }

  /** The peer ended before its body did: whatever the application makes of the half, it is not the answer (R48). */
  #truncated(body: IncomingBody): void {
    this.#exchange?.abort(new TsgiAbortError('the connection ended within the request body'));
    body.truncate();
    this.#body = undefined;
    const answered = this.#exchange === undefined || this.#framing.headSent;
    this.#exchange = undefined;
    if (answered) this.#socket.destroySoon();
    else this.#close(requestError('the connection ended within the body'));
  }

  /** The peer got something wrong. A running request hears of it through its body, and its answer is the last one. */
  #refuse(error: TsgiError): void {
    if (this.#exchange === undefined) return this.#close(this.#body === undefined ? error : undefined);
    this.#broken = true;
    this.#persistence.end();
    this.#body?.fail(error);
    this.#body = undefined;
  }

  /** The connection ends, after what is still to be sent. Whoever is refused is answered, and may not have said all. */
  #close(error?: TsgiError): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#clock.unlimited();
    const method = this.#request?.method ?? this.#parser.refusedMethod;
    const answer = error === undefined ? '' : errorAnswer(error, this.#context.serverLine, method);
    const sending = error !== undefined || this.#broken || this.#body !== undefined || this.#parser.pending > 0;
    this.#body?.discard();
    this.#body = undefined;
    this.#flow.congested();
    lingeringClose(this.#socket, this.#context.limits, this.#framing.takeHeld() + answer, sending);
  }
}
