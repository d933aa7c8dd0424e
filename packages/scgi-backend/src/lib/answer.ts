import { type Bytes, type Header, TsgiAbortError, TsgiError } from '@tsgi/core';
import { type CgiHead, CgiHeadParser } from '@tsgi/core/cgi';
import type { UpstreamSocket } from '@tsgi/transport';

/** What an answer is held to. */
export interface AnswerSettings {
  /** Milliseconds. */
  readonly responseTimeout: number;
  /** Milliseconds. */
  readonly idleTimeout: number;
  /** The connection can be reset: a UNIX socket can only be closed. */
  readonly overTcp: boolean;
}

const DONE = { done: true, value: undefined } as const;

/**
 * A server's answer as it arrives: first its head, then it is the response's body. Reads no faster than its body is
 * asked for. Owns the socket: it is closed at the body's end, by `close`, and when the client goes.
 */
export class Answer implements AsyncIterableIterator<Bytes> {
  readonly #socket: UpstreamSocket;
  readonly #signal: AbortSignal;
  readonly #settings: AnswerSettings;
  readonly #chunks: AsyncIterator<Bytes>;
  readonly #onAbort: () => void;
  #rest: Bytes | undefined;
  /** Bytes that the head announced and that have not come. */
  #missing: number | undefined;
  #requestSent = false;
  #failure: unknown;
  #deadline: NodeJS.Timeout | undefined;

  constructor(socket: UpstreamSocket, signal: AbortSignal, settings: AnswerSettings) {
    this.#socket = socket;
    this.#signal = signal;
    this.#settings = settings;
    // What fails on the socket is told by the iterator; without a listener it would end the process.
    socket.on('error', () => {});
    if (settings.overTcp) socket.once('end', () => this.#noteReset());
    this.#chunks = socket.iterator({ destroyOnReturn: false });
    this.#onAbort = () => this.fail(signal.reason ?? new TsgiAbortError('the client is gone'));
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * Reads up to the end of the head.
   *
   * @throws TsgiError 502 for what is no CGI response, 504 when it is late.
   */
  async head(): Promise<CgiHead> {
    const { responseTimeout } = this.#settings;
    this.#deadline = setTimeout(() => {
      this.fail(lateError(`no answer within ${responseTimeout} ms`, 'RESPONSE_TIMEOUT'));
    }, responseTimeout);
    const parser = new CgiHeadParser();
    for (;;) {
      const chunk = await this.#read();
      if (chunk === undefined) return parser.end();
      const parsed = parser.push(chunk);
      if (parsed === undefined) continue;
      clearTimeout(this.#deadline);
      this.#deadline = undefined;
      if (parsed.rest.byteLength > 0) this.#rest = parsed.rest;
      return parsed.head;
    }
  }

  /** Holds the body to the length that its head announces, where a body follows at all. */
  expectBody(method: string, status: string, headers: readonly Header[]): void {
    if (method === 'HEAD' || status.startsWith('204') || status.startsWith('304')) return;
    const header = headers.find(([name]) => name.toLowerCase() === 'content-length');
    if (header !== undefined) this.#missing = Number(header[1]);
  }

  /** The request is still on its way: the answer is not late yet. */
  requestProgressed(): void {
    this.#deadline?.refresh();
  }

  /** The server has the whole request: nothing is under way that could meet a closed socket. */
  requestSent(): void {
    this.#requestSent = true;
  }

  /** Makes reading reject with `error`. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#socket.destroy();
  }

  async next(): Promise<IteratorResult<Bytes, undefined>> {
    if (this.#missing === 0) return this.return();
    const chunk = this.#rest ?? (await this.#readInTime());
    this.#rest = undefined;
    if (chunk === undefined) {
      await this.return();
      // An answer without a length that ends within the request may be whole, or broken off: nobody can tell.
      if (this.#missing === undefined && !this.#socket.refused) return DONE;
      const where =
        this.#missing === undefined ? 'within the request' : `${this.#missing} bytes short of its Content-Length`;
      throw new TsgiError(`the answer ended ${where}`, {
        code: 'ANSWER_TRUNCATED',
        side: 'peer',
        statusHint: 502,
        rule: 'R81',
      });
    }
    if (this.#missing === undefined) return { done: false, value: chunk };
    // What a server sends beyond its Content-Length is nobody's (R80).
    const value = chunk.byteLength > this.#missing ? chunk.subarray(0, this.#missing) : chunk;
    this.#missing -= value.byteLength;
    return { done: false, value };
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.close();
    return DONE;
  }

  close(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#socket.destroy();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * libuv takes a reset that comes together with the last bytes for an end. A socket that was reset has no peer any more,
   * one that was closed has; what we ourselves sent to a closed one is what resets it, too.
   */
  #noteReset(): void {
    if (!this.#requestSent || this.#socket.remoteAddress !== undefined) return;
    this.#failure ??= new TsgiError('the server reset the connection', {
      code: 'CONNECTION_FAILED',
      side: 'peer',
      statusHint: 502,
    });
  }

  async #readInTime(): Promise<Bytes | undefined> {
    const { idleTimeout } = this.#settings;
    const timer = setTimeout(() => {
      this.fail(lateError(`no byte of the answer within ${idleTimeout} ms`, 'IDLE_TIMEOUT'));
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
      if (this.#failure !== undefined) throw this.#failure;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new TsgiError(`the connection failed: ${why}`, {
        code: 'CONNECTION_FAILED',
        side: 'peer',
        statusHint: 502,
        cause,
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
    return undefined;
  }
}

function lateError(message: string, code: string): TsgiError {
  return new TsgiError(message, { code, side: 'peer', statusHint: 504 });
}
