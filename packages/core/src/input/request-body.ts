import type { Bytes, Input } from '../contract/contract.ts';
import { countedBytes, TsgiAbortError, TsgiError } from '../contract/errors.ts';
import { ByteQueue } from './byte-queue.ts';
import { BufferedInput, type ByteSource } from './input.ts';

/** Bytes that are kept for an application that does not read, before the wire is asked to pause. */
const HIGH_WATER = 65_536;

/** How a body is bounded, and whom to tell that its bytes are wanted. */
export interface RequestBodyOptions {
  /** `CONTENT_LENGTH`: what comes beyond it is discarded (R45), less is an error (R48). Absent: the wire ends it. */
  expected?: number | undefined;
  /** Bytes; more fail the body with a 413. Default: unlimited. */
  limit?: number | undefined;
  /** The application waits for bytes, or has made room: resume the wire, send the `100 Continue` (R52). */
  onWanted?: (() => void) | undefined;
}

/**
 * The backend's end of `tsgi.input`: the wire pushes chunks in, the application reads them out. It bounds what is kept
 * (`push` says when to pause) and makes a body that was cut short an error, not an end (R48).
 */
export class RequestBody implements ByteSource {
  readonly #expected: number | undefined;
  readonly #limit: number;
  readonly #onWanted: (() => void) | undefined;
  readonly #input: Input;
  readonly #queue: ByteQueue = new ByteQueue();
  #received = 0;
  #started = false;
  #paused = false;
  #ended = false;
  #discarding = false;
  #failure: TsgiError | undefined;
  #wake: (() => void) | undefined;

  constructor(options: RequestBodyOptions = {}) {
    this.#expected = options.expected;
    this.#limit = options.limit ?? Infinity;
    this.#onWanted = options.onWanted;
    this.#input = new BufferedInput(this);
    if (this.#expected === 0) this.#ended = true;
  }

  /** What goes into `environ['tsgi.input']`. */
  get input(): Input {
    return this.#input;
  }

  /** The application has waited for bytes at least once. */
  get started(): boolean {
    return this.#started;
  }

  /** All bytes have arrived, or none will come any more. */
  get complete(): boolean {
    return this.#ended;
  }

  /** Bytes that arrived, discarded ones included. */
  get received(): number {
    return this.#received;
  }

  /**
   * Takes bytes off the wire; they belong to the body from then on.
   *
   * @returns false when enough is kept for an application that does not read: pause the wire until `onWanted`.
   */
  push(bytes: Bytes): boolean {
    const room = (this.#expected ?? Infinity) - this.#received;
    this.#received += bytes.byteLength;
    if (this.#ended || this.#discarding) return true;
    // What comes beyond the expected length is nobody's, and no excess.
    if (this.#received > this.#limit && (this.#expected ?? Infinity) > this.#limit) {
      this.fail(
        new TsgiError(`the request body is longer than ${countedBytes(this.#limit)}`, {
          code: 'BODY_TOO_LARGE',
          side: 'peer',
          statusHint: 413,
        }),
      );
      return true;
    }
    const chunk = bytes.byteLength > room ? bytes.subarray(0, room) : bytes;
    this.#queue.push(chunk);
    if (bytes.byteLength >= room) this.#ended = true;
    this.#notify();
    this.#paused = this.#queue.length >= HIGH_WATER && !this.#ended;
    return !this.#paused;
  }

  /** The wire says that the body is over. */
  end(): void {
    if (this.#ended) return;
    if (this.#expected !== undefined && this.#received < this.#expected) {
      this.fail(
        new TsgiAbortError(`the request body ended after ${this.#received} of ${countedBytes(this.#expected)}`, {
          code: 'BODY_TRUNCATED',
          rule: 'R48',
        }),
      );
      return;
    }
    this.#ended = true;
    this.#notify();
  }

  /** The rest will not come. What is kept can still be read; then reads reject with `error` (R48). */
  fail(error: TsgiError): void {
    if (this.#ended) return;
    this.#failure = error;
    this.#ended = true;
    this.#notify();
  }

  /** Nobody will read any more: lets go of what is kept and takes the rest off the wire unseen (R53). */
  discard(): void {
    if (!this.#ended || this.#queue.length > 0) {
      // R48: also of a body that came whole; a reader that is late must not take what it lost for the end.
      this.#failure ??= new TsgiAbortError('the response has ended: the rest of the body is discarded', {
        code: 'RESPONSE_ENDED',
      });
    }
    this.#ended = true;
    this.#discarding = true;
    this.#queue.clear();
    this.#notify();
  }

  // What its input asks of it. Methods of its own, for a source made of functions is 500 bytes for each request with a body.

  mayGiveBytes(): boolean {
    return this.#received > 0 || !this.#ended;
  }

  isWhole(): boolean {
    return this.#ended && this.#failure === undefined;
  }

  isReady(): boolean {
    return this.#queue.length > 0 || this.#ended;
  }

  wait(callback: () => void): void {
    this.#started = true;
    this.#wake = callback;
    this.#onWanted?.();
  }

  take(size: number): Bytes {
    return this.#made(this.#queue.take(size));
  }

  takeLine(size: number): Bytes {
    return this.#made(this.#queue.takeLine(size));
  }

  takeAll(): Bytes {
    return this.#made(this.#queue.takeAll());
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Bytes were taken: there may be room again. None were, at the end: that may be a failure. */
  #made(taken: Bytes): Bytes {
    if (taken.byteLength === 0 && this.#failure !== undefined) throw this.#failure;
    if (this.#paused && this.#queue.length < HIGH_WATER / 2) {
      this.#paused = false;
      this.#onWanted?.();
    }
    return taken;
  }
}
