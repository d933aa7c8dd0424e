import type { Socket } from 'node:net';
import { type App, TsgiAbortError, TsgiError } from '@tsgi/core';
import { cgiRefusal, environFromVariables } from '@tsgi/core/cgi';
import { Exchange, RequestBody, type ServerTraits } from '@tsgi/core/server';
import {
  type Connection,
  ConnectionClock,
  lingeringClose,
  resetSocket,
  SendTimeout,
  type ServerLimits,
} from '@tsgi/transport';
import { ScgiHeaderDecoder, type ScgiRequestStart } from '../codec/header-decoder.ts';
import type { ScgiDecoderOptions } from '../codec/limits.ts';
import { type ResponseOwner, ScgiResponseWriter } from './response-writer.ts';

/** What all connections of a server share. */
export interface ConnectionSettings {
  readonly traits: ServerTraits;
  readonly decoder: ScgiDecoderOptions;
  readonly limits: ServerLimits;
  readonly log: (text: string) => void;
}

/** One SCGI connection: one request, one answer. */
export class ScgiConnection implements Connection, ResponseOwner {
  readonly #socket: Socket;
  readonly #app: App;
  readonly #settings: ConnectionSettings;
  readonly #decoder: ScgiHeaderDecoder;
  #stage: 'header' | 'request' | 'lingering' = 'header';
  #body: RequestBody | undefined;
  #exchange: Exchange | undefined;
  readonly #clock: ConnectionClock;
  readonly #sendTimeout: SendTimeout;

  constructor(socket: Socket, app: App, settings: ConnectionSettings) {
    this.#socket = socket;
    this.#app = app;
    this.#settings = settings;
    this.#decoder = new ScgiHeaderDecoder(settings.decoder);
    this.#clock = new ConnectionClock(settings.limits, () => this.#onLate());
    this.#sendTimeout = new SendTimeout(socket, settings.limits.sendTimeout, () => resetSocket(socket));
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('close', () => this.#onClose());
  }

  shutDown(): void {
    if (!this.#decoder.started) this.#socket.destroy();
  }

  destroy(): void {
    this.#abort('the server ends');
  }

  written(): void {
    if (this.#socket.writableLength > 0) this.#sendTimeout.watch();
  }

  responseEnded(): void {
    const requestRead = this.#body === undefined || this.#body.complete;
    this.#body?.discard();
    this.#close(requestRead);
  }

  #close(requestRead: boolean): void {
    const socket = this.#socket;
    this.#stage = 'lingering';
    this.#clock.stop();
    // A UNIX socket delivers what was written to it whatever happens next, and closing alone costs a fifth less of the
    // whole request than ending, waiting for the peer and closing. A socket of this kind has no family.
    if (requestRead && socket.writableLength === 0 && socket.remoteFamily === undefined) {
      socket.destroy();
      return;
    }
    lingeringClose(socket, this.#settings.limits);
    this.written();
  }

  #onData(chunk: Buffer): void {
    switch (this.#stage) {
      case 'header':
        this.#onHeaderData(chunk);
        break;
      case 'request':
        this.#takeBody(chunk);
        break;
      default:
    }
  }

  #takeBody(chunk: Uint8Array): void {
    const body = this.#body;
    if (body === undefined || chunk.byteLength === 0) return;
    const accepts = body.push(chunk);
    if (!accepts) this.#socket.pause();
    // Time does not run against a front end that is not listened to.
    if (body.complete || !accepts) this.#clock.nothing();
    else this.#clock.received(chunk.byteLength);
  }

  /** The application waits for bytes of its body, or has made room for them. */
  #onWanted(): void {
    if (!this.#socket.isPaused()) return;
    this.#socket.resume();
    this.#clock.body();
  }

  #onHeaderData(chunk: Buffer): void {
    let start: ScgiRequestStart | undefined;
    try {
      start = this.#decoder.push(chunk);
      if (start !== undefined) this.#begin(start);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** @throws TsgiError for a request that the environ builder refuses. */
  #begin({ variables, contentLength, rest }: ScgiRequestStart): void {
    const environ = environFromVariables(variables, this.#settings.traits);
    this.#clock.nothing();
    this.#stage = 'request';
    if (contentLength > 0) {
      this.#body = new RequestBody({ expected: contentLength, onWanted: () => this.#onWanted() });
      environ['tsgi.input'] = this.#body.input;
      this.#clock.body();
      this.#takeBody(rest);
    }
    this.#exchange = new Exchange(this.#app, environ, new ScgiResponseWriter(this.#socket, this));
    this.#exchange.run();
  }

  /** Answers a request that is framed well; closes on one that is not, for nobody knows where it ends. */
  #refuse(error: unknown): void {
    if (!(error instanceof TsgiError) || error.code === 'SCGI_FRAMING') {
      this.#logRefusal(error instanceof Error ? error.message : String(error));
      this.#socket.destroy();
      return;
    }
    this.#logRefusal(error.message);
    this.#socket.write(cgiRefusal(error), 'latin1');
    this.#close(false);
  }

  #logRefusal(reason: string): void {
    // What was found in a bad request may be anything: it must not forge a line of the log.
    this.#settings.log(`scgi: request refused: ${reason.replace(/[^\x20-\x7e]/g, '?')}\n`);
  }

  #onEnd(): void {
    if (this.#stage === 'header') this.#endInHeader();
    else if (this.#stage === 'request' && this.#body !== undefined && !this.#body.complete) {
      this.#body.end();
      this.#abort(`the front end closed after ${this.#body.received} bytes of the body`);
    }
    // A FIN after the whole request says nothing: netcat sends one and waits. A failed write will tell.
  }

  #endInHeader(): void {
    // A probe that connects and leaves is no fault; half a header is.
    if (!this.#decoder.started) this.#socket.destroy();
    else {
      try {
        this.#decoder.end();
      } catch (error) {
        this.#refuse(error);
      }
    }
  }

  #onClose(): void {
    this.#clock.stop();
    this.#sendTimeout.stop();
    if (this.#stage === 'request') this.#abort('the front end closed the connection');
  }

  #abort(reason: string): void {
    if (this.#stage === 'request') {
      this.#body?.end();
      this.#exchange?.abort(new TsgiAbortError(reason));
    }
    this.#socket.destroy();
  }

  #onLate(): void {
    const { headersTimeout, requestTimeout } = this.#settings.limits;
    if (this.#stage === 'header') {
      if (this.#decoder.started) this.#logRefusal(`no whole header within ${headersTimeout} ms`);
      this.#socket.destroy();
      return;
    }
    this.#body?.fail(
      new TsgiError(`no byte of the request body within ${requestTimeout} ms`, {
        code: 'BODY_TIMEOUT',
        side: 'peer',
        statusHint: 408,
      }),
    );
  }
}
