import { isBytes, isPromiseLike, whenSettled } from '../body/body-iteration.ts';
import type { Bytes, Header, Write } from '../contract/contract.ts';
import { countedBytes, type TsgiAbortError, TsgiError } from '../contract/errors.ts';
import { errorResponse } from './failure.ts';
import { checkHead } from './response-head.ts';
import type { ResponseHead, ResponseWriter } from './response-writer.ts';

/**
 * Where a response is. `idle`: no head. `pending`: a head that was not sent (R68). `sent`: the head is on the wire.
 * `done`: the response has ended on the wire, well or not. `aborted`: the peer went before that.
 */
type State = 'idle' | 'pending' | 'sent' | 'done' | 'aborted';

/** What may follow a chunk: the next one, the next one once the wire has drained, nothing. */
export type Next = 'more' | 'wait' | 'nothing';

const NO_HEADERS: readonly Header[] = [];

interface OwnHead extends ResponseHead {
  headers: Header[];
  contentLength: number;
}

function fault(rule: string, code: string, message: string): TsgiError {
  return new TsgiError(message, { code, side: 'app', rule });
}

/** What something is, for a message. Never throws, whatever an application made of it. */
function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  try {
    const { name } = value.constructor;
    return typeof name === 'string' && name !== '' ? name : 'an object';
  } catch {
    return 'an object';
  }
}

function notBytes(chunk: unknown): TsgiError {
  const found = nameOf(chunk);
  // Nobody will ever await it: that it rejects must not end the process.
  if (isPromiseLike(chunk)) whenSettled(chunk, ignore, ignore);
  return fault('R5', 'CHUNK_NOT_BYTES', `a chunk is a Uint8Array over an ArrayBuffer, found ${found}`);
}

/**
 * @throws TsgiError for anything but bytes (R5).
 */
function checkChunk(chunk: unknown): asserts chunk is Bytes {
  if (!isBytes(chunk)) throw notBytes(chunk);
}

function ignore(): void {
  // A promise that nobody awaits must not end the process (R87).
}

/**
 * The state machine of one response. All its transitions are here, and no iteration: it takes heads and chunks from an
 * application, decides what the wire may see of them, and hands that to the writer.
 */
export class Response {
  readonly #writer: ResponseWriter;
  readonly #isHead: boolean;
  readonly #log: (error: unknown) => void;
  #state: State = 'idle';
  #startCalled = false;
  #head: OwnHead | undefined;
  #sent = 0;
  #writeClosed = false;
  #mayBeCut = false;
  #congested = false;
  /** The wire wanted a pause behind the last of it. */
  #lastWasMuch = false;
  #cut = false;
  #leftBefore = false;
  #waiting: (() => void)[] | undefined;
  #writeFunction: Write | undefined;
  #abortReason: TsgiAbortError | undefined;

  constructor(writer: ResponseWriter, isHead: boolean, log: (error: unknown) => void) {
    this.#writer = writer;
    this.#isHead = isHead;
    this.#log = log;
  }

  /** Whether the response has ended on the wire, or its peer is gone. */
  get ended(): boolean {
    return this.#state === 'done' || this.#state === 'aborted';
  }

  get aborted(): boolean {
    return this.#state === 'aborted';
  }

  /** Whether nothing was sent yet, so that heads can still be replaced and hinted at. */
  get unsent(): boolean {
    return this.#state === 'idle' || this.#state === 'pending';
  }

  /** 200 to 999; `undefined` while there is no head, and where the peer left before it was sent. */
  get code(): number | undefined {
    return this.#leftBefore ? undefined : this.#head?.code;
  }

  get headers(): readonly Header[] {
    return this.#head?.headers ?? NO_HEADERS;
  }

  /** Bytes of the body that went to the writer. */
  get sent(): number {
    return this.#sent;
  }

  /** It broke off after its head. */
  get cut(): boolean {
    return this.#cut;
  }

  /** It has ended, and the wire wanted a pause: some of it waits for the peer. */
  get mayBeUnderWay(): boolean {
    return this.#state === 'done' && !this.#cut && (this.#lastWasMuch || this.#congested);
  }

  get congested(): boolean {
    return this.#congested;
  }

  /** R88: a file is sent up to Content-Length, as for a range; that it goes on is no fault. */
  bodyMayBeCut(): void {
    this.#mayBeCut = true;
  }

  /** `startResponse` (R65 to R72). */
  start(status: string, headers: Header[], excInfo: unknown): Write {
    this.#writeFunction ??= this.#makeWrite();
    if (this.#state === 'aborted') return this.#writeFunction;
    const replaces = excInfo !== undefined && excInfo !== null;
    if (replaces && !this.unsent) throw excInfo;
    if (!replaces && this.#startCalled) {
      throw fault('R70', 'DUPLICATE_START_RESPONSE', 'startResponse was called again without excInfo');
    }
    if (!this.unsent) throw fault('R6', 'LATE_START_RESPONSE', 'startResponse was called after the response had ended');
    this.#startCalled = true;
    // R65, R71: the old head goes before the new one is checked, so that nothing of it can be sent any more.
    this.#head = undefined;
    this.#state = 'idle';
    this.#head = checkHead(status, headers, this.#isHead);
    this.#state = 'pending';
    return this.#writeFunction;
  }

  /**
   * V8 takes a function that is written into a property where it is made for a prototype's method, and keeps it, with all
   * that it holds, until the next full collection: this one is returned.
   */
  #makeWrite(): Write {
    return (chunk) => this.#write(chunk);
  }

  /**
   * `tsgi.send_head` (R103). An answer without a body is over with its head.
   *
   * @throws TsgiError when there is no head (R6).
   */
  sendHead(): void {
    if (!this.unsent) return;
    const head = this.#checkedHead();
    this.#writeHead(head, undefined, !head.hasBody);
  }

  /** The application has returned: from now on only its body speaks (R7). */
  closeWrite(): void {
    this.#writeClosed = true;
  }

  #write(chunk: Bytes): Promise<void> {
    checkChunk(chunk);
    if (this.#writeClosed) throw fault('R7', 'LATE_WRITE', 'write was called after the application returned its body');
    if (this.#state === 'aborted') return this.#accepted(Promise.reject(this.#abortReason));
    const head = this.#checkedHead();
    if (head.hasBody && head.contentLength !== -1 && this.#sent + chunk.byteLength > head.contentLength) {
      const found = `write got ${countedBytes(this.#sent + chunk.byteLength)} in all: Content-Length is ${head.contentLength}`;
      throw fault('R80', 'CONTENT_LENGTH_OVERRUN', found);
    }
    if (chunk.byteLength > 0) this.#send(head, chunk, false);
    // The wire may have found out just now that its peer is gone.
    if (this.aborted) return this.#accepted(Promise.reject(this.#abortReason));
    if (!this.#congested) return Promise.resolve();
    return this.#accepted(
      new Promise((resolve, reject) => {
        this.whenDrained(() => (this.#state === 'aborted' ? reject(this.#abortReason) : resolve()));
      }),
    );
  }

  #accepted(promise: Promise<void>): Promise<void> {
    promise.catch(ignore);
    return promise;
  }

  /**
   * R82: all the body is known, at most one chunk: its length is, too, and it goes out with the head in one call.
   *
   * @throws TsgiError for a chunk that is not bytes (R5), and when there is no head (R6).
   */
  sendOnly(chunk: unknown): void {
    checkChunk(chunk);
    const head = this.#checkedHead();
    if (chunk.byteLength === 0) return this.finish();
    if (head.contentLength === -1 && head.code !== 204 && head.code !== 304) this.#announce(head, chunk.byteLength);
    this.#send(head, chunk, true);
    if (!this.ended) this.#truncated(head);
  }

  /**
   * Sends one chunk of a body; an empty one sends nothing (R68, R69).
   *
   * @throws TsgiError for a chunk that is not bytes (R5), and when there is no head (R6).
   */
  sendChunk(chunk: unknown): Next {
    checkChunk(chunk);
    const head = this.#checkedHead();
    if (chunk.byteLength > 0) this.#send(head, chunk, this.#sent + chunk.byteLength >= head.contentLength);
    if (this.ended) return 'nothing';
    return this.#congested ? 'wait' : 'more';
  }

  /**
   * Sends a non-empty chunk, and the head before it if that is still due (R68). No more than Content-Length goes out
   * (R80), and no body where there is none (R84, R85): that response is over with its head.
   *
   * @param mayEnd whether the response is over once Content-Length is reached: `write` leaves that to the body.
   */
  #send(head: OwnHead, chunk: Bytes, mayEnd: boolean): void {
    if (!head.hasBody) {
      if (this.#state === 'pending') this.#writeHead(head, undefined, true);
      return;
    }
    let bytes = chunk;
    if (head.contentLength !== -1 && this.#sent + chunk.byteLength > head.contentLength) {
      if (!this.#mayBeCut) {
        const found = `the body is longer than its Content-Length, ${head.contentLength}: the rest is not sent`;
        this.#log(fault('R80', 'CONTENT_LENGTH_OVERRUN', found));
      }
      bytes = chunk.subarray(0, head.contentLength - this.#sent);
    }
    this.#sent += bytes.byteLength;
    const ends = mayEnd && this.#sent === head.contentLength;
    if (this.#state === 'pending') this.#writeHead(head, bytes.byteLength === 0 ? undefined : bytes, ends);
    else {
      if (bytes.byteLength > 0) this.#note(this.#writer.write(bytes));
      if (ends && !this.ended) this.#end();
    }
  }

  #writeHead(head: OwnHead, chunk: Bytes | undefined, ends: boolean): void {
    this.#state = ends ? 'done' : 'sent';
    let accepts: boolean;
    try {
      accepts = this.#writer.writeHead(head, chunk, ends);
    } catch (error) {
      this.#breakOff();
      throw error;
    }
    this.#note(accepts);
  }

  #end(): void {
    this.#state = 'done';
    try {
      this.#writer.end();
    } catch (error) {
      this.#breakOff();
      throw error;
    }
  }

  /** A writer that threw has written nobody knows what: its peer must not wait for the rest, or take it for whole. */
  #breakOff(): void {
    this.#state = 'done';
    this.#cut = true;
    try {
      this.#writer.abort();
    } catch {
      // What it threw first is what is logged.
    }
  }

  #note(accepts: boolean): void {
    if (accepts || this.#congested) return;
    if (this.ended) {
      this.#lastWasMuch = true;
      return;
    }
    this.#congested = true;
    this.#writer.onDrain(() => this.#drained());
  }

  #announce(head: OwnHead, length: number): void {
    head.contentLength = length;
    head.headers.push(['Content-Length', String(length)]);
  }

  /** R80: whether what was sent already is all that was announced. */
  get satisfied(): boolean {
    return this.#state === 'sent' && this.#head?.contentLength === this.#sent;
  }

  /**
   * The body is exhausted, or needs no more.
   *
   * @throws TsgiError when there is no head (R6).
   */
  finish(): void {
    if (this.ended) return;
    const head = this.#checkedHead();
    const isShort = head.hasBody && head.contentLength > this.#sent;
    if (this.#state === 'pending') {
      // Nothing was sent and nothing will be: the length is known after all. A HEAD's may differ from its GET's.
      if (head.hasBody && head.contentLength === -1) this.#announce(head, 0);
      this.#writeHead(head, undefined, !isShort);
    } else if (!isShort) this.#end();
    if (isShort) this.#truncated(head);
  }

  /** R81: fewer bytes than announced; the peer must not take them for all. */
  #truncated(head: ResponseHead): void {
    if (this.ended) return;
    const found = `the body ended after ${countedBytes(this.#sent)}: Content-Length is ${head.contentLength}`;
    this.#log(fault('R81', 'CONTENT_LENGTH_UNDERRUN', found));
    this.#state = 'done';
    this.#cut = true;
    this.#writer.abort();
  }

  /** R77: the application failed. Before the head that is a 500, after it the response must not look complete. */
  fail(error: unknown): void {
    if (this.unsent) {
      const { head, body } = errorResponse(error, this.#isHead);
      this.#head = head;
      if (head.hasBody) this.#sent = body.byteLength;
      this.#writeHead(head, head.hasBody ? body : undefined, true);
    } else if (this.#state === 'sent') {
      this.#state = 'done';
      this.#cut = true;
      this.#writer.abort();
    }
  }

  /** The peer is gone: pending writes reject (R79). */
  abort(reason: TsgiAbortError): void {
    this.#leftBefore = this.unsent;
    this.#state = 'aborted';
    this.#abortReason = reason;
    this.#drained();
  }

  /** Calls back once the wire accepts more, or the peer is gone. */
  whenDrained(callback: () => void): void {
    (this.#waiting ??= []).push(callback);
  }

  #drained(): void {
    this.#congested = false;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) for (const callback of waiting) callback();
  }

  #checkedHead(): OwnHead {
    if (this.#head !== undefined) return this.#head;
    const found = this.#startCalled ? 'startResponse refused its head' : 'startResponse was not called';
    throw fault('R6', 'NO_START_RESPONSE', `${found}: expected a call before the head is sent`);
  }
}
