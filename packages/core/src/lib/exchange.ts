import { isBytes, isPromiseLike, iteratorOf, type BodyIterator, type Step } from './body-iteration.ts';
import type { AfterResponse, App, Bytes, Environ, ErrorStream, Header, StartResponse, Write } from './contract.ts';
import { attachServices, type EnvironServices } from './environ.ts';
import { TsgiAbortError, TsgiError } from './errors.ts';
import { describeError, errorResponse } from './failure.ts';
import { checkHead, checkHeaders } from './response-head.ts';
import type { ResponseHead, ResponseWriter } from './response-writer.ts';
import { bodyNeedsNoTeardown, tearDown } from './teardown.ts';

/**
 * Where a response is. `idle`: no head. `pending`: a head that was not sent (R68). `sent`: the head is on the wire.
 * `done`: the response has ended on the wire, well or not. `aborted`: the peer went before that.
 */
type State = 'idle' | 'pending' | 'sent' | 'done' | 'aborted';

interface OwnHead extends ResponseHead {
  headers: Header[];
  contentLength: number;
}

function fault(rule: string, code: string, message: string): TsgiError {
  return new TsgiError(message, { code, side: 'app', rule });
}

function ignore(): void {
  // A promise that nobody awaits must not end the process (R87).
}

/**
 * One request: calls the application, holds the response's state machine, drives the body by hand, enforces lengths and
 * tears down. Only this file moves a response from state to state. It knows no wire: a backend hands it an environ and
 * a writer that frames bytes.
 *
 * `run` never throws. A synchronous application that returns an array is answered before it returns, in one call of the
 * writer and without a promise.
 */
export class Exchange implements EnvironServices {
  readonly #app: App;
  readonly #environ: Environ;
  readonly #writer: ResponseWriter;
  readonly #errors: ErrorStream;
  readonly #isHead: boolean;
  #state: State = 'idle';
  #startCalled = false;
  #head: OwnHead | undefined;
  #sent = 0;
  #returned = false;
  #body: unknown;
  #iterator: BodyIterator | undefined;
  #exhausted = false;
  #tornDown = false;
  #congested = false;
  #waiting: (() => void)[] | undefined;
  #writeFunction: Write | undefined;
  #controller: AbortController | undefined;
  #abortReason: TsgiAbortError | undefined;
  #hooks: AfterResponse[] | undefined;

  constructor(app: App, environ: Environ, writer: ResponseWriter) {
    this.#app = app;
    this.#environ = environ;
    this.#writer = writer;
    this.#errors = environ['tsgi.errors'];
    this.#isHead = environ.REQUEST_METHOD === 'HEAD';
    attachServices(environ, this);
  }

  /** Whether the response has ended on the wire, or its peer is gone. */
  get responseEnded(): boolean {
    return this.#state === 'done' || this.#state === 'aborted';
  }

  /** `tsgi.signal`. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  /** `tsgi.after_response`. */
  get afterResponse(): AfterResponse[] {
    return (this.#hooks ??= []);
  }

  /** `tsgi.early_hints`: sends nothing once the head is on the wire. */
  sendEarlyHints(headers: Header[]): void {
    const checked = checkHeaders(headers);
    if (this.#state === 'idle' || this.#state === 'pending') this.#writer.earlyHints?.(checked);
  }

  /** Calls the application and sends what it answers. */
  run(): void {
    const startResponse: StartResponse = (status, headers, excInfo) => this.#start(status, headers, excInfo);
    let body: unknown;
    try {
      body = this.#app(this.#environ, startResponse);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (!Array.isArray(body) && isPromiseLike(body)) {
      Promise.resolve(body).then(
        (settled) => this.#begin(settled),
        (error: unknown) => this.#fail(error),
      );
    } else this.#begin(body);
  }

  /**
   * The backend says that the peer is gone (R79): aborts `tsgi.signal`, rejects pending writes, tears down. Does nothing
   * once the response has ended.
   */
  abort(reason: TsgiAbortError = new TsgiAbortError('the peer closed the connection')): void {
    if (this.responseEnded) return;
    this.#state = 'aborted';
    this.#abortReason = reason;
    this.#controller?.abort(reason);
    this.#drained();
    // An application that has not returned yet is torn down when it does.
    if (this.#returned) this.#tearDown();
  }

  #start(status: string, headers: Header[], excInfo: unknown): Write {
    this.#writeFunction ??= (chunk) => this.#write(chunk);
    if (this.#state === 'aborted') return this.#writeFunction;
    const replaces = excInfo !== undefined && excInfo !== null;
    if (replaces && (this.#state === 'sent' || this.#state === 'done')) throw excInfo;
    if (!replaces && this.#startCalled) {
      throw fault('R70', 'DUPLICATE_START_RESPONSE', 'startResponse was called again without excInfo');
    }
    this.#startCalled = true;
    // R65, R71: the old head goes before the new one is checked, so that nothing of it can be sent any more.
    this.#head = undefined;
    this.#state = 'idle';
    this.#head = checkHead(status, headers, this.#isHead);
    this.#state = 'pending';
    return this.#writeFunction;
  }

  #write(chunk: Bytes): Promise<void> {
    if (!isBytes(chunk)) throw this.#notBytes(chunk);
    if (this.#returned) throw fault('R7', 'LATE_WRITE', 'write was called after the application returned its body');
    if (this.#state === 'aborted') return this.#rejectedWrite();
    const head = this.#head;
    if (head === undefined) throw fault('R6', 'NO_START_RESPONSE', 'write was called without a head that was accepted');
    if (chunk.byteLength === 0 || (this.#state === 'done' && !head.hasBody)) return Promise.resolve();
    if (head.hasBody && head.contentLength !== -1 && this.#sent + chunk.byteLength > head.contentLength) {
      throw fault(
        'R80',
        'CONTENT_LENGTH_OVERRUN',
        `write got ${this.#sent + chunk.byteLength} bytes in all: Content-Length is ${head.contentLength}`,
      );
    }
    this.#send(head, chunk, false);
    if (!this.#congested) return Promise.resolve();
    const accepted = new Promise<void>((resolve, reject) => {
      this.#whenDrained(() => (this.#state === 'aborted' ? reject(this.#abortReason) : resolve()));
    });
    accepted.catch(ignore);
    return accepted;
  }

  #rejectedWrite(): Promise<void> {
    const rejected = Promise.reject(this.#abortReason);
    rejected.catch(ignore);
    return rejected;
  }

  /** The application has returned, or its promise has settled. */
  #begin(body: unknown): void {
    this.#returned = true;
    this.#body = body;
    if (this.#state === 'aborted' || this.#state === 'done') this.#tearDown();
    else if (Array.isArray(body) && body.length <= 1 && this.#state !== 'sent') this.#sendWhole(body);
    else this.#iterate(body);
  }

  /** R82: the length of an array of at most one chunk is known. One call of the writer, no iterator, no promise. */
  #sendWhole(body: readonly unknown[]): void {
    this.#exhausted = true;
    const chunk = body[0];
    if (body.length === 0 || (isBytes(chunk) && chunk.byteLength === 0)) return this.#finish();
    if (!isBytes(chunk)) return this.#fail(this.#notBytes(chunk));
    const head = this.#head;
    if (head === undefined) return this.#fail(this.#noHead());
    if (head.contentLength === -1 && head.code !== 204 && head.code !== 304) this.#announce(head, chunk.byteLength);
    if (!this.#send(head, chunk, true)) return;
    if (head.hasBody && head.contentLength > chunk.byteLength) this.#truncated(head);
    this.#tearDown();
  }

  #iterate(body: unknown): void {
    try {
      this.#iterator = iteratorOf(body);
    } catch (error) {
      this.#fail(error);
      return;
    }
    // R80: what `write` sent may have been all.
    if (this.#head?.hasBody === true && this.#head.contentLength === this.#sent && this.#state === 'sent') {
      this.#finish();
    } else if (this.#congested) this.#whenDrained(() => this.#pump());
    else this.#pump();
  }

  /** Takes chunk after chunk while the wire accepts them (R12). */
  #pump(): void {
    const iterator = this.#iterator;
    if (iterator === undefined) return;
    while (!this.responseEnded) {
      let step: Step | PromiseLike<Step>;
      try {
        step = iterator.next();
      } catch (error) {
        this.#exhausted = true;
        this.#fail(error);
        return;
      }
      if (isPromiseLike(step)) {
        step.then(this.#onStep, this.#onStepFailed);
        return;
      }
      if (!this.#take(step)) return;
    }
  }

  readonly #onStep = (step: Step): void => {
    if (step?.done === true) this.#exhausted = true;
    if (!this.responseEnded && this.#take(step)) this.#pump();
  };

  readonly #onStepFailed = (error: unknown): void => {
    this.#exhausted = true;
    this.#fail(error);
  };

  /** @returns whether the next chunk can be asked for. */
  #take(step: Step): boolean {
    if (typeof step !== 'object' || step === null) {
      this.#fail(fault('R3', 'BAD_ITERATOR', `the body's next() gave ${typeof step}: expected { done, value }`));
      return false;
    }
    if (step.done === true) {
      this.#exhausted = true;
      this.#finish();
      return false;
    }
    const chunk = step.value;
    if (!isBytes(chunk)) {
      this.#fail(this.#notBytes(chunk));
      return false;
    }
    const head = this.#head;
    if (head === undefined) {
      this.#fail(this.#noHead());
      return false;
    }
    if (chunk.byteLength === 0) return true;
    if (!this.#send(head, chunk, false)) return false;
    if (head.hasBody && this.#sent !== head.contentLength) {
      if (!this.#congested) return true;
      this.#whenDrained(() => this.#pump());
      return false;
    }
    this.#finish();
    return false;
  }

  /**
   * Sends a non-empty chunk, and the head before it if that is still due (R68). No more than Content-Length goes out
   * (R80), and no body where there is none (R84, R85): that response is over with its head.
   *
   * @returns false when the peer went meanwhile.
   */
  #send(head: OwnHead, chunk: Bytes, isLast: boolean): boolean {
    if (!head.hasBody) {
      if (this.#state === 'pending') {
        this.#state = 'done';
        this.#writer.writeHead(head, undefined, true);
      }
      return true;
    }
    let bytes = chunk;
    const room = head.contentLength === -1 ? Infinity : head.contentLength - this.#sent;
    if (bytes.byteLength > room) {
      this.#log(
        fault(
          'R80',
          'CONTENT_LENGTH_OVERRUN',
          `the body is longer than its Content-Length, ${head.contentLength}: the rest is not sent`,
        ),
      );
      bytes = bytes.subarray(0, room);
    }
    this.#sent += bytes.byteLength;
    const ends = isLast ? head.contentLength === this.#sent : bytes.byteLength >= room && this.#returned;
    const isFirst = this.#state === 'pending';
    this.#state = ends ? 'done' : 'sent';
    let accepts: boolean;
    if (isFirst) accepts = this.#writer.writeHead(head, bytes.byteLength === 0 ? undefined : bytes, ends);
    else {
      accepts = bytes.byteLength === 0 || this.#writer.write(bytes);
      if (ends) this.#writer.end();
    }
    if (!accepts && !this.#congested) {
      this.#congested = true;
      this.#writer.onDrain(this.#drained);
    }
    return !this.#isAborted();
  }

  // The compiler narrows `#state` across the calls of the writer, which may change it.
  #isAborted(): boolean {
    return this.#state === 'aborted';
  }

  #announce(head: OwnHead, length: number): void {
    head.contentLength = length;
    head.headers.push(['Content-Length', String(length)]);
  }

  /** The body is exhausted, or needs no more. */
  #finish(): void {
    const head = this.#head;
    if (this.#state !== 'done') {
      if (head === undefined) return this.#fail(this.#noHead());
      if (this.#state === 'pending') {
        // Nothing was sent and nothing will be: the length is known after all. A HEAD's may differ from its GET's.
        if (head.hasBody && head.contentLength === -1) this.#announce(head, 0);
        const complete = !head.hasBody || head.contentLength === 0;
        this.#state = complete ? 'done' : 'sent';
        this.#writer.writeHead(head, undefined, complete);
        if (!complete) this.#truncated(head);
      } else if (head.contentLength > this.#sent && head.hasBody) this.#truncated(head);
      else {
        this.#state = 'done';
        this.#writer.end();
      }
    }
    this.#tearDown();
  }

  /** R81: fewer bytes than announced; the peer must not take them for all. */
  #truncated(head: ResponseHead): void {
    this.#state = 'done';
    this.#log(
      fault(
        'R81',
        'CONTENT_LENGTH_UNDERRUN',
        `the body ended after ${this.#sent} bytes: Content-Length is ${head.contentLength}`,
      ),
    );
    this.#writer.abort();
  }

  /** R77: the application failed. Before the head that is a 500, after it the response must not look complete. */
  #fail(error: unknown): void {
    this.#returned = true;
    if (this.#state !== 'aborted') this.#log(error);
    if (this.#state === 'idle' || this.#state === 'pending') {
      const { head, body } = errorResponse(error, this.#isHead);
      this.#head = head;
      this.#state = 'done';
      this.#writer.writeHead(head, head.hasBody ? body : undefined, true);
    } else if (this.#state === 'sent') {
      this.#state = 'done';
      this.#writer.abort();
    }
    this.#tearDown();
  }

  #noHead(): TsgiError {
    const found = this.#startCalled ? 'startResponse refused its head' : 'startResponse was not called';
    return fault('R6', 'NO_START_RESPONSE', `${found}: expected a call before the body's first chunk`);
  }

  #notBytes(chunk: unknown): TsgiError {
    const found =
      chunk === null ? 'null' : typeof chunk === 'object' ? (chunk.constructor?.name ?? 'an object') : typeof chunk;
    return fault('R5', 'CHUNK_NOT_BYTES', `a chunk is a Uint8Array over an ArrayBuffer, found ${found}`);
  }

  #whenDrained(callback: () => void): void {
    (this.#waiting ??= []).push(callback);
  }

  readonly #drained = (): void => {
    this.#congested = false;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) for (const callback of waiting) callback();
  };

  #log(error: unknown): void {
    try {
      this.#errors.write(`${this.#environ.REQUEST_METHOD} ${this.#environ.REQUEST_URI}: ${describeError(error)}\n`);
    } catch {
      // A log that fails must not fail the response.
    }
  }

  /** R98, once on every path. */
  #tearDown(): void {
    if (this.#tornDown) return;
    this.#tornDown = true;
    const iterator = this.#exhausted ? undefined : this.#iterator;
    if (iterator === undefined && this.#hooks === undefined && bodyNeedsNoTeardown(this.#body)) this.#writer.finished();
    else {
      const log = (error: unknown): void => this.#log(error);
      void tearDown(iterator, this.#body, () => this.#hooks, log).then(() => this.#writer.finished());
    }
  }
}
