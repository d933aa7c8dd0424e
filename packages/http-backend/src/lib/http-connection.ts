import type { Socket } from 'node:net';
import { type App, type Environ, TsgiAbortError, TsgiError } from '@tsgi/core';
import { type ConnectionFacts, Exchange } from '@tsgi/core/gateway';
import type { Connection } from '@tsgi/transport';
import { ConnectionClock } from './connection-clock.ts';
import { EnvironFactory } from './environ-factory.ts';
import { IncomingBody } from './incoming-body.ts';
import { lingeringClose } from './lingering-close.ts';
import { refusal } from './refusal.ts';
import { refused } from './refused.ts';
import { type ParsedRequest, RequestParser } from './request-parser.ts';
import { ResponseFraming, type ResponseHost } from './response-framing.ts';
import type { HttpServerContext } from './server-context.ts';
import { expectMuch, receiveFrom, stopReceiving } from './shared-read-socket.ts';
import { resetSocket } from './socket-reset.ts';
import { type TakeOver, upgradeRequest, withUpgrade } from './upgrade.ts';

/** Bytes of a body that are worth a buffer of the connection's own. */
const MUCH = 262_144;

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
  #request: ParsedRequest | undefined;
  /** Until the response has ended. */
  #exchange: Exchange | undefined;
  /** Until all of the body has arrived. */
  #body: IncomingBody | undefined;
  #requests = 0;
  #advancing = false;
  #paused = false;
  /** The application does not read, and has enough. */
  #stalled = false;
  /** Bytes of a head have arrived, or are due after the connection was made. */
  #inHead = true;
  #lastRequest = false;
  /** What follows on the wire means nothing any more. */
  #broken = false;
  #peerEnded = false;
  #takeOver: TakeOver | undefined;
  /** The socket is an application's (`tsgi.upgrade`). */
  #detached = false;
  #closing = false;

  /** @param proxied what a PROXY header said of the connection. */
  constructor(app: App, socket: Socket, context: HttpServerContext, proxied?: ConnectionFacts) {
    this.#app = app;
    this.#socket = socket;
    this.#context = context;
    this.#environs = new EnvironFactory(socket, context, proxied);
    this.#parser = new RequestParser(context.limits);
    this.#framing = new ResponseFraming(socket, this, context.serverLine);
    this.#clock = new ConnectionClock(context.deadlines, context.limits, () => this.#onExpired());
    receiveFrom(socket, (bytes, owned) => this.#onData(bytes, owned));
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => this.#onDrain());
    socket.on('timeout', () => this.#onSendTimeout());
    socket.on('close', () => this.#onClose());
  }

  shutDown(): void {
    this.#lastRequest = true;
    if (this.#exchange === undefined && this.#body === undefined && this.#parser.pending === 0) this.#close();
  }

  destroy(): void {
    this.#exchange?.abort(new TsgiAbortError('the server ends', { code: 'SERVER_CLOSED' }));
    this.#socket.destroy();
  }

  keepsAlive(responseEnds: boolean): boolean {
    if (this.#lastRequest || this.#request?.keepAlive !== true) return false;
    const body = this.#body;
    return body === undefined || !(body.withheld || (responseEnds && !body.drainable));
  }

  congested(): void {
    this.#socket.setTimeout(this.#context.limits.sendTimeout);
  }

  responseEnded(close: boolean): void {
    this.#exchange = undefined;
    // An idle connection holds nothing of its last request.
    this.#request = undefined;
    this.#stalled = false;
    if (close || this.#broken) {
      this.#close();
      return;
    }
    if (this.#framing.full) this.congested();
    if (this.#body !== undefined) {
      this.#body.discard();
      this.#clock.drain();
    }
    // Not from within the run loop: its teardown comes first.
    if (!this.#advancing) process.nextTick(() => this.#advance());
  }

  responseReplaced(): void {
    const takeOver = this.#takeOver;
    const request = this.#request;
    this.#exchange = undefined;
    if (takeOver === undefined || request === undefined) return;
    this.#framing.flush();
    this.#closing = true;
    this.#detached = true;
    this.#clock.stop();
    // Not from within the run loop: its teardown comes first.
    process.nextTick(() => {
      stopReceiving(this.#socket);
      takeOver(upgradeRequest(request, this.#socket), this.#socket, this.#parser.takePending());
      this.#socket.resume();
    });
  }

  responseAborted(reset: boolean): void {
    this.#exchange = undefined;
    this.#closing = true;
    // The end of the connection would end the body; only a reset says that it was cut short (R77).
    if (reset) resetSocket(this.#socket);
    else {
      this.#framing.flush();
      this.congested();
      this.#socket.destroySoon();
    }
  }

  #onSendTimeout(): void {
    if (!this.#detached) resetSocket(this.#socket);
  }

  #onExpired(): void {
    if (this.#exchange !== undefined) {
      if (this.#body === undefined) {
        // A client that has closed and one that has ended only its side look the same until something is sent to them.
        this.#clock.probe();
        this.#framing.interim('HTTP/1.1 102 Processing\r\n\r\n');
      } else this.#refuse(refused('the body came too slowly', 408, 'REQUEST_TIMEOUT'));
    } else if (this.#body !== undefined) this.#close();
    else if (this.#socket.writableLength > 0) {
      // The answer before is still under way: the send timeout is in charge.
      this.#clock.nextRequest();
    } else if (this.#parser.pending > 0) this.#refuse(refused('the head came too slowly', 408, 'HEADERS_TIMEOUT'));
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
    if (this.#exchange !== undefined && this.#body === undefined) this.#clock.probe();
    if (!this.#advancing) this.#advance();
  }

  #onDrain(): void {
    if (this.#detached) return;
    this.#socket.setTimeout(0);
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
      this.#refuse(error instanceof TsgiError ? error : refused(String(error)));
    }
    this.#advancing = false;
    if (this.#closing) return;
    this.#framing.flush();
    const isFull = this.#parser.pending >= this.#context.limits.pipelineSize;
    const pause = this.#stalled || (isFull && (this.#exchange !== undefined || this.#framing.full));
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#socket.pause();
    else this.#socket.resume();
  }

  /** @returns whether there may be more to do. */
  #step(): boolean {
    if (this.#closing || this.#stalled || this.#broken) return false;
    if (this.#body === undefined) {
      if (this.#exchange !== undefined || this.#framing.full) return false;
    }
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
      expectMuch(this.#socket, false);
      this.#clock.unlimited();
    }
    return true;
  }

  #begin(request: ParsedRequest): void {
    const { limits } = this.#context;
    this.#requests += 1;
    if (this.#requests >= limits.maxRequestsPerConnection) this.#lastRequest = true;
    this.#inHead = false;
    this.#clock.unlimited();
    if (request.bodyLength > limits.bodySize) {
      throw refused(`the body is longer than ${limits.bodySize} bytes`, 413, 'BODY_TOO_LARGE');
    }
    const environ = this.#environs.make(request);
    this.#request = request;
    this.#framing.begin(request.protocol === 'HTTP/1.1');
    if (request.bodyLength !== 0) {
      const body = new IncomingBody(request, environ, limits, () => this.#onWanted());
      this.#body = body;
      if (request.bodyLength >= MUCH) expectMuch(this.#socket, true);
      if (!body.withheld) this.#clock.body();
    }
    const app = request.upgrade ? this.#upgradable(request, environ) : this.#app;
    this.#exchange = new Exchange(app, environ, this.#framing);
    this.#exchange.run();
  }

  #upgradable(request: ParsedRequest, environ: Environ): App {
    return withUpgrade(this.#app, environ, request, (takeOver) => {
      this.#takeOver = takeOver;
    });
  }

  #takeBody(chunk: Buffer): void {
    const body = this.#body;
    if (body === undefined) return;
    const accepts = body.push(chunk);
    if (this.#exchange === undefined) {
      if (body.exhausted) this.#close();
    } else if (accepts) this.#clock.bodyBytes(chunk.length);
    else {
      this.#stalled = true;
      // Time does not run against a client that is not listened to.
      this.#clock.unlimited();
    }
  }

  /** The parser has used up what there is. */
  #starved(): void {
    if (this.#body !== undefined) {
      if (this.#peerEnded) this.#truncated(this.#body);
    } else if (this.#parser.pending > 0) {
      if (this.#peerEnded) throw refused('the connection ended within the head');
      if (this.#inHead) return;
      this.#inHead = true;
      this.#clock.head();
    } else if (this.#peerEnded || (this.#lastRequest && this.#requests > 0)) this.#close();
    else if (this.#requests > 0) this.#clock.nextRequest();
  }

  /** The peer ended before its body did: whatever the application makes of the half, it is not the answer (R48). */
  #truncated(body: IncomingBody): void {
    this.#exchange?.abort(new TsgiAbortError('the connection ended within the request body'));
    body.truncate();
    this.#body = undefined;
    const answered = this.#exchange === undefined || this.#framing.headSent;
    this.#exchange = undefined;
    if (answered) this.#socket.destroySoon();
    else this.#close(refusal(refused('the connection ended within the body'), this.#context.serverLine));
  }

  /** The peer got something wrong. A running request hears of it through its body, and its answer is the last one. */
  #refuse(error: TsgiError): void {
    if (this.#exchange === undefined) {
      this.#close(this.#body === undefined ? refusal(error, this.#context.serverLine) : '');
      return;
    }
    this.#broken = true;
    this.#lastRequest = true;
    this.#body?.fail(error);
    this.#body = undefined;
  }

  /** The connection ends, after what is still to be sent. */
  #close(last: string = ''): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#clock.unlimited();
    this.#body?.discard();
    this.#body = undefined;
    this.#socket.setTimeout(this.#context.limits.sendTimeout);
    lingeringClose(this.#socket, this.#context.limits, this.#framing.takeHeld() + last);
  }
}
