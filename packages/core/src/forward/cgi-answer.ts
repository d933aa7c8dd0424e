import { AnnouncedLength } from './announced-length.ts';
import { ByteQueue } from '../input/byte-queue.ts';
import { Deadline } from '../clock/deadline.ts';
import { type CgiHead, CgiHeadParser } from '../cgi/cgi-head-parser.ts';
import type { Bytes, Environ, Header } from '../contract/contract.ts';
import { countedBytes, TsgiError } from '../contract/errors.ts';
import { onAbort } from '../environ/environ.ts';
import { gatewayError } from './gateway-error.ts';

/** Milliseconds. */
export interface AnswerTimeouts {
  /** From the last of the request to the end of the answer's head. */
  readonly responseTimeout: number;
  /** Between two pieces of its body. */
  readonly idleTimeout: number;
}

/** What an answer needs of whatever it comes from: a connection, a program. */
export interface AnswerSource {
  /** Enough is kept for a client that does not take it. */
  pause(): void;
  resume(): void;
  /** The answer failed, or its client is gone: what runs for it is to end. */
  abandon(): void;
  /** Nobody reads any more. @param isWhole all that its head announced was read. */
  unwanted(isWhole: boolean): void;
}

/** Whoever counts it: a target's connections, say. */
export interface AnswerUse {
  /** Nothing more of it comes, or is wanted. May be called more than once. */
  end(): void;
}

/** Bytes of the body that are kept for a reader that does not take them, before the source is paused. */
const HIGH_WATER = 65_536;

const DONE = { done: true, value: undefined } as const;

/**
 * Where an answer is:
 *
 * - `head`: bytes of its head come in.
 * - `body`: the head is there, the body comes in.
 * - `ended`: all is in; how it ended is known, and told when the last byte was read.
 * - `failed`: it failed for the reader; what is kept was dropped.
 * - `closed`: nobody reads any more.
 */
type State = 'head' | 'body' | 'ended' | 'failed' | 'closed';

/**
 * A CGI response as a gateway gets it, piece by piece: first its head, then it is the body of what the gateway answers.
 * It asks its source to pause when its reader is slow. Whatever ends it, the source hears of it once.
 */
export class CgiAnswer implements AsyncIterableIterator<Bytes> {
  readonly #source: AnswerSource;
  readonly #timeouts: AnswerTimeouts;
  readonly #parser = new CgiHeadParser();
  readonly #length = new AnnouncedLength();
  readonly #queue = new ByteQueue();
  readonly #deadline: Deadline;
  #state: State = 'head';
  #head: CgiHead | undefined;
  #begun = false;
  #paused = false;
  #awaitsEnd = false;
  #failure: unknown;
  #wake: (() => void) | undefined;
  #use: AnswerUse | undefined;

  /** @param environ of the request: when its client leaves, the answer fails. */
  constructor(source: AnswerSource, environ: Environ, timeouts: AnswerTimeouts) {
    this.#source = source;
    this.#timeouts = timeouts;
    this.#deadline = new Deadline(() => this.#late());
    this.#deadline.in(timeouts.responseTimeout);
    onAbort(environ, (reason) => this.fail(reason));
  }

  /** Some of it came: it cannot be asked for again. */
  get begun(): boolean {
    return this.#begun;
  }

  /** All of its head came. */
  get hasHead(): boolean {
    return this.#head !== undefined;
  }

  /** Has its end counted. */
  countedBy(use: AnswerUse): void {
    this.#use = use;
    if (this.#state !== 'head' && this.#state !== 'body') use.end();
  }

  /** Bytes of the response, in order. */
  push(chunk: Bytes): void {
    this.#begun = true;
    if (this.#state === 'head') this.#pushHead(chunk);
    else if (this.#state === 'body') this.#pushBody(chunk);
  }

  /** The head is there, of the body nothing yet, and it may still come. */
  get isWaiting(): boolean {
    return this.#state === 'body' && this.#queue.length === 0;
  }

  /** Something that is no response came for it: a program has begun to run. */
  noteBegun(): void {
    this.#begun = true;
  }

  /** All bytes have come; how it ended is still to be said, and it is not late any more. */
  awaitEnd(): void {
    this.#awaitsEnd = true;
    this.#deadline.lift();
  }

  /** All of the response has come. @param failure why it is not whole, if it is not; told after what has come. */
  end(failure?: unknown): void {
    if (this.#state === 'head') this.#failure = failure ?? this.#headless();
    else if (this.#state === 'body') this.#failure = failure;
    else return;
    this.#state = 'ended';
    this.#use?.end();
    this.#deadline.lift();
    this.#notify();
  }

  /** Makes reading reject with `error`; what is kept is dropped. Does nothing once all has come. */
  fail(error: unknown): void {
    if (this.#state !== 'head' && this.#state !== 'body') return;
    this.#state = 'failed';
    this.#use?.end();
    this.#failure = error;
    this.#queue.clear();
    this.#deadline.clear();
    this.#source.abandon();
    this.#notify();
  }

  /** The request is still on its way: the answer is not late yet. */
  requestProgressed(): void {
    if (this.#state === 'head' && !this.#awaitsEnd) this.#deadline.in(this.#timeouts.responseTimeout);
  }

  /**
   * Waits for the end of the head.
   *
   * @throws TsgiError 502 for what is no CGI response, 504 when it is late; what `fail` and `end` were called with.
   */
  head(): CgiHead | Promise<CgiHead> {
    // No promise for what is there already.
    if (this.#state === 'head') return this.#wait().then(() => this.head());
    if (this.#head === undefined) throw this.#failure;
    return this.#head;
  }

  /** Holds the body to the length that its head announces, where a body follows at all. */
  expectBody(method: string, status: string, headers: readonly Header[]): void {
    this.#length.expect(method, status, headers);
  }

  /** The body, when all of it is here and in order: one write sends it with its head. Else `undefined`. */
  takeWhole(): Bytes[] | undefined {
    const { missing } = this.#length;
    const isWhole = this.#state === 'ended' && this.#failure === undefined;
    if (!isWhole || (missing !== undefined && missing !== this.#queue.length)) return undefined;
    const body: Bytes[] = [];
    while (this.#queue.length > 0) body.push(this.#queue.take(Infinity));
    this.close();
    return body;
  }

  async next(): Promise<IteratorResult<Bytes, undefined>> {
    if (this.#state === 'closed') return DONE;
    if (this.#length.missing === 0) return this.return();
    if (this.#queue.length === 0 && this.#state === 'body') {
      if (!this.#awaitsEnd) this.#deadline.in(this.#timeouts.idleTimeout);
      while (this.#queue.length === 0 && this.#state === 'body') await this.#wait();
      this.#deadline.lift();
    }
    if (this.#queue.length === 0) return this.#finish();
    const chunk = this.#queue.take(Infinity);
    if (this.#paused && this.#queue.length < HIGH_WATER / 2) {
      this.#paused = false;
      this.#source.resume();
    }
    return { done: false, value: this.#length.take(chunk) };
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.close();
    return DONE;
  }

  close(): void {
    const { missing } = this.#length;
    const hasSource = this.#state === 'head' || this.#state === 'body';
    this.#deadline.clear();
    this.#state = 'closed';
    this.#queue.clear();
    if (!hasSource) return;
    this.#use?.end();
    this.#source.unwanted(missing === 0);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #pushHead(chunk: Bytes): void {
    try {
      const parsed = this.#parser.push(chunk);
      if (parsed === undefined) return;
      this.#head = parsed.head;
      this.#state = 'body';
      this.#deadline.lift();
      this.#pushBody(parsed.rest);
      this.#notify();
    } catch (error) {
      this.fail(error);
    }
  }

  #pushBody(chunk: Bytes): void {
    if (chunk.byteLength === 0) return;
    this.#queue.push(chunk);
    if (this.#queue.length > HIGH_WATER && !this.#paused) {
      this.#paused = true;
      this.#source.pause();
    }
    this.#notify();
  }

  /** The reader is at the end. @throws unless the answer is whole. */
  #finish(): IteratorReturnResult<undefined> {
    const { missing } = this.#length;
    const failure = this.#failure;
    this.close();
    if (failure !== undefined) throw failure;
    if (missing === undefined) return DONE;
    throw truncated(`the answer ended ${countedBytes(missing)} short of its Content-Length`);
  }

  #late(): void {
    const { responseTimeout, idleTimeout } = this.#timeouts;
    this.fail(
      this.#state === 'head'
        ? gatewayError('RESPONSE_TIMEOUT', 504, `no answer within ${responseTimeout} ms`)
        : gatewayError('IDLE_TIMEOUT', 504, `no byte of the answer within ${idleTimeout} ms`),
    );
  }

  #headless(): unknown {
    try {
      return this.#parser.end();
    } catch (error) {
      return error;
    }
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** An answer that broke off after its head. */
export function truncated(message: string): TsgiError {
  return new TsgiError(message, { code: 'ANSWER_TRUNCATED', side: 'peer', statusHint: 502, rule: 'R81' });
}
