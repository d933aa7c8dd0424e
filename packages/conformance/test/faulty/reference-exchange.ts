import type { App, AfterResponse, Bytes, Environ, Header } from '@tsgi/core';
import { TsgiAbortError } from '@tsgi/core';
import { checkHead } from '@tsgi/core/server';
import type { ReferenceWire } from './reference-wire.ts';

/** A head that was accepted and not sent. */
export interface PendingHead {
  readonly status: string;
  readonly headers: readonly Header[];
  /** -1 when there is none. */
  readonly length: number;
  readonly hasBody: boolean;
}

/** What a body's `next` gives. */
export interface Step {
  readonly done?: boolean;
  readonly value?: unknown;
}

/** An iterator of either kind, whose every part may be missing. */
export interface AnyIterator {
  next(): Step | PromiseLike<Step>;
  return?(): unknown;
  close?(): unknown;
}

/** What an application returns, before anybody has looked at it. */
export interface AnyBody {
  [Symbol.asyncIterator]?(): AnyIterator;
  [Symbol.iterator]?(): AnyIterator;
  close?(): unknown;
}

/**
 * A run loop written for being read, and for being wrong in one part at a time: each method is one duty of the contract.
 */
export class ReferenceExchange {
  readonly environ: Environ;
  readonly wire: ReferenceWire;
  readonly controller: AbortController = new AbortController();
  readonly hooks: AfterResponse[] = [];
  readonly app: App;
  pending: PendingHead | undefined;
  started = false;
  headSent = false;
  returned = false;
  ended = false;
  sent = 0;
  exhausted = false;

  constructor(app: App, environ: Environ, wire: ReferenceWire) {
    this.app = app;
    this.environ = environ;
    this.wire = wire;
    environ['tsgi.signal' as string] = this.controller.signal;
    environ['tsgi.after_response' as string] = this.hooks;
  }

  async run(): Promise<void> {
    let body: AnyBody | undefined;
    let iterator: AnyIterator | undefined;
    try {
      body = await this.call();
      this.returned = true;
      iterator = this.iterate(body);
      await this.drive(iterator);
      if (!this.ended) this.finish();
    } catch (error) {
      this.returned = true;
      if (!this.controller.signal.aborted) this.fail(error);
    }
    await this.tearDown(body, iterator);
  }

  /** The peer is gone. */
  peerGone(): void {
    if (!this.ended) this.controller.abort(new TsgiAbortError('the peer is gone'));
  }

  call(): Promise<AnyBody> {
    const start = (...args: [string, Header[], unknown?]): ((chunk: Bytes) => Promise<void>) => this.start(...args);
    const returned: unknown = this.app(this.environ, start);
    return Promise.resolve(returned as AnyBody);
  }

  start(status: string, headers: Header[], excInfo?: unknown): (chunk: Bytes) => Promise<void> {
    const write = (chunk: Bytes): Promise<void> => this.write(chunk);
    if (this.controller.signal.aborted) return write;
    const replaces = this.isSupplied(excInfo);
    if (replaces && this.headSent) this.tooLate(excInfo);
    if (!replaces && this.started) throw new Error('startResponse was called twice');
    this.started = true;
    const before = this.pending;
    this.pending = undefined;
    this.pending = this.replace(before, this.check(status, headers));
    return write;
  }

  isSupplied(excInfo: unknown): boolean {
    return excInfo !== undefined && excInfo !== null;
  }

  tooLate(excInfo: unknown): void {
    throw excInfo;
  }

  check(status: string, headers: Header[]): PendingHead {
    const head = checkHead(status, headers, this.environ.REQUEST_METHOD === 'HEAD');
    return { status: head.status, headers: head.headers, length: head.contentLength, hasBody: head.hasBody };
  }

  replace(_before: PendingHead | undefined, after: PendingHead): PendingHead {
    return after;
  }

  write(chunk: Bytes): Promise<void> {
    this.checkChunk(chunk);
    this.checkWrite(chunk);
    const written = this.send(chunk).then(() => this.rejectIfGone());
    // A promise that nobody awaits must not end the process (R87).
    written.catch(() => {});
    return written;
  }

  rejectIfGone(): void | Promise<void> {
    if (this.controller.signal.aborted) throw this.controller.signal.reason;
  }

  checkWrite(chunk: Bytes): void {
    if (this.returned) throw new Error('write came late');
    const { length = -1, hasBody = true } = this.pending ?? {};
    if (hasBody && length !== -1 && this.sent + chunk.byteLength > length) throw new Error('write is too long');
  }

  iterate(body: AnyBody): AnyIterator {
    if (typeof body !== 'object' || body === null || ArrayBuffer.isView(body)) throw new Error('no body');
    const iterator = body[Symbol.asyncIterator]?.() ?? body[Symbol.iterator]?.();
    if (iterator === undefined) throw new Error('no iterator');
    return iterator;
  }

  async drive(iterator: AnyIterator): Promise<void> {
    while (!this.ended && !this.controller.signal.aborted) {
      const step = await this.next(iterator);
      if (step.done === true) {
        this.exhausted = true;
        return;
      }
      await this.take(step.value);
    }
  }

  async next(iterator: AnyIterator): Promise<Step> {
    try {
      return await iterator.next();
    } catch (error) {
      this.exhausted = true;
      throw error;
    }
  }

  async take(chunk: unknown): Promise<void> {
    this.checkChunk(chunk);
    if (this.pending === undefined) throw new Error('no head');
    await this.send(chunk);
  }

  checkChunk(chunk: unknown): asserts chunk is Bytes {
    if (!(chunk instanceof Uint8Array) || chunk.buffer instanceof SharedArrayBuffer) throw new Error('no chunk');
  }

  isNothing(chunk: Bytes): boolean {
    return chunk.byteLength === 0;
  }

  async send(chunk: Bytes): Promise<void> {
    if (this.isNothing(chunk) || this.controller.signal.aborted) return;
    this.sendHead();
    if (this.pending?.hasBody === false) {
      this.end();
      return;
    }
    const bytes = this.limit(chunk);
    this.sent += bytes.byteLength;
    const accepts = this.wire.chunk(bytes);
    if (this.sent === this.pending?.length && this.returned) this.end();
    else if (!accepts) await this.pause();
  }

  limit(chunk: Bytes): Bytes {
    const { length = -1 } = this.pending ?? {};
    return length === -1 ? chunk : chunk.subarray(0, length - this.sent);
  }

  pause(): Promise<void> {
    return this.wire.drained();
  }

  sendHead(): void {
    if (this.headSent) return;
    if (this.pending === undefined) throw new Error('no head');
    this.headSent = true;
    const { status, headers, length, hasBody } = this.pending;
    this.wire.head(status, headers, hasBody && length === -1 && this.environ.SERVER_PROTOCOL !== 'HTTP/1.0');
  }

  finish(): void {
    this.sendHead();
    const { length = -1, hasBody = true } = this.pending ?? {};
    if (hasBody && length > this.sent) this.cutOff();
    else this.end();
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.wire.end();
  }

  cutOff(): void {
    this.ended = true;
    this.wire.cutOff();
  }

  fail(error: unknown): void {
    if (this.ended) return;
    if (this.headSent) {
      this.cutOff();
      return;
    }
    const text = this.errorText(error);
    this.headSent = true;
    this.ended = true;
    this.wire.head('500 Internal Server Error', [['Content-Length', String(text.length)]], false);
    if (this.environ.REQUEST_METHOD !== 'HEAD') this.wire.socket.write(text, 'latin1');
    this.wire.socket.end();
  }

  errorText(_error: unknown): string {
    return 'Internal Server Error\n';
  }

  async tearDown(body: AnyBody | undefined, iterator: AnyIterator | undefined): Promise<void> {
    await this.quietly(() => this.leave(iterator));
    await this.quietly(() => this.closeBody(body, iterator));
    await this.runHooks();
  }

  leave(iterator: AnyIterator | undefined): unknown {
    return this.exhausted ? undefined : iterator?.return?.();
  }

  closeBody(body: AnyBody | undefined, _iterator: AnyIterator | undefined): unknown {
    return body?.close?.();
  }

  async runHooks(): Promise<void> {
    for (const hook of this.hooks) await this.quietly(hook);
  }

  async quietly(work: () => unknown): Promise<void> {
    try {
      await work();
    } catch {
      // Logged, in a real server.
    }
  }
}
