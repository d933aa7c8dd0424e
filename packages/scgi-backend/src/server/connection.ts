import type { Socket } from 'node:net';
import { type App, TsgiAbortError, TsgiError } from '@tsgi/core';
import { cgiRefusal, environFromVariables } from '@tsgi/core/cgi';
import { Exchange, RequestBody, type ServerTraits } from '@tsgi/core/server';
import { type Connection, LingeringClose } from '@tsgi/transport';
import { ScgiHeaderDecoder, type ScgiRequestStart } from '../codec/header-decoder.ts';
import type { ScgiDecoderOptions } from '../codec/limits.ts';
import { type ResponseOwner, ScgiResponseWriter } from './response-writer.ts';

/** What all connections of a server share. */
export interface ConnectionSettings {
  readonly traits: ServerTraits;
  readonly decoder: ScgiDecoderOptions;
  /** Milliseconds. */
  readonly headersTimeout: number;
  /** Milliseconds. */
  readonly requestTimeout: number;
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
  #lingering: LingeringClose | undefined;
  /** Runs out on a late header or a late body: one at a time. */
  #timer: NodeJS.Timeout;

  constructor(socket: Socket, app: App, settings: ConnectionSettings) {
    this.#socket = socket;
    this.#app = app;
    this.#settings = settings;
    this.#decoder = new ScgiHeaderDecoder(settings.decoder);
    this.#timer = setTimeout(() => this.#headerTimedOut(), settings.headersTimeout);
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

  responseEnded(): void {
    const requestRead = this.#body === undefined || this.#body.complete;
    this.#body?.discard();
    this.#close(requestRead);
  }

  #close(requestRead: boolean): void {
    const socket = this.#socket;
    this.#stage = 'lingering';
    clearTimeout(this.#timer);
    // A UNIX socket delivers what was written to it whatever happens next, and closing alone costs a fifth less of the
    // whole request than ending, waiting for the peer and closing. A socket of this kind has no family.
    if (requestRead && socket.writableLength === 0 && socket.remoteFamily === undefined) {
      socket.destroy();
      return;
    }
    this.#lingering = new LingeringClose(socket);
  }

  #onData(chunk: Buffer): void {
    switch (this.#stage) {
      case 'header':
        this.#onHeaderData(chunk);
        break;
      case 'request':
        this.#timer.refresh();
        if (this.#body?.push(chunk) === false) this.#socket.pause();
        break;
      case 'lingering':
        this.#lingering?.received(chunk.length);
        break;
      default:
    }
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
    clearTimeout(this.#timer);
    this.#stage = 'request';
    if (contentLength > 0) {
      this.#body = new RequestBody({ expected: contentLength, onWanted: () => this.#socket.resume() });
      environ['tsgi.input'] = this.#body.input;
      if (rest.byteLength > 0 && !this.#body.push(rest)) this.#socket.pause();
      this.#timer = setTimeout(() => this.#bodyTimedOut(), this.#settings.requestTimeout);
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
    clearTimeout(this.#timer);
    this.#lingering?.stop();
    if (this.#stage === 'request') this.#abort('the front end closed the connection');
  }

  #abort(reason: string): void {
    if (this.#stage === 'request') {
      this.#body?.end();
      this.#exchange?.abort(new TsgiAbortError(reason));
    }
    this.#socket.destroy();
  }

  #headerTimedOut(): void {
    if (this.#decoder.started) this.#logRefusal(`no whole header within ${this.#settings.headersTimeout} ms`);
    this.#socket.destroy();
  }

  #bodyTimedOut(): void {
    if (this.#body === undefined || this.#body.complete) return;
    // The application is the slow one: the wire is paused for it.
    if (this.#socket.isPaused()) {
      this.#timer.refresh();
      return;
    }
    this.#body.fail(
      new TsgiError(`no byte of the request body within ${this.#settings.requestTimeout} ms`, {
        code: 'BODY_TIMEOUT',
        side: 'peer',
        statusHint: 408,
      }),
    );
  }
}
