import type { Socket } from 'node:net';
import { type App, type Bytes, TsgiAbortError, TsgiError } from '@tsgi/core';
import { environFromVariables } from '@tsgi/core/cgi';
import { Deadline } from '@tsgi/core/clock';
import {
  Exchange,
  logLine,
  type ResponseHead,
  type ResponseWriter,
  type ServerTraits,
  countedBytes,
} from '@tsgi/core/server';
import type { Connection } from '../connection/connection.ts';
import { type BodyLimits, IncomingBody } from '../connection/incoming-body.ts';
import { lingeringClose } from '../connection/lingering-close.ts';
import { type PausedReader, unwatchPaused, watchPaused } from '../connection/paused-sockets.ts';
import { resetSocket } from '../connection/reset-socket.ts';
import { SendTimeout } from '../connection/send-timeout.ts';
import type { ServerLimits } from '../options/server-limits.ts';
import { whenSent } from '../connection/when-sent.ts';
import { ConnectionState } from './connection-state.ts';

/** A decoded head, and what came behind it in the same chunk: the beginning of the body. */
export interface RequestStart {
  /** Names and values alternate, as byte strings, in wire order. */
  readonly variables: readonly string[];
  /** Bytes of the body that follow the head. */
  readonly contentLength: number;
  readonly rest: Uint8Array;
}

/** Reads the head of a request, in pieces of any size. Throws only `TsgiError`. */
export interface HeadDecoder {
  /** Whether any byte has arrived. */
  readonly started: boolean;
  /** Takes a chunk; `undefined` while the head is incomplete. */
  push(chunk: Uint8Array): RequestStart | undefined;
  /** The peer ended the connection before the head was whole: always throws. */
  end(): never;
}

/** What is a wire's own, where a connection carries one request of variables and one answer that ends with it. */
export interface SingleRequestWire {
  /** In the lines of the log: `scgi`. */
  readonly name: string;
  decoder(): HeadDecoder;
  /** The head of an answer, with the empty line. */
  headText(head: ResponseHead): string;
  /** The answer to a request that is framed well and says something wrong. */
  refusal(error: TsgiError): string;
  /** The code of errors after which nobody knows where the request ends. */
  readonly framingError: string;
}

/** What all connections of a server share. */
export interface SingleRequestSettings {
  readonly wire: SingleRequestWire;
  readonly traits: ServerTraits;
  readonly limits: Readonly<Omit<ServerLimits, 'keepAliveTimeout'>> & BodyLimits;
  /** Never throws. */
  readonly log: (text: string) => void;
}

/** Takes over the sockets of a server. */
export function acceptSingleRequests(settings: SingleRequestSettings): (app: App, socket: Socket) => Connection {
  return (app, socket) => new SingleRequestConnection(socket, app, settings);
}

/** Up to here a copy behind the head costs less than a second write. */
const COPY_LIMIT = 16_384;

/**
 * One connection: one request, and the writer of its answer, which ends with the connection.
 * `ConnectionState` says what may become of it.
 */
class SingleRequestConnection implements Connection, ResponseWriter, PausedReader {
  readonly socket: Socket;
  readonly #app: App;
  readonly #settings: SingleRequestSettings;
  readonly #decoder: HeadDecoder;
  readonly #state = new ConnectionState();
  readonly #headDeadline: Deadline;
  #body: IncomingBody | undefined;
  #exchange: Exchange | undefined;
  /** Of a front end that has not taken all at once. */
  #sendTimeout: SendTimeout | undefined;

  constructor(socket: Socket, app: App, settings: SingleRequestSettings) {
    this.socket = socket;
    this.#app = app;
    this.#settings = settings;
    this.#decoder = settings.wire.decoder();
    this.#headDeadline = new Deadline(() => this.#headLate());
    this.#headDeadline.in(settings.limits.headersTimeout);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('close', () => this.#gone('the front end closed the connection'));
  }

  shutDown(): void {
    if (!this.#decoder.started) this.socket.destroy();
  }

  destroy(): void {
    this.#gone('the server ends');
  }

  readOn(bytes: number): void {
    this.#state.readOn = bytes;
    this.#regulate();
  }

  #onData(chunk: Buffer): void {
    if (this.#state.phase === 'header') this.#takeHeader(chunk);
    else if (this.#body?.push(chunk) === false) this.#regulate();
  }

  #takeHeader(chunk: Buffer): void {
    let start: RequestStart | undefined;
    try {
      start = this.#decoder.push(chunk);
      if (start !== undefined) this.#begin(start);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** @throws TsgiError for a request that the application never sees. */
  #begin({ variables, contentLength, rest }: RequestStart): void {
    const { traits, limits } = this.#settings;
    const environ = environFromVariables(variables, traits);
    this.#headDeadline.clear();
    if (contentLength > 0) {
      this.#body = new IncomingBody(contentLength, limits, this.#state, () => this.#regulate());
      environ['tsgi.input'] = this.#body.body.input;
    }
    this.#state.on('called');
    if (rest.byteLength > 0) this.#onData(Buffer.from(rest.buffer, rest.byteOffset, rest.byteLength));
    this.#exchange = new Exchange(this.#app, environ, this, traits.observer?.begins(environ, true));
    this.#exchange.run();
  }

  /** Answers a request that is framed well; closes on one that is not, for nobody knows where it ends. */
  #refuse(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const isAnswered = error instanceof TsgiError && error.code !== this.#settings.wire.framingError;
    this.#logRefusal(reason, codeOf(error), isAnswered ? error.statusHint : 0);
    if (!isAnswered) return this.#gone(reason);
    this.socket.write(this.#settings.wire.refusal(error), 'latin1');
    this.#replied();
  }

  #logRefusal(reason: string, code: string, status: number): void {
    this.#settings.traits.observer?.refused(code, status, this.socket.remoteAddress);
    // What was found in a bad request may be anything: it must not forge a line of the log.
    this.#settings.log(`${this.#settings.wire.name}: request refused: ${logLine(reason)}\n`);
  }

  #headLate(): void {
    const reason = `no whole header within ${this.#settings.limits.headersTimeout} ms`;
    if (this.#decoder.started) this.#logRefusal(reason, 'HEAD_TIMEOUT', 0);
    this.#gone(reason);
  }

  /** Pauses the socket as late as it can: a paused one does not report its end. */
  #regulate(): void {
    const { socket } = this;
    const state = this.#state;
    if (state.hasEnough) watchPaused(this);
    else this.#unwatch();
    if (state.mustPause === socket.isPaused()) return;
    if (state.mustPause) socket.pause();
    else socket.resume();
  }

  #unwatch(): void {
    if (!this.socket.isPaused() && this.#state.readOn === 0) return;
    unwatchPaused(this);
    this.#state.readOn = 0;
  }

  #onEnd(): void {
    if (this.#state.phase === 'header') this.#endInHeader();
    else if (this.#state.isOpen && this.#body !== undefined && !this.#body.body.complete) {
      this.#body.end();
      this.#gone(`the front end closed after ${countedBytes(this.#body.body.received)} of the body`);
    } else if (this.#state.isOpen) {
      // A FIN after the whole request says nothing: netcat sends one and waits. Who has closed is found by asking.
      watchPaused({ socket: this.socket });
    }
  }

  #endInHeader(): void {
    // A probe that connects and leaves is no fault; half a header is.
    if (!this.#decoder.started) return this.#gone('no request');
    try {
      this.#decoder.end();
    } catch (error) {
      this.#refuse(error);
    }
  }

  #gone(reason: string): void {
    const wasOpen = this.#state.isOpen;
    if (!this.#state.on('gone')) return;
    this.#headDeadline.clear();
    this.#sendTimeout?.stop();
    this.#unwatch();
    if (wasOpen) {
      this.#body?.end();
      this.#exchange?.abort(new TsgiAbortError(reason));
    }
    this.socket.destroy();
  }

  /** The answer was written, or refused: nothing more will be sent. */
  #replied(): void {
    const { socket } = this;
    const requestRead = this.#exchange !== undefined && (this.#body === undefined || this.#body.body.complete);
    if (!this.#state.on('replied')) return;
    this.#headDeadline.clear();
    this.#body?.discard();
    this.#unwatch();
    // A UNIX socket delivers what was written to it whatever happens next, and closing alone costs a fifth less of the
    // whole request than ending, waiting for the peer and closing. A socket of this kind has no family.
    if (requestRead && socket.writableLength === 0 && socket.remoteFamily === undefined) socket.destroy();
    else {
      lingeringClose(socket, this.#settings.limits);
      this.#watchReader();
    }
  }

  #watchReader(): void {
    const { socket } = this;
    if (socket.writableLength === 0) return;
    const { sendTimeout } = this.#settings.limits;
    this.#sendTimeout ??= new SendTimeout(socket, sendTimeout, () => resetSocket(socket));
    this.#sendTimeout.watch();
  }

  // The writer of the answer.

  get keepsConnection(): boolean {
    return false;
  }

  get settled(): boolean {
    return this.socket.writableLength === 0;
  }

  writeHead(head: ResponseHead, chunk: Bytes | undefined, end: boolean): boolean {
    const text = this.#settings.wire.headText(head);
    const { socket } = this;
    let more: boolean;
    if (chunk !== undefined && chunk.byteLength > COPY_LIMIT) {
      socket.cork();
      socket.write(text, 'latin1');
      more = socket.write(chunk);
      socket.uncork();
    } else {
      const bytes = Buffer.allocUnsafe(text.length + (chunk?.byteLength ?? 0));
      bytes.write(text, 'latin1');
      if (chunk !== undefined) bytes.set(chunk, text.length);
      more = socket.write(bytes);
    }
    if (end) this.#replied();
    else {
      this.#state.on('answered');
      this.#watchReader();
    }
    return more;
  }

  write(chunk: Bytes): boolean {
    const more = this.socket.write(chunk);
    this.#watchReader();
    return more;
  }

  end(): void {
    this.#replied();
  }

  /** Only a reset tells a front end that an answer without a length was cut short; UNIX sockets have none. */
  abort(): void {
    resetSocket(this.socket);
  }

  onDrain(callback: () => void): void {
    this.socket.once('drain', callback);
  }

  onSent(callback: (unsent: number) => void): void {
    whenSent(this.socket, callback);
  }

  finished(): void {
    // One request a connection: there is nothing to make ready for the next one.
  }
}

function codeOf(error: unknown): string {
  return error instanceof TsgiError ? error.code : 'INTERNAL_ERROR';
}
