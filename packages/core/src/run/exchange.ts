import {
  bodyNeedsNoTeardown,
  isPromiseLike,
  iteratorOf,
  type BodyIterator,
  type Step,
  whenSettled,
} from '../body/body-iteration.ts';
import type { AfterResponse, App, Environ, ErrorStream, Header, Input, StartResponse } from '../contract/contract.ts';
import { attachServices, type EnvironServices } from '../environ/environ.ts';
import { TsgiAbortError, TsgiError } from '../contract/errors.ts';
import type { ObservedAnswer, RequestObserver } from '../contract/observer.ts';
import { describeError, describeRequest } from './failure.ts';
import { fileBlocks, FileWrapper } from '../body/file-wrapper.ts';
import { mayGiveBytes } from '../input/input.ts';
import { checkHeaders } from './response-head.ts';
import type { ResponseWriter } from './response-writer.ts';
import { Response } from './response.ts';
import { originalStartResponse } from './start-response-identity.ts';
import { tearDown } from './teardown.ts';

/**
 * One request: calls the application, drives its body by hand and tears down; the response's states are `Response`'s.
 * It knows no wire: a backend hands it an environ and a writer that frames bytes.
 *
 * `run` never throws. A synchronous application that returns an array is answered before it returns, in one call of the
 * writer and without a promise.
 */
export class Exchange implements EnvironServices, ObservedAnswer {
  readonly #app: App;
  readonly #environ: Environ;
  readonly #writer: ResponseWriter;
  readonly #errors: ErrorStream;
  readonly #response: Response;
  readonly #input: Input;
  #startResponse: StartResponse | undefined;
  #returned = false;
  #body: unknown;
  #iterator: BodyIterator | undefined;
  #stepping = false;
  #exhausted = false;
  #tornDown = false;
  #controller: AbortController | undefined;
  #abortReason: TsgiAbortError | undefined;
  #hooks: AfterResponse[] | undefined;
  #onAbort: ((reason: TsgiAbortError) => void)[] | undefined;
  #hasBody: boolean | undefined;
  #onStep: ((step: Step) => void) | undefined;
  #onStepFailed: ((error: unknown) => void) | undefined;
  /** Until it was told how the request ended. */
  #observer: RequestObserver | undefined;
  readonly #requestId: string | undefined;
  #unsent = 0;

  /** @param observer is told when the answer has ended. */
  constructor(app: App, environ: Environ, writer: ResponseWriter, observer?: RequestObserver) {
    this.#app = app;
    this.#environ = environ;
    this.#writer = writer;
    this.#errors = environ['tsgi.errors'];
    this.#input = environ['tsgi.input'];
    this.#response = new Response(writer, environ.REQUEST_METHOD === 'HEAD', (error) => this.#log(error));
    this.#observer = observer;
    this.#requestId = observer?.requestId;
    attachServices(environ, this);
  }

  /** Whether the response has ended on the wire, or its peer is gone. */
  get responseEnded(): boolean {
    return this.#response.ended;
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

  get requestId(): string | undefined {
    return this.#requestId;
  }

  // What the observer is told.

  get status(): number {
    // Its head is none that the peer has seen.
    if (this.#writer.takenOver === true) return 101;
    return this.#response.code ?? 499;
  }

  get bytes(): number {
    return Math.max(0, this.#response.sent - this.#unsent);
  }

  get headers(): readonly Header[] {
    return this.#response.headers;
  }

  get outcome(): ObservedAnswer['outcome'] {
    if (this.#response.aborted || this.#unsent > 0) return 'left';
    return this.#response.cut ? 'cut' : 'whole';
  }

  get keepsConnection(): boolean | undefined {
    return this.#writer.keepsConnection;
  }

  /** `tsgi.early_hints`: sends nothing once the head is on the wire. */
  sendEarlyHints(headers: Header[]): void {
    const checked = checkHeaders(headers);
    if (this.#response.unsent) this.#writer.earlyHints?.(checked);
  }

  /** `tsgi.send_head` (R103). */
  sendHead(startResponse: StartResponse): void {
    // What a middleware does to the head would not happen.
    if (typeof startResponse !== 'function' || originalStartResponse(startResponse) !== this.#startResponse) {
      throw new TsgiError("tsgi.send_head takes the server's own startResponse: a middleware has replaced it", {
        code: 'START_RESPONSE_REPLACED',
        side: 'app',
        rule: 'R91',
      });
    }
    this.#response.sendHead();
  }

  /** `tsgi.has_body` (R104): of the body that the server gave, and the same whenever it is asked. */
  get hasBody(): boolean {
    return (this.#hasBody ??= mayGiveBytes(this.#input, this.#environ.CONTENT_LENGTH));
  }

  /** Calls back once the peer is gone; not at all when the response has ended. */
  onAbort(callback: (reason: TsgiAbortError) => void): void {
    const reason = this.#abortReason;
    if (reason !== undefined) queueMicrotask(() => this.#tell(callback, reason));
    else if (!this.#response.ended) (this.#onAbort ??= []).push(callback);
  }

  #tell(callback: (reason: TsgiAbortError) => void, reason: TsgiAbortError): void {
    try {
      callback(reason);
    } catch (error) {
      this.#log(error);
    }
  }

  /** Calls the application and sends what it answers. */
  run(): void {
    const response = this.#response;
    const startResponse: StartResponse = (status, headers, excInfo) => response.start(status, headers, excInfo);
    this.#startResponse = startResponse;
    const app = this.#app;
    let body: unknown;
    let isPromise = false;
    try {
      // Not as a method: the application has no business with this object.
      body = app(this.#environ, startResponse);
      isPromise = !Array.isArray(body) && isPromiseLike(body);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (isPromise) {
      whenSettled(
        body,
        (settled) => this.#begin(settled),
        (error) => this.#fail(error),
      );
    } else this.#begin(body);
  }

  /**
   * The backend says that the peer is gone (R79): aborts `tsgi.signal`, rejects pending writes, tears down. Does nothing
   * once the response has ended.
   */
  abort(reason: TsgiAbortError = new TsgiAbortError('the peer closed the connection')): void {
    if (this.#response.ended) return;
    this.#abortReason = reason;
    this.#response.abort(reason);
    this.#controller?.abort(reason);
    for (const callback of this.#onAbort ?? []) this.#tell(callback, reason);
    if (this.#observer !== undefined) this.#observed(this.#observer);
    // An application that has not returned yet, or a `next()` that is running, is torn down when it does.
    if (this.#returned && !this.#stepping) this.#tearDown();
  }

  /** The application has returned, or its promise has settled. */
  #begin(body: unknown): void {
    this.#returned = true;
    this.#body = body;
    const response = this.#response;
    response.closeWrite();
    if (response.ended) return this.#tearDown();
    try {
      if (Array.isArray(body) && body.length <= 1 && response.unsent) {
        if (body.length === 0) response.finish();
        else response.sendOnly(body[0]);
        return this.#tearDown();
      }
      if (body instanceof FileWrapper) {
        response.bodyMayBeCut();
        this.#iterator = fileBlocks(body, this.#writer);
      }
      this.#iterator ??= iteratorOf(body);
      if (response.satisfied) {
        response.finish();
        return this.#tearDown();
      }
    } catch (error) {
      return this.#fail(error);
    }
    if (response.congested) response.whenDrained(() => this.#pump());
    else this.#pump();
  }

  /** Takes chunk after chunk while the wire accepts them (R12). */
  #pump(): void {
    const iterator = this.#iterator;
    if (iterator === undefined) return;
    while (!this.#response.ended) {
      let step: Step | undefined;
      let pending: PromiseLike<Step> | undefined;
      this.#stepping = true;
      try {
        const next = iterator.next();
        if (isPromiseLike(next)) pending = next;
        else step = next;
      } catch (error) {
        this.#exhausted = true;
        return this.#fail(error);
      } finally {
        this.#stepping = false;
      }
      if (pending !== undefined) return this.#await(pending);
      if (!this.#take(step)) return;
    }
  }

  #await(step: PromiseLike<Step>): void {
    // One pair of closures a body, not one a chunk.
    this.#onStep ??= this.#makeOnStep();
    this.#onStepFailed ??= this.#makeOnStepFailed();
    whenSettled(step, this.#onStep, this.#onStepFailed);
    if (this.#response.aborted) this.#tearDown();
  }

  // Returned, not assigned where they are made: see `Response`, which does the same.

  #makeOnStep(): (step: Step) => void {
    return (settled) => {
      if (this.#take(settled)) this.#pump();
    };
  }

  #makeOnStepFailed(): (error: unknown) => void {
    return (error) => {
      this.#exhausted = true;
      this.#fail(error);
    };
  }

  /** @returns whether the next chunk can be asked for now. */
  #take(step: Step | undefined): boolean {
    const response = this.#response;
    try {
      if (typeof step !== 'object' || step === null) throw notAStep(step);
      if (step.done) {
        this.#exhausted = true;
        response.finish();
      } else if (!response.ended) {
        const next = response.sendChunk(step.value);
        if (next === 'more') return true;
        if (next === 'wait') {
          response.whenDrained(() => this.#pump());
          return false;
        }
      }
    } catch (error) {
      this.#fail(error);
      return false;
    }
    this.#tearDown();
    return false;
  }

  #fail(error: unknown): void {
    this.#returned = true;
    this.#response.closeWrite();
    if (!this.#response.aborted) this.#log(error);
    try {
      this.#response.fail(error);
    } catch (broken) {
      this.#log(broken);
    }
    this.#tearDown();
  }

  #log(error: unknown): void {
    try {
      this.#errors.write(`${describeRequest(this.#environ)}: ${describeError(error)}\n`);
    } catch {
      // A log that fails must not fail the response.
    }
  }

  /** The answer is over for the application; what a slow peer has not taken yet may still be lost. */
  #observed(observer: RequestObserver): void {
    this.#observer = undefined;
    const writer = this.#writer;
    if (!this.#response.mayBeUnderWay || writer.onSent === undefined) return observer.ended(this);
    writer.onSent((unsent) => {
      this.#unsent = unsent;
      observer.ended(this);
    });
  }

  /** R98, once on every path. */
  #tearDown(): void {
    if (this.#tornDown) return;
    this.#tornDown = true;
    if (this.#observer !== undefined) this.#observed(this.#observer);
    const iterator = this.#exhausted ? undefined : this.#iterator;
    if (iterator === undefined && this.#hooks === undefined && bodyNeedsNoTeardown(this.#body)) this.#writer.finished();
    else {
      const log = (error: unknown): void => this.#log(error);
      void tearDown(iterator, this.#body, () => this.#hooks, log).then(() => this.#writer.finished());
    }
  }
}

function notAStep(step: unknown): TsgiError {
  return new TsgiError(`the body's next() gave ${step === null ? 'null' : typeof step}: expected { done, value }`, {
    code: 'BAD_ITERATOR',
    side: 'app',
    rule: 'R3',
  });
}
