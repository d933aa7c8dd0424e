import type { Socket } from 'node:net';
import { type App, TsgiAbortError, TsgiError } from '@tsgi/core';
import { breakOff, type Connection, LingeringClose } from '@tsgi/transport';
import { refusalOf } from './admission.ts';
import { type Awaited, ConnectionTimer, failLateBodies } from './connection-timer.ts';
import { MAX_EXCESS, shouldPause } from './flow-control.ts';
import type { IncomingStream } from './incoming-stream.ts';
import { valuesFor } from './management.ts';
import { UNKNOWN_ROLE } from '../codec/protocol.ts';
import { encodeEndRequest, encodeGetValuesResult, encodeUnknownType } from '../codec/record-encoder.ts';
import { RequestDecoder, type RequestEvents } from '../codec/request-decoder.ts';
import { environOf } from './request-environ.ts';
import { roleOf } from '../codec/roles.ts';
import { type RequestOwner, ServerRequest } from './server-request.ts';
import type { ServerSettings } from './server-settings.ts';
import { writePieces } from './write-pieces.ts';

/** One connection of the application side, with the requests that are active on it. */
export class ServerConnection implements Connection, RequestOwner, RequestEvents<ServerRequest> {
  readonly log: (line: string) => void;
  readonly #socket: Socket;
  readonly #app: App;
  readonly #settings: ServerSettings;
  readonly #decoder: RequestDecoder<ServerRequest>;
  readonly #active = new Set<ServerRequest>();
  readonly #timer: ConnectionTimer;
  /** Ends when no request is active. */
  #closing = false;
  /** Bytes may still come: of a request that has ended, or of the next one on a kept connection. */
  #unread = false;
  /** All is said. */
  #lingering: LingeringClose | undefined;
  /** Bytes are being taken in: what is due next is seen at their end. */
  #receiving = false;
  /** PARAMS have ended; the application is called as soon as it is seen whether STDIN is empty. */
  #ready: { request: ServerRequest; variables: string[] } | undefined;
  #drainCallbacks: (() => void)[] = [];
  readonly #onWanted = (): void => {
    this.#regulate();
    this.#watch();
  };

  constructor(socket: Socket, app: App, settings: ServerSettings) {
    this.#socket = socket;
    this.#app = app;
    this.#settings = settings;
    this.log = settings.log;
    this.#decoder = new RequestDecoder<ServerRequest>(this, settings.paramsLimits);
    this.#timer = new ConnectionTimer(settings, (awaited) => this.#timedOut(awaited));
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('drain', () => this.#onDrain());
    socket.on('end', () => this.#onEnd());
    socket.on('close', () => this.#onClose());
  }

  shutDown(): void {
    this.#closing = true;
    this.#closeIfIdle();
  }

  destroy(): void {
    this.#dropAll('the server ends');
    this.#socket.destroy();
  }

  get backlog(): number {
    return this.#socket.writableLength;
  }

  send(pieces: readonly Uint8Array[]): boolean {
    return writePieces(this.#socket, pieces);
  }

  onDrain(callback: () => void): void {
    this.#drainCallbacks.push(callback);
  }

  ended(request: ServerRequest): void {
    this.#forget(request);
    this.#unread ||= request.keepConnection || !request.inputEnded;
    this.#replied(request.keepConnection);
    if (this.#socket.isPaused()) this.#regulate();
    if (!this.#receiving) this.#watch();
  }

  fail(request: ServerRequest): boolean {
    if (this.#active.size > 1) return false;
    request.drop(new TsgiAbortError('the reply failed after its head'));
    this.#forget(request);
    breakOff(this.#socket);
    return true;
  }

  begin(requestId: number, roleNumber: number, keepConnection: boolean): ServerRequest | undefined {
    if (!this.#socket.writable) return undefined;
    const role = roleOf(roleNumber);
    const refused = refusalOf(role, this.#settings, {
      active: this.#active.size,
      closing: this.#closing,
      backlog: this.#socket.writableLength,
    });
    if (role === undefined || refused !== undefined) {
      this.send([encodeEndRequest(requestId, 0, refused ?? UNKNOWN_ROLE)]);
      this.#unread = true;
      this.#replied(keepConnection);
      return undefined;
    }
    const request = new ServerRequest(this, requestId, role, keepConnection);
    this.#active.add(request);
    this.#settings.load.active++;
    return request;
  }

  params(request: ServerRequest, variables: string[]): void {
    this.#dispatch(false);
    // Whoever is next has its own time for them.
    this.#timer.stop();
    request.stage = 'ready';
    this.#ready = { request, variables };
  }

  paramsRefused(request: ServerRequest, error: TsgiError): void {
    request.refuse(error);
  }

  stdin(request: ServerRequest, chunk: Buffer): void {
    this.#dispatch(false);
    this.#push(request, request.stdin, chunk);
  }

  stdinEnd(request: ServerRequest): void {
    request.inputEnded = request.role !== 'FILTER';
    if (this.#ready?.request === request) this.#dispatch(true);
    else request.stdin?.end();
  }

  data(request: ServerRequest, chunk: Buffer): void {
    this.#push(request, request.data, chunk);
  }

  dataEnd(request: ServerRequest): void {
    request.inputEnded = true;
    request.data?.end();
  }

  abort(request: ServerRequest): void {
    if (this.#ready?.request === request) this.#ready = undefined;
    request.abandon(new TsgiAbortError('the web server aborted the request'));
  }

  getValues(names: string[]): void {
    this.send([encodeGetValuesResult(valuesFor(names, this.#settings.limits))]);
  }

  unknownType(type: number): void {
    this.send([encodeUnknownType(type)]);
  }

  #dispatch(stdinEnded: boolean): void {
    if (this.#ready === undefined) return;
    const { request, variables } = this.#ready;
    this.#ready = undefined;
    request.stage = 'running';
    try {
      request.run(this.#app, environOf(request, variables, this.#settings, stdinEnded, this.#onWanted));
    } catch (error) {
      if (!(error instanceof TsgiError)) throw error;
      request.refuse(error);
    }
  }

  #push(request: ServerRequest, stream: IncomingStream | undefined, chunk: Buffer): void {
    if (stream === undefined || stream.push(chunk)) return;
    if (stream.excess > MAX_EXCESS) {
      this.log(`request ${request.id} ended: its application does not read, and others need the connection`);
      request.overload(new TsgiAbortError('the body was not read in time', { code: 'BODY_NOT_READ' }));
    } else this.#regulate();
  }

  /** Pauses the socket as late as it can: a paused one reports neither ABORT_REQUEST nor the end. */
  #regulate(): void {
    const socket = this.#socket;
    const pause = this.#lingering === undefined && shouldPause(this.#active, socket.writableNeedDrain);
    if (pause === socket.isPaused()) return;
    if (pause) socket.pause();
    else socket.resume();
  }

  #forget(request: ServerRequest): void {
    if (!this.#active.delete(request)) return;
    this.#decoder.release(request.id);
    this.#settings.load.active--;
  }

  /** END_REQUEST was sent. Without KEEP_CONN the connection is ours to close (section 3.5). */
  #replied(keepConnection: boolean): void {
    if (!keepConnection) this.#closing = true;
    if (!this.#closing || this.#active.size > 0) return;
    if (this.#unread) this.#linger();
    else this.#socket.destroySoon();
  }

  #linger(): void {
    if (this.#lingering !== undefined || this.#socket.destroyed) return;
    this.#timer.stop();
    this.#lingering = new LingeringClose(this.#socket);
  }

  /** Nothing of a further request has come: nobody waits for an answer. */
  #closeIfIdle(): void {
    if (!this.#closing || this.#lingering !== undefined) return;
    if (this.#active.size === 0 && !this.#decoder.midRecord) this.#socket.destroySoon();
  }

  #dropAll(why: string): void {
    this.#ready = undefined;
    for (const request of this.#active) {
      this.#forget(request);
      request.drop(new TsgiAbortError(why));
    }
  }

  #watch(): void {
    if (this.#lingering === undefined) this.#timer.watch(this.#active, this.#decoder.midRecord);
  }

  #timedOut(awaited: Awaited): void {
    if (awaited === 'body') {
      failLateBodies(this.#active, this.#settings.requestTimeout);
      return;
    }
    // The last reply is still being read.
    if (awaited === 'idle' && this.#socket.writableLength > 0) return this.#watch();
    if (awaited === 'params' && this.#socket.bytesRead > 0) {
      this.log(`connection closed: no whole request within ${this.#settings.headersTimeout} ms`);
    }
    this.#dropAll('the request did not arrive in time');
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    if (this.#lingering !== undefined) return this.#lingering.received(chunk.length);
    this.#receiving = true;
    try {
      this.#decoder.push(chunk);
      this.#dispatch(false);
    } catch (error) {
      this.#broken(error);
      return;
    } finally {
      this.#receiving = false;
    }
    this.#closeIfIdle();
    if (this.#socket.writableNeedDrain) this.#regulate();
    this.#watch();
  }

  /** What came cannot be understood: the connection is closed, the server lives on. */
  #broken(error: unknown): void {
    this.log(`connection closed: ${error instanceof TsgiError ? error.message : String(error)}`);
    this.#dropAll('the web server broke the framing');
    this.#linger();
  }

  #onDrain(): void {
    const callbacks = this.#drainCallbacks;
    this.#drainCallbacks = [];
    for (const callback of callbacks) callback();
    if (this.#socket.isPaused()) this.#regulate();
  }

  /** nginx gives a request up by closing: a FIN while one is active is an abort, unless `halfClose` says otherwise. */
  #onEnd(): void {
    if (this.#lingering !== undefined) return;
    if (this.#active.size === 0) this.#socket.end();
    else if (this.#settings.halfClose) this.#onHalfClose();
    else {
      this.#dropAll('the web server closed the connection');
      this.#socket.destroy();
    }
  }

  #onHalfClose(): void {
    this.#closing = true;
    for (const request of this.#active) {
      if (request.stage === 'running') request.cutInput();
      else this.#forget(request);
    }
    if (this.#active.size === 0) this.#linger();
  }

  #onClose(): void {
    this.#dropAll('the web server closed the connection');
    this.#timer.stop();
    this.#lingering?.stop();
  }
}
