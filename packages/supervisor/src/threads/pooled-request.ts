import {
  type Body,
  type Bytes,
  type Environ,
  type Header,
  onAbort,
  type StartResponse,
  TsgiAbortError,
  TsgiError,
} from '@tsgi/core';
import { requestIdOf } from '@tsgi/core/server';
import { type FromThread, movable, type PassedError, type ToThread } from './thread-messages.ts';

/** Bytes of a request body that are read at a time. */
const READ_SIZE = 65_536;

type Scalar = string | number | boolean;

/** What a request needs of its thread. */
export interface RequestThread {
  post(message: ToThread, transfer: readonly ArrayBuffer[]): void;
}

/** One request as the main thread has it: its answer comes from another thread, and is the body of this one. */
export class PooledRequest implements AsyncIterableIterator<Bytes> {
  /** Resolves with the body once the head is there; rejects when the thread died before. */
  readonly answer: Promise<Body>;
  readonly #environ: Environ;
  readonly #startResponse: StartResponse;
  #thread: RequestThread | undefined;
  #state: 'waiting' | 'running' | 'answering' | 'ended' = 'waiting';
  #reading = false;
  #chunks: Bytes[] = [];
  #failure: unknown;
  #wake: (() => void) | undefined;
  #resolve: (body: Body) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(environ: Environ, startResponse: StartResponse) {
    this.#environ = environ;
    this.#startResponse = startResponse;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    onAbort(environ, (reason) => this.#giveUp(reason));
  }

  /** The client left while it waited for a thread. */
  get over(): boolean {
    return this.#state === 'ended';
  }

  begin(thread: RequestThread): void {
    this.#thread = thread;
    this.#state = 'running';
    const values: Record<string, Scalar> = {};
    for (const [key, value] of Object.entries(this.#environ)) if (isScalar(value)) values[key] = value;
    const earlyHints = this.#environ['tsgi.early_hints'] !== undefined;
    const requestId = requestIdOf(this.#environ);
    const hasBody = this.#environ['tsgi.has_body'] === true;
    this.#post({ type: 'request', values, requestId, hasBody, earlyHints });
  }

  /** The thread is somebody else's now. */
  release(): void {
    this.#thread = undefined;
  }

  /** Something came from the thread. */
  take(message: FromThread): void {
    switch (message.type) {
      case 'wanted':
        if (!this.#reading) void this.#read();
        break;
      case 'log':
        this.#environ['tsgi.errors'].write(message.text);
        break;
      case 'hints':
        this.#environ['tsgi.early_hints']?.([...message.headers]);
        break;
      case 'head':
        this.#onHead(message.status, message.headers, message.chunk, message.end);
        break;
      case 'chunk':
        this.#push(message.chunk);
        break;
      case 'end':
        this.#end();
        break;
      case 'broken':
        this.fail(new TsgiError('the answer broke off in its thread', { code: 'ANSWER_BROKEN', side: 'app' }));
        break;
      default:
    }
  }

  /** There will be no answer, or no more of it. */
  fail(error: unknown): void {
    if (this.#state === 'ended') return;
    const isAnswering = this.#state === 'answering';
    this.#state = 'ended';
    this.#failure = error;
    if (!isAnswering) this.#reject(error);
    this.#notify();
  }

  async next(): Promise<IteratorResult<Bytes, undefined>> {
    while (this.#chunks.length === 0 && this.#state !== 'ended') {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#post({ type: 'taken', bytes: chunk.byteLength });
      return { done: false, value: chunk };
    }
    if (this.#failure !== undefined) throw this.#failure;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Bytes, undefined>> {
    this.#giveUp('the rest of the answer is not wanted');
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #onHead(status: string, headers: readonly Header[], chunk: Bytes | undefined, end: boolean): void {
    if (this.#state !== 'running') return;
    try {
      this.#startResponse(status, [...headers]);
      // A head without anything behind it was asked for by itself.
      if (chunk === undefined && !end) this.#environ['tsgi.send_head']?.(this.#startResponse);
    } catch (error) {
      this.fail(error);
      this.#post({ type: 'abort', reason: 'the head was refused' });
      return;
    }
    this.#state = 'answering';
    if (end) {
      // The usual, small answer: no iteration, and one write.
      this.#state = 'ended';
      this.#resolve(chunk === undefined ? [] : [chunk]);
      return;
    }
    if (chunk !== undefined) this.#push(chunk);
    this.#resolve(this);
  }

  #push(chunk: Bytes): void {
    if (this.#state !== 'answering') return;
    this.#chunks.push(chunk);
    this.#notify();
  }

  #end(): void {
    if (this.#state !== 'answering') return;
    this.#state = 'ended';
    this.#notify();
  }

  #giveUp(reason: unknown): void {
    if (this.#state === 'ended') return;
    this.fail(reason instanceof Error ? reason : new TsgiAbortError(String(reason)));
    this.#chunks = [];
    this.#post({ type: 'abort', reason: reason instanceof Error ? reason.message : String(reason) });
  }

  async #read(): Promise<void> {
    this.#reading = true;
    try {
      const chunk = await this.#environ['tsgi.input'].read(READ_SIZE);
      // Node's own buffers may lie in memory that others use: those are copied.
      if (chunk.byteLength > 0) this.#post({ type: 'input', chunk }, movable(chunk));
      else this.#post({ type: 'inputEnd' });
    } catch (error) {
      this.#post({ type: 'inputFailed', error: passed(error) });
    } finally {
      this.#reading = false;
    }
  }

  #post(message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    this.#thread?.post(message, transfer);
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function passed(error: unknown): PassedError {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof TsgiError))
    return { message, code: 'INPUT_FAILED', isAbort: false, side: 'peer', statusHint: 400 };
  const { code, side, statusHint } = error;
  return { message, code, isAbort: error instanceof TsgiAbortError, side, statusHint };
}
