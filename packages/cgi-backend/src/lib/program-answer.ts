import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { type Bytes, type Header, TsgiAbortError } from '@tsgi/core';
import { type CgiHead, CgiHeadParser } from '@tsgi/core/cgi';
import { badGateway, gatewayError } from './gateway-errors.ts';
import { end, type RunningProgram } from './launch.ts';
import { sendBody } from './send-body.ts';

/** Milliseconds. */
export interface AnswerTimeouts {
  readonly responseTimeout: number;
  readonly idleTimeout: number;
}

const DONE = { done: true, value: undefined } as const;

/** A program that closed its output and does not end has said all that it will: its exit code is not waited for longer. */
const EXIT_MS = 1000;

/** What a program may still write when nobody wants its answer, for it may do more than answer; then it is ended. */
const UNWANTED_BYTES = 1_048_576;

/**
 * A program's answer as it arrives: first its head, then it is the response's body. Owns the program: it is ended when
 * the client goes, when it is late, and when it writes on after nobody wants it.
 */
export class ProgramAnswer implements AsyncIterableIterator<Bytes> {
  readonly #child: ChildProcess;
  readonly #input: Writable | null;
  readonly #output: Readable;
  readonly #signal: AbortSignal;
  readonly #timeouts: AnswerTimeouts;
  readonly #chunks: AsyncIterator<Bytes>;
  readonly #onAbort: () => void;
  #rest: Bytes | undefined;
  /** Bytes that the head announced and that have not come. */
  #missing: number | undefined;
  #failure: unknown;
  #deadline: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ child, input, output }: RunningProgram, signal: AbortSignal, timeouts: AnswerTimeouts) {
    this.#child = child;
    this.#input = input;
    this.#output = output;
    this.#signal = signal;
    this.#timeouts = timeouts;
    this.#chunks = output.iterator({ destroyOnReturn: false });
    child.on('error', (cause) =>
      this.fail(badGateway('SPAWN_FAILED', `cannot run the program: ${cause.message}`, cause)),
    );
    this.#onAbort = () => this.fail(signal.reason ?? new TsgiAbortError('the client is gone'));
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Sends the request body beside the answer, which may begin before its end. */
  send(body: Iterable<Bytes> | AsyncIterable<Bytes>): void {
    if (this.#input === null) return;
    // The client's body was cut short: what the program makes of the half must not pass for an answer.
    sendBody(body, this.#input, () => this.#deadline?.refresh()).catch((error: unknown) => this.fail(error));
  }

  /**
   * Reads up to the end of the head.
   *
   * @throws TsgiError 502 for what is no CGI response, 504 when it is late.
   */
  async head(): Promise<CgiHead> {
    const { responseTimeout } = this.#timeouts;
    this.#deadline = setTimeout(() => {
      this.fail(gatewayError('RESPONSE_TIMEOUT', 504, `no answer within ${responseTimeout} ms`));
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

  /** Ends the program and makes reading reject with `error`. */
  fail(error: unknown): void {
    if (this.#closed) return;
    this.#failure ??= error;
    end(this.#child);
    this.#output.destroy();
  }

  async next(): Promise<IteratorResult<Bytes, undefined>> {
    if (this.#missing === 0) return this.return();
    const chunk = this.#rest ?? (await this.#readInTime());
    this.#rest = undefined;
    if (chunk === undefined) return this.#finish();
    if (this.#missing === undefined) return { done: false, value: chunk };
    // What a program writes beyond its Content-Length is nobody's (R80).
    const value = chunk.byteLength > this.#missing ? chunk.subarray(0, this.#missing) : chunk;
    this.#missing -= value.byteLength;
    return { done: false, value };
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.close();
    return DONE;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#deadline);
    this.#signal.removeEventListener('abort', this.#onAbort);
    if (this.#failure === undefined && !this.#output.readableEnded) void this.#discard();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The output has ended: is it whole? */
  async #finish(): Promise<IteratorReturnResult<undefined>> {
    if (this.#missing !== undefined) {
      this.close();
      throw badGateway('ANSWER_TRUNCATED', `the answer ended ${this.#missing} bytes short of its Content-Length`);
    }
    await this.#exit();
    this.close();
    const { exitCode, signalCode } = this.#child;
    if (signalCode !== null || (exitCode !== null && exitCode !== 0)) {
      throw badGateway('PROGRAM_FAILED', `the program failed after its head: ${signalCode ?? `exit code ${exitCode}`}`);
    }
    return DONE;
  }

  async #exit(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, EXIT_MS);
      child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Lets the program come to its own end (a HEAD wants no body, yet its program does its work), within bounds. */
  async #discard(): Promise<void> {
    let unwanted = 0;
    const timer = setTimeout(() => end(this.#child), this.#timeouts.idleTimeout);
    this.#child.once('exit', () => clearTimeout(timer));
    // As long as the iterator listens, nothing flows.
    await this.#chunks.return?.();
    this.#output.on('data', (chunk: Buffer) => {
      unwanted += chunk.length;
      if (unwanted <= UNWANTED_BYTES) return;
      end(this.#child);
      this.#output.destroy();
    });
    this.#output.resume();
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
      throw this.#failure ?? badGateway('OUTPUT_FAILED', 'the output of the program cannot be read', cause);
    }
    if (this.#failure !== undefined) throw this.#failure;
    return undefined;
  }
}
