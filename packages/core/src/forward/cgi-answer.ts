import { AnnouncedLength } from './announced-length.ts';
import { type CgiHead, CgiHeadParser } from '../cgi/cgi-head-parser.ts';
import type { Bytes, Header } from '../contract/contract.ts';
import { TsgiAbortError } from '../contract/errors.ts';
import { gatewayError } from './gateway-error.ts';

/** Milliseconds. */
export interface AnswerTimeouts {
  /** From the last of the request to the end of the answer's head. */
  readonly responseTimeout: number;
  /** Between two pieces of its body. */
  readonly idleTimeout: number;
}

const DONE = { done: true, value: undefined } as const;

/**
 * A CGI response as a gateway gets it: first its head, then it is the body of what the gateway answers. Reads no faster
 * than its body is asked for. A subclass owns what it is read from.
 */
export abstract class CgiAnswer implements AsyncIterableIterator<Bytes> {
  readonly #chunks: AsyncIterator<Bytes>;
  readonly #stop: () => void;
  readonly #signal: AbortSignal;
  readonly #timeouts: AnswerTimeouts;
  readonly #onAbort: () => void;
  readonly #length = new AnnouncedLength();
  #rest: Bytes | undefined;
  #failure: unknown;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  /**
   * @param stop makes reading from `chunks` end or fail at once.
   * @param signal `tsgi.signal` of the request.
   */
  constructor(chunks: AsyncIterator<Bytes>, stop: () => void, signal: AbortSignal, timeouts: AnswerTimeouts) {
    this.#chunks = chunks;
    this.#stop = stop;
    this.#signal = signal;
    this.#timeouts = timeouts;
    this.#onAbort = () => this.fail(signal.reason ?? new TsgiAbortError('the client is gone'));
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Reading failed, for no reason of ours: the error to tell it with. */
  protected abstract readError(cause: unknown): Error;

  /** The last chunk was read. Closes, and throws unless the answer is whole. */
  protected abstract finish(missing: number | undefined): Promise<void>;

  /** Nobody reads any more. */
  protected abstract release(hasFailed: boolean): void;

  /**
   * Reads up to the end of the head.
   *
   * @throws TsgiError 502 for what is no CGI response, 504 when it is late.
   */
  async head(): Promise<CgiHead> {
    this.#startDeadline();
    const parser = new CgiHeadParser();
    for (;;) {
      const chunk = await this.#read();
      if (chunk === undefined) return parser.end();
      const parsed = parser.push(chunk);
      if (parsed === undefined) continue;
      this.#stopDeadline();
      if (parsed.rest.byteLength > 0) this.#rest = parsed.rest;
      return parsed.head;
    }
  }

  /** Holds the body to the length that its head announces, where a body follows at all. */
  expectBody(method: string, status: string, headers: readonly Header[]): void {
    this.#length.expect(method, status, headers);
  }

  /** The request is still on its way: the answer is not late yet. */
  requestProgressed(): void {
    if (this.#deadline === undefined) return;
    clearTimeout(this.#deadline);
    this.#startDeadline();
  }

  /** Makes reading reject with `error`. */
  fail(error: unknown): void {
    if (this.#closed) return;
    this.#failure ??= error;
    this.#stop();
  }

  async next(): Promise<IteratorResult<Bytes, undefined>> {
    if (this.#length.missing === 0) return this.return();
    const chunk = this.#rest ?? (await this.#readInTime());
    this.#rest = undefined;
    if (chunk !== undefined) return { done: false, value: this.#length.take(chunk) };
    await this.finish(this.#length.missing);
    return DONE;
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.close();
    return DONE;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopDeadline();
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.release(this.#failure !== undefined);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #startDeadline(): void {
    const { responseTimeout } = this.#timeouts;
    this.#deadline = setTimeout(() => {
      this.fail(gatewayError('RESPONSE_TIMEOUT', 504, `no answer within ${responseTimeout} ms`));
    }, responseTimeout);
  }

  #stopDeadline(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  async #readInTime(): Promise<Bytes | undefined> {
    const { idleTimeout } = this.#timeouts;
    const timer = setTimeout(() => {
      this.fail(gatewayError('IDLE_TIMEOUT', 504, `no byte of the answer within ${idleTimeout} ms`));
    }, idleTimeout);
    try {
      return await this.#read();
    } finally {
      clearTimeout(timer);
    }
  }

  /** The next chunk, `undefined` at the end. */
  async #read(): Promise<Bytes | undefined> {
    try {
      const { done, value } = await this.#chunks.next();
      if (done !== true) return value;
    } catch (cause) {
      throw this.#failure ?? this.readError(cause);
    }
    if (this.#failure !== undefined) throw this.#failure;
    return undefined;
  }
}
