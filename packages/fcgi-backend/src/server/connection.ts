import type { Socket } from 'node:net';
import { type App, TsgiAbortError, TsgiError } from '@tsgi/core';
import { Deadline } from '@tsgi/core/clock';
import {
  type Connection,
  lingeringClose,
  type PausedReader,
  resetSocket,
  SendTimeout,
  unwatchPaused,
  watchPaused,
  whenSent,
  writePieces,
} from '@tsgi/transport';
import { PROTOCOL_STATUSES, ROLES, UNKNOWN_ROLE } from '../codec/protocol.ts';
import { encodeEndRequest, encodeGetValuesResult, encodeUnknownType } from '../codec/record-encoder.ts';
import { RequestDecoder, type RequestEvents } from '../codec/request-decoder.ts';
import { ConnectionState } from './connection-state.ts';
import { valuesFor } from './management.ts';
import { type RequestOwner, ServerRequest } from './request.ts';
import type { ServerSettings } from './settings.ts';
import { isWebServer } from './web-server-addrs.ts';

const refusedConnection: Connection = { shutDown() {}, destroy() {} };

/** Takes over the sockets of a server. */
export function accepting(settings: ServerSettings): (app: App, socket: Socket) => Connection {
  const { webServerAddrs, log, traits } = settings;
  return (app, socket) => {
    if (webServerAddrs === undefined || isWebServer(webServerAddrs, socket.remoteAddress)) {
      return new ServerConnection(socket, app, settings);
    }
    log(`connection refused: ${socket.remoteAddress ?? 'not TCP'} is not in FCGI_WEB_SERVER_ADDRS`);
    traits.observer?.refused('ADDRESS_NOT_ALLOWED', 0, socket.remoteAddress);
    socket.destroy();
    return refusedConnection;
  };
}

/** What a connection without an active request waits for. */
type Awaited = 'first' | 'head' | 'next' | 'nothing';

/**
 * One connection of the application side: the socket, the clock, and the requests that are active. `ConnectionState` says what
 * may become of it.
 */
class ServerConnection implements Connection, RequestOwner, RequestEvents<ServerRequest>, PausedReader {
  readonly socket: Socket;
  readonly app: App;
  readonly settings: ServerSettings;
  readonly state: ConnectionState;
  readonly wanted = (): void => this.#regulate();
  readonly #decoder: RequestDecoder<ServerRequest>;
  readonly #deadline: Deadline;
  #awaited: Awaited = 'first';
  /** Bytes may still come: of a request that has ended, or of the next one on a kept connection. */
  #unread = false;
  /** Bytes are being taken in: what is due next is seen at their end. */
  #receiving = false;
  /** Requests of which BEGIN_REQUEST came in the bytes at hand. */
  #begun: ServerRequest[] = [];
  /** The application is called as soon as it is seen whether STDIN is empty. */
  #ready: ServerRequest | undefined;
  #drainCallbacks: (() => void)[] = [];
  /** Of a peer that has not taken all at once. */
  #sendTimeout: SendTimeout | undefined;

  constructor(socket: Socket, app: App, settings: ServerSettings) {
    this.socket = socket;
    this.app = app;
    this.settings = settings;
    this.state = new ConnectionState(settings.limits, settings.load);
    this.#decoder = new RequestDecoder<ServerRequest>(this, settings.limits);
    this.#deadline = new Deadline(() => this.#timedOut());
    this.#deadline.in(settings.limits.headersTimeout);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('drain', () => this.#onDrain());
    socket.on('end', () => this.#onEnd());
    socket.on('close', () => this.#gone('the web server closed the connection'));
  }

  retire(): void {
    this.state.on('retire');
  }

  shutDown(): void {
    if (this.state.on('shutDown')) this.#closeIfNothingComes();
  }

  destroy(): void {
    this.#gone('the server ends');
  }

  get backlog(): number {
    return this.socket.writableLength;
  }

  send(pieces: readonly Uint8Array[]): boolean {
    const { socket } = this;
    // Nobody waits for a socket that takes nothing any more.
    if (!socket.writable) return true;
    const [only] = pieces;
    const accepts = only === undefined || pieces.length > 1 ? writePieces(socket, pieces) : socket.write(only);
    if (socket.writableLength > 0) this.#watchReader();
    return accepts;
  }

  onDrain(callback: () => void): void {
    this.#drainCallbacks.push(callback);
  }

  onSent(callback: (unsent: number) => void): void {
    whenSent(this.socket, callback);
  }

  refused(reason: string, status: number): void {
    this.settings.traits.observer?.refused(reason, status, this.socket.remoteAddress);
  }

  ended(request: ServerRequest): void {
    this.#decoder.release(request.id);
    const keeps = request.keepConnection && !this.state.isWorn;
    this.#unread ||= request.keepConnection || !request.inputEnded;
    this.#replied(keeps);
    if (this.socket.isPaused()) this.#regulate();
    if (!this.#receiving) this.#watch();
  }

  breakOff(request: ServerRequest): boolean {
    if (this.state.active > 1) return false;
    this.#drop(request, 'the reply failed after its head');
    resetSocket(this.socket);
    return true;
  }

  late(request: ServerRequest): void {
    const { headersTimeout } = this.settings.limits;
    const error = new TsgiError(`no whole request within ${headersTimeout} ms`, {
      code: 'HEAD_TIMEOUT',
      side: 'peer',
      statusHint: 408,
    });
    // Who breaks off within PARAMS is not trusted with more; what runs is still answered.
    if (this.state.active === this.state.coming) return this.#giveUp(error.message);
    this.state.on('last');
    request.refuse(error);
  }

  begin(requestId: number, roleNumber: number, keepConnection: boolean): ServerRequest | undefined {
    if (!this.socket.writable) return undefined;
    const role = ROLES[roleNumber];
    const refused = this.state.begin(role, this.backlog);
    if (role === undefined || refused !== undefined) {
      const status = refused ?? UNKNOWN_ROLE;
      this.refused(PROTOCOL_STATUSES[status] ?? 'OVERLOADED', 0);
      this.#owe(encodeEndRequest(requestId, 0, status));
      this.#unread = true;
      this.#replied(keepConnection);
      return undefined;
    }
    const request = new ServerRequest(this, requestId, role, keepConnection);
    this.#begun.push(request);
    return request;
  }

  params(request: ServerRequest, variables: string[]): void {
    this.#call(false);
    this.#awaited = 'nothing';
    request.complete(variables);
    this.#ready = request;
  }

  paramsRefused(request: ServerRequest, error: TsgiError): void {
    request.refuse(error);
  }

  stdin(request: ServerRequest, chunk: Buffer): void {
    this.#call(false);
    if (request.stdin?.push(chunk) === false) this.#tooMuch();
  }

  stdinEnd(request: ServerRequest): void {
    request.inputEnded = request.role !== 'FILTER';
    if (this.#ready === request) this.#call(true);
    else request.stdin?.end();
  }

  data(request: ServerRequest, chunk: Buffer): void {
    if (request.data?.push(chunk) === false) this.#tooMuch();
  }

  dataEnd(request: ServerRequest): void {
    request.inputEnded = true;
    request.data?.end();
  }

  abort(request: ServerRequest): void {
    request.abandon(new TsgiAbortError('the web server aborted the request'));
  }

  getValues(names: string[]): void {
    this.#owe(encodeGetValuesResult(valuesFor(names, this.settings.limits)));
  }

  unknownType(type: number): void {
    this.#owe(encodeUnknownType(type));
  }

  readOn(bytes: number): void {
    this.state.readOn = bytes;
    this.#regulate();
  }

  #owe(record: Buffer): void {
    this.send([record]);
    this.state.owe(record.byteLength, this.backlog);
  }

  #call(stdinEnded: boolean): void {
    const request = this.#ready;
    if (request === undefined) return;
    this.#ready = undefined;
    request.call(stdinEnded);
  }

  /** A body has more than its application wants. */
  #tooMuch(): void {
    if (!this.state.isFlooded) return this.#regulate();
    let most: ServerRequest | undefined;
    for (const request of this.#decoder.requests) if (request.excess > (most?.excess ?? 0)) most = request;
    if (most === undefined) return;
    this.settings.log(`request ${most.id} ended: its application does not read, and others need the connection`);
    most.overload(new TsgiAbortError('the body was not read in time', { code: 'BODY_NOT_READ' }));
  }

  /** Pauses the socket as late as it can: a paused one reports neither ABORT_REQUEST nor the end. */
  #regulate(): void {
    const { socket, state } = this;
    if (state.hasEnough) watchPaused(this);
    else this.#unwatch();
    const pause = state.mustPause(socket.writableNeedDrain);
    if (pause === socket.isPaused()) return;
    if (pause) socket.pause();
    else socket.resume();
  }

  #unwatch(): void {
    if (!this.socket.isPaused() && this.state.readOn === 0) return;
    unwatchPaused(this);
    this.state.readOn = 0;
  }

  /** END_REQUEST was sent. Without KEEP_CONN the connection is ours to close (section 3.5). */
  #replied(keepConnection: boolean): void {
    const { state } = this;
    const { phase } = state;
    if (!keepConnection) state.on('last');
    // What came with the last request may be of one more.
    const mayBeMore = phase === 'lastRound' && (this.#receiving || this.#decoder.midRecord);
    if (state.active === 0 && !mayBeMore) state.on('emptied');
    if (state.phase !== 'lingering' || phase === 'lingering') return;
    // Its next request may follow at once: between our last byte and our end there is to be no turn of the loop.
    if (phase === 'lastRound' && this.backlog === 0) this.socket.destroy();
    else if (this.#unread) this.#linger();
    else this.socket.destroySoon();
  }

  #linger(): void {
    this.#deadline.clear();
    this.#unwatch();
    lingeringClose(this.socket, this.settings.limits);
  }

  /** The peer does not take what is sent as fast as it comes. */
  #watchReader(): void {
    this.#sendTimeout ??= new SendTimeout(this.socket, this.settings.limits.sendTimeout, () =>
      resetSocket(this.socket),
    );
    this.#sendTimeout.watch();
  }

  /** Nothing of a further request has come: nobody waits for an answer. */
  #closeIfNothingComes(): void {
    if (this.state.phase !== 'expecting' || this.#decoder.midRecord) return;
    this.state.on('nothingComes');
    this.socket.destroySoon();
  }

  /** What is due next, after bytes have come or a request has ended. */
  #watch(): void {
    if (this.#begun.length > 0) {
      for (const request of this.#begun) request.awaitParams();
      this.#begun = [];
    }
    const { phase, active } = this.state;
    if (phase === 'lastRound' && active === 0 && !this.#decoder.midRecord) return this.#replied(true);
    const awaitsHead = phase === 'quiet' || phase === 'lastCall' || phase === 'lastRound' || phase === 'expecting';
    if (!awaitsHead || active > 0) this.#await('nothing', Infinity);
    else if (!this.#decoder.midRecord) this.#await('next', this.settings.limits.keepAliveTimeout);
    else if (this.#awaited !== 'head') this.#await('head', this.settings.limits.headersTimeout);
  }

  #await(awaited: Awaited, milliseconds: number): void {
    this.#awaited = awaited;
    if (milliseconds === Infinity) this.#deadline.lift();
    else this.#deadline.in(milliseconds);
  }

  #timedOut(): void {
    // The last reply is still being read.
    if (this.#awaited === 'next' && this.backlog > 0) return this.#watch();
    const cause = `no whole request within ${this.settings.limits.headersTimeout} ms`;
    if (this.#awaited === 'next' || this.socket.bytesRead === 0) this.#gone(cause);
    else this.#giveUp(cause);
  }

  #onData(chunk: Buffer): void {
    this.#receiving = true;
    try {
      this.#decoder.push(chunk);
      this.#call(false);
    } catch (error) {
      this.#broken(error);
      return;
    } finally {
      this.#receiving = false;
    }
    this.#closeIfNothingComes();
    if (this.socket.writableNeedDrain) this.#regulate();
    this.#watch();
  }

  /** What came cannot be understood: the connection is closed, the server lives on. */
  #broken(error: unknown): void {
    this.settings.log(`connection closed: ${error instanceof TsgiError ? error.message : String(error)}`);
    this.refused(error instanceof TsgiError ? error.code : 'INTERNAL_ERROR', 0);
    this.#dropAll('the web server broke the framing');
    if (this.state.on('broken')) this.#linger();
  }

  #giveUp(cause: string): void {
    this.settings.log(`connection closed: ${cause}`);
    this.refused('HEAD_TIMEOUT', 0);
    this.#gone(cause);
  }

  #onDrain(): void {
    this.state.settled();
    const callbacks = this.#drainCallbacks;
    this.#drainCallbacks = [];
    for (const callback of callbacks) callback();
    if (this.socket.isPaused()) this.#regulate();
  }

  /** nginx gives a request up by closing: a FIN while one is active is an abort, unless `halfClose` says otherwise. */
  #onEnd(): void {
    const { state } = this;
    if (state.phase === 'lingering') return;
    if (state.active === 0) this.socket.end();
    else if (this.settings.halfClose) this.#onHalfClose();
    else this.#gone('the web server closed the connection');
  }

  #onHalfClose(): void {
    this.state.on('last');
    for (const request of this.#decoder.requests) {
      if (request.phase !== 'coming') request.cutInput();
      else this.#drop(request, 'the web server closed the connection');
    }
    this.#replied(true);
  }

  #dropAll(why: string): void {
    this.#ready = undefined;
    for (const request of this.#decoder.requests) this.#drop(request, why);
  }

  #drop(request: ServerRequest, why: string): void {
    this.#decoder.release(request.id);
    request.drop(new TsgiAbortError(why));
  }

  #gone(why: string): void {
    this.#dropAll(why);
    this.#deadline.clear();
    this.#unwatch();
    this.#sendTimeout?.stop();
    this.state.on('gone');
    this.socket.destroy();
  }
}
