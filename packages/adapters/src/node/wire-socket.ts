import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Body, type Bytes, type Environ, type Header, onAbort, type StartResponse } from '@tsgi/core';
import { earlyHints } from './early-hints.ts';
import { kNeedDrain, type ResponseInsides } from './node-parts.ts';
import { HIGH_WATER, SocketFace } from './socket-face.ts';

/** Writes of one turn go out together up to here. */
const LARGEST_JOIN = 65_536;

const settled = Promise.resolve();
// For `process.nextTick`: no closure for each answer.
let close: (socket: WireSocket) => void;

/** What a listener throws is no promise's business. */
function throwUncaught(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}

type Callback = (error?: Error | null) => void;
type Step = IteratorResult<Bytes, undefined>;

/** `open`: the application writes. `ended`: it has called `end()`. `gone`: the client left. `failed`: it gave up. `over`. */
type State = 'open' | 'ended' | 'gone' | 'failed' | 'over';

/**
 * What a Node application takes for its socket: no bytes of HTTP pass through it. What the response writes is the body of
 * the TSGI answer, of which this object is the iterator; the head comes from `ServerResponse._storeHeader`.
 */
export class WireSocket extends SocketFace {
  _httpMessage: ServerResponse | null = null;
  readonly #startResponse: StartResponse;
  #request: IncomingMessage | undefined;
  #response: (ServerResponse & ResponseInsides) | undefined;
  #state: State = 'open';
  #failure: unknown;
  #headTaken = false;
  #headFailure: unknown;
  #queue: Bytes[] = [];
  #length = 0;
  #handedOut = 0;
  #callbacks: Callback[] | undefined;
  #needDrain = false;
  #delivering = false;
  #discarding = false;
  /** Who waits for the first bytes. */
  #begin: { resolve(body: Body): void; reject(error: unknown): void } | undefined;
  /** Who waits for the next ones. */
  #waiting: { resolve(step: Step): void; reject(error: unknown): void } | undefined;

  static {
    close = (socket) => socket.#closeAll();
  }

  constructor(environ: Environ, startResponse: StartResponse, server: Server | undefined) {
    super(environ, server);
    this.#startResponse = startResponse;
  }

  /** The two messages of this request. */
  attach(request: IncomingMessage, response: ServerResponse & ResponseInsides): void {
    this.#request = request;
    this.#response = response;
    this._httpMessage = response;
  }

  // ---- the socket's writing side ----

  get writableLength(): number {
    return this.#length + this.#handedOut;
  }

  get writableNeedDrain(): boolean {
    return this.#needDrain;
  }

  get writableEnded(): boolean {
    return this.#state !== 'open';
  }

  get writableFinished(): boolean {
    return this.#state !== 'open' && this.writableLength === 0;
  }

  /** `OutgoingMessage.end` uncorks by it. */
  get _writableState(): object {
    return { corked: 0, length: this.writableLength, highWaterMark: HIGH_WATER, ended: this.writableEnded };
  }

  /** Body bytes; before the head is there, only an informational answer can come this way. */
  write(data: string | Bytes, encoding?: BufferEncoding | Callback | null, callback?: Callback | null): boolean {
    if (typeof encoding === 'function') return this.write(data, undefined, encoding);
    if (this.destroyed || this.#state === 'over') {
      if (callback) process.nextTick(callback, new Error('write after the answer was over'));
      return false;
    }
    if (!this.#headTaken) {
      earlyHints(String(data), this.environ);
      if (callback) process.nextTick(callback, null);
      return true;
    }
    if (this.#discarding) {
      if (callback) process.nextTick(callback, null);
      return true;
    }
    const bytes = typeof data === 'string' ? Buffer.from(data, encoding ?? 'utf8') : data;
    if (bytes.byteLength > 0) {
      this.#queue.push(bytes);
      this.#length += bytes.byteLength;
      this.bytesWritten += bytes.byteLength;
      this.#deliverSoon();
    } else if (!callback && this.bytesWritten === 0) this.#flushHead();
    if (callback) {
      if (this.writableLength === 0) process.nextTick(callback, null);
      else (this.#callbacks ??= []).push(callback);
    }
    if (this.writableLength < HIGH_WATER) return true;
    this.#needDrain = true;
    return false;
  }

  end(data?: string | Bytes, encoding?: BufferEncoding, callback?: Callback): this {
    if (data !== undefined && data !== null) this.write(data, encoding);
    this.destroySoon();
    callback?.();
    return this;
  }

  destroySoon(): void {
    if (this.#state === 'open') this.destroy();
  }

  /**
   * The application gives up: a 500 where it has written nothing, else what it has written, as an answer that does not look
   * complete.
   */
  destroy(error?: Error | null): this {
    if (this.destroyed) return this;
    this.#close();
    if (this.#state === 'open') {
      this.#failure = error ?? new Error('the application destroyed its socket before it had ended the answer');
      this.#enter('failed');
      this.#deliverSoon();
    }
    process.nextTick(() => {
      if (error && this.listenerCount('error') > 0) this.emit('error', error);
      if (this.#state === 'failed') this.#abortRequest(connectionReset());
      this.#emitClose(Boolean(error));
    });
    return this;
  }

  /** The listener has thrown: the server answers, and whatever the application still does goes nowhere. */
  abandon(): void {
    this.#enter('over');
    this.#close();
    this.#drop();
  }

  // ---- the response's side ----

  /** The head, at the moment that Node would have serialised it. Throws what `startResponse` throws. */
  takeHead(status: string, headers: Header[]): void {
    // As in Node, who answers when all is over answers nobody.
    if (this.#state !== 'open') return;
    const failed = this.#headFailure;
    try {
      // R65: a head that was refused can only be replaced, and the reason is what was thrown.
      if (failed === undefined) this.#startResponse(status, headers);
      else this.#startResponse(status, headers, failed);
    } catch (error) {
      this.#headFailure = error;
      throw error;
    }
    this.#headTaken = true;
  }

  /** The response has called `end()`. */
  finish(): void {
    if (this.#state !== 'open') return;
    this.#enter('ended');
    if (this.#discarding) this.#finishLater();
    else this.#deliverSoon();
  }

  #flushHead(): void {
    try {
      this.environ['tsgi.send_head']?.(this.#startResponse);
    } catch {
      // A middleware has a head of its own to send (R91): then it leaves with the first byte.
    }
  }

  // ---- the body's side ----

  /**
   * The answer, once the listener has returned: whole if it is whole already, so that it leaves in one write; else what
   * it has come to when its first bytes are there.
   */
  body(): Body | Promise<Body> {
    if (this.#state === 'failed' && this.#queue.length === 0) throw this.#failure;
    if (this.#state === 'failed') return this;
    if (this.#state === 'ended') {
      this.#acceptSoon();
      return this.#whole();
    }
    onAbort(this.environ, () => this.#leave());
    return new Promise((resolve, reject) => {
      this.#begin = { resolve, reject };
      if (this.#queue.length > 0) this.#deliverSoon();
    });
  }

  #whole(): Body {
    return this.#queue.length > 0 ? [this.#join(Infinity)] : [];
  }

  /** The body's iterator is the socket itself: no closures for each answer. */
  [Symbol.asyncIterator](): AsyncIterator<Bytes> {
    return this as unknown as AsyncIterator<Bytes>;
  }

  next(): Promise<Step> {
    if (this.#handedOut > 0) this.#accept();
    const step = this.#step();
    if (step !== undefined) return step;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** The next chunk or the end; nothing while there is neither. */
  #step(): Promise<Step> | undefined {
    if (this.#queue.length > 0) return Promise.resolve({ done: false, value: this.#join(LARGEST_JOIN) });
    if (this.#state === 'open') return undefined;
    // Whoever asks goes by what it hears, not by what happens to the response.
    if (this.#state === 'failed') return Promise.reject(this.#failure);
    this.#accept();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** The server needs no more: it has sent all that was announced, or the client has left. */
  return(): Step {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (this.#state === 'open' || this.#state === 'ended') this.#satisfied();
    waiting?.resolve({ done: true, value: undefined });
    return { done: true, value: undefined };
  }

  #enter(state: State): void {
    if (this.#state !== 'over') this.#state = state;
  }

  /** Chunks of one turn are joined: the end that follows a write belongs to it. */
  #deliverSoon(): void {
    if (this.#delivering || (this.#begin === undefined && this.#waiting === undefined)) return;
    // Nothing can follow.
    if (this.#state === 'ended') return this.#deliver();
    this.#delivering = true;
    // `queueMicrotask` makes a resource for `async_hooks` of each.
    void settled.then(() => {
      this.#delivering = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const begin = this.#begin;
    if (begin !== undefined) {
      this.#begin = undefined;
      const isLost = this.#state === 'gone' || (this.#state === 'failed' && this.#queue.length === 0);
      if (isLost) begin.reject(this.#failure);
      else if (this.#state === 'ended') {
        begin.resolve(this.#whole());
        this.#acceptSoon();
      } else begin.resolve(this);
      return;
    }
    const waiting = this.#waiting;
    const step = waiting === undefined ? undefined : this.#step();
    if (waiting === undefined || step === undefined) return;
    this.#waiting = undefined;
    step.then(waiting.resolve, waiting.reject);
  }

  #join(most: number): Bytes {
    const queue = this.#queue;
    const [first] = queue;
    if (queue.length === 1 && first !== undefined) {
      this.#queue = [];
      this.#handedOut += this.#length;
      this.#length = 0;
      return first;
    }
    let count = 1;
    let length = queue[0]?.byteLength ?? 0;
    for (; count < queue.length; count++) {
      const next = queue[count]?.byteLength ?? 0;
      if (length + next > most) break;
      length += next;
    }
    const chunks = queue.splice(0, count);
    this.#length -= length;
    this.#handedOut += length;
    return count === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
  }

  /** What was handed out was taken: the writer may go on, and an answer that is whole is finished. */
  #accept(): void {
    this.#handedOut = 0;
    this.#settle(null);
    if (this.#needDrain && this.#length < HIGH_WATER) this.#drain();
    if (this.#state === 'ended' && this.#queue.length === 0) this.#finishLater();
  }

  /** Behind whoever waits for the answer. It would be the only tick of many a request, and the first is dear. */
  #acceptSoon(): void {
    void settled.then(() => {
      try {
        this.#acceptWhole();
      } catch (error) {
        throwUncaught(error);
      }
    });
  }

  /** Where nobody hears the `finish`, nobody can tell that `close` does not wait for the next turn. */
  #acceptWhole(): void {
    const isHeard = this.#response === undefined || this.#response.listenerCount('finish') > 0;
    if (isHeard || this.#state !== 'ended' || this.#queue.length > 0) return this.#accept();
    this.#handedOut = 0;
    this.#state = 'over';
    this.#settle(null);
    if (this.#needDrain) this.#drain();
    this.#closeAll();
  }

  #settle(error: Error | null): void {
    const callbacks = this.#callbacks;
    if (callbacks === undefined || (error === null && this.#length > 0)) return;
    this.#callbacks = undefined;
    for (const callback of callbacks) callback(error);
  }

  /** As Node's `socketOnDrain`. */
  #drain(): void {
    this.#needDrain = false;
    const response = this.#response;
    if (response !== undefined && !response.finished && kNeedDrain !== undefined && Reflect.get(response, kNeedDrain)) {
      Reflect.set(response, kNeedDrain, false);
      response.emit('drain');
    }
    this.emit('drain');
  }

  /** All is handed over: `close` follows `finish`, as in Node. */
  #finishLater(): void {
    this.#state = 'over';
    process.nextTick(close, this);
  }

  #closeAll(): void {
    this.#closeMessages();
    this.#emitClose(false);
  }

  /** All that Content-Length announced is sent; the application may not have noticed yet. */
  #satisfied(): void {
    this.#discarding = true;
    this.#drop();
    this.#handedOut = 0;
    this.#settle(null);
    if (this.#needDrain) this.#drain();
    if (this.#state === 'ended') this.#finishLater();
  }

  /** The client has left: in the order of Node's `socketOnClose`. */
  #leave(): void {
    if (this.#state === 'over' || this.#state === 'gone') return;
    const error = connectionReset();
    this.#enter('gone');
    this.#failure = error;
    this.#close();
    this.#drop();
    this.#abortRequest(error);
    this.#settle(error);
    this.#closeMessages();
    this.#emitClose(false);
    this.#deliverSoon();
  }

  #abortRequest(error: Error): void {
    const request = this.#request;
    if (request === undefined || request.destroyed || (request.readableEnded && request.complete)) return;
    request.destroy(error);
  }

  #closeMessages(): void {
    const response = this.#response;
    if (response !== undefined && !response._closed) {
      response.destroyed = true;
      response._closed = true;
      response.emit('close');
    }
    const request = this.#request;
    // What nobody has read goes to nobody; a listener hears the end of it.
    if (request !== undefined && !request.destroyed && !request.readableEnded && this.#state === 'over') {
      if (request.listenerCount('close') + request.listenerCount('end') > 0) request.resume();
    }
  }

  #drop(): void {
    this.#queue = [];
    this.#length = 0;
  }

  #close(): void {
    this.destroyed = true;
    this.readable = false;
    this.writable = false;
  }

  #emitClose(hadError: boolean): void {
    if (this.#state === 'failed') this.#closeMessages();
    this.emit('close', hadError);
  }
}

/** In Node's words. */
function connectionReset(): Error {
  return Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
}
