import { type Bytes, type ErrorStream, type Header, TsgiError } from '@tsgi/core';
import { type CgiHead, CgiHeadParser } from '@tsgi/core/cgi';
import { AnnouncedLength, gatewayError } from '@tsgi/core/forward';
import { CANT_MPX_CONN, OVERLOADED, REQUEST_COMPLETE } from '../codec/protocol.ts';
import { StderrLog } from './stderr-log.ts';

/** What an answer needs of the connection that it comes over. */
export interface AnswerSource {
  pause(): void;
  resume(): void;
  /** Nobody wants the rest. */
  destroy(): void;
}

/** Bytes of the body that are kept for a reader that does not take them, before the connection is paused. */
const HIGH_WATER = 65_536;

/** How long END_REQUEST may take after the last byte that the head announced; then the connection is given up. */
const END_TIME = 1000;

const DONE = { done: true, value: undefined } as const;

/** One application's answer as it arrives: first its head, then it is the body of the response. */
export class Answer implements AsyncIterableIterator<Bytes> {
  readonly #source: AnswerSource;
  readonly #stderr: StderrLog;
  readonly #idleTimeout: number;
  readonly #parser = new CgiHeadParser();
  readonly #length = new AnnouncedLength();
  #head: CgiHead | undefined;
  #queue: Bytes[] = [];
  #queued = 0;
  #paused = false;
  /** Something came of it already: it cannot be asked for again. */
  #begun = false;
  #ended = false;
  #failure: unknown;
  #wake: (() => void) | undefined;
  #endTimer: NodeJS.Timeout | undefined;

  /** @param idleTimeout milliseconds between two pieces of the body. */
  constructor(source: AnswerSource, errors: ErrorStream, idleTimeout: number) {
    this.#source = source;
    this.#stderr = new StderrLog(errors);
    this.#idleTimeout = idleTimeout;
  }

  get begun(): boolean {
    return this.#begun;
  }

  stdout(chunk: Bytes): void {
    this.#begun = true;
    if (this.#ended) return;
    let body = chunk;
    if (this.#head === undefined) {
      try {
        const parsed = this.#parser.push(chunk);
        if (parsed === undefined) return;
        this.#head = parsed.head;
        body = parsed.rest;
      } catch (error) {
        this.fail(error);
        return;
      }
    }
    if (body.byteLength > 0) {
      this.#queue.push(body);
      this.#queued += body.byteLength;
    }
    if (this.#queued > HIGH_WATER && !this.#paused) {
      this.#paused = true;
      this.#source.pause();
    }
    this.#notify();
  }

  stderr(chunk: Bytes): void {
    this.#begun = true;
    this.#stderr.push(chunk);
  }

  /** END_REQUEST. A non-zero appStatus is how a shared connection says that the answer broke off (R77). */
  end(appStatus: number, protocolStatus: number): void {
    clearTimeout(this.#endTimer);
    this.#stderr.end();
    if (this.#ended) return;
    if (protocolStatus !== REQUEST_COMPLETE) this.#fail(rejection(protocolStatus));
    else if (this.#head === undefined) this.#endWithoutHead();
    else if (appStatus !== 0)
      this.#fail(truncated(`the application failed with status ${appStatus} within its answer`));
    this.#ended = true;
    this.#notify();
  }

  /** The connection is gone. */
  lost(cause?: Error): void {
    clearTimeout(this.#endTimer);
    this.#stderr.end();
    if (this.#ended) return;
    const why = cause === undefined ? '' : `: ${cause.message}`;
    if (this.#head === undefined) {
      this.#fail(gatewayError('CONNECTION_LOST', 502, `the connection was closed before the answer${why}`, cause));
    } else this.#fail(truncated(`the connection was closed within the answer${why}`));
    this.#ended = true;
    this.#notify();
  }

  /** Makes reading reject with `error`; what is queued is dropped. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#fail(error);
    this.#ended = true;
    this.#queue = [];
    this.#source.destroy();
    this.#notify();
  }

  /**
   * Waits for the end of the head.
   *
   * @throws TsgiError 502 for what is no CGI response, 503 OVERLOADED, and what `fail` was called with.
   */
  async head(): Promise<CgiHead> {
    while (this.#head === undefined && !this.#ended) await this.#wait();
    if (this.#head === undefined) throw this.#failure;
    return this.#head;
  }

  /** Holds the body to the length that its head announces, where a body follows at all. */
  expectBody(method: string, status: string, headers: readonly Header[]): void {
    this.#length.expect(method, status, headers);
  }

  async next(): Promise<IteratorResult<Bytes, undefined>> {
    if (this.#length.missing === 0) return this.return();
    if (this.#queue.length === 0 && !this.#ended) await this.#waitInTime();
    const chunk = this.#queue.shift();
    if (chunk === undefined) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#length.missing === undefined) return DONE;
      throw truncated(`the answer ended ${this.#length.missing} bytes short of its Content-Length`);
    }
    this.#queued -= chunk.byteLength;
    if (this.#paused && this.#queued < HIGH_WATER / 2) {
      this.#paused = false;
      this.#source.resume();
    }
    return { done: false, value: this.#length.take(chunk) };
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.close();
    return DONE;
  }

  /** Gives the connection up, unless END_REQUEST has come or is all that is left to come. */
  close(): void {
    this.#queue = [];
    if (this.#ended) return;
    this.#ended = true;
    if (this.#length.missing !== 0) this.#source.destroy();
    else {
      this.#source.resume();
      this.#endTimer = setTimeout(() => this.#source.destroy(), END_TIME);
      this.#endTimer.unref();
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #endWithoutHead(): void {
    try {
      this.#parser.end();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
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

  async #waitInTime(): Promise<void> {
    const late = (): void => {
      this.fail(gatewayError('IDLE_TIMEOUT', 504, `no byte of the answer within ${this.#idleTimeout} ms`));
    };
    const timer = setTimeout(late, this.#idleTimeout);
    while (this.#queue.length === 0 && !this.#ended) await this.#wait();
    clearTimeout(timer);
  }
}

function rejection(protocolStatus: number): TsgiError {
  if (protocolStatus === OVERLOADED) return gatewayError('OVERLOADED', 503, 'the application is overloaded');
  if (protocolStatus === CANT_MPX_CONN) {
    return gatewayError('CANT_MPX_CONN', 502, 'the application takes one request a connection, and says it has one');
  }
  return gatewayError('UNKNOWN_ROLE', 502, 'the application does not serve the role of a responder');
}

function truncated(message: string): TsgiError {
  return new TsgiError(message, { code: 'ANSWER_TRUNCATED', side: 'peer', statusHint: 502, rule: 'R81' });
}
