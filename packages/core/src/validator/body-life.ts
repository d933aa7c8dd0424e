import type { Inspection } from './inspection.ts';
import { checkIteratedOnce } from './nesting.ts';

// As wsgiref does in __del__, but only as a last resort: a server of ours runs tsgi.after_response, which tells at once.
const forgotten = new FinalizationRegistry<BodyLife>((life) => life.forgotten());

/** How far the server is with a body (R11, R15, R98). Holds no body, so that a forgotten one can be collected. */
export class BodyLife {
  readonly #inspection: Inspection;
  #ended = false;
  #left = false;
  #asking = false;
  #mustReturn = false;
  #closes = 0;
  #reportedOpen = false;

  constructor(inspection: Inspection) {
    this.#inspection = inspection;
    inspection.bodyIsOpen = true;
  }

  /** @param body the one that the server must close; it is not kept. */
  watch(body: object): void {
    forgotten.register(body, this, this);
  }

  /** The body is iterated. */
  iterate(): void {
    checkIteratedOnce(this.#inspection);
    if (this.#closes > 0) this.#fault('R11', 'the body is iterated after close(): expected nothing after it');
  }

  /** @param mustReturn whether the iterator has a `return` to call if it is left early. */
  started(mustReturn: boolean): void {
    this.#mustReturn = mustReturn;
  }

  /** The next chunk is asked for. */
  ask(): void {
    if (this.#asking) {
      this.#fault(
        'R11',
        'next() was called while the last next() is pending: expected one at a time, each after the last chunk was accepted',
      );
    }
    if (this.#closes > 0) this.#fault('R11', 'next() was called after close(): expected nothing after it');
    else if (this.#left) this.#fault('R11', 'next() was called after return(): expected nothing after it but close()');
    else if (this.#ended) {
      this.#inspection.reporter.warning(
        'R11',
        'server',
        'next() was called after the body had ended: it gives nothing any more',
      );
    }
    this.#asking = true;
  }

  /** What was asked for is there. */
  answered(): void {
    this.#asking = false;
  }

  /** The iterator is exhausted, or has failed. */
  end(): void {
    this.#ended = true;
    this.#asking = false;
  }

  /** The iterator is left early, by `return()`. */
  leave(): void {
    if (this.#closes > 0) {
      this.#fault(
        'R98',
        'return() was called after close(): expected the iterator to end first, then the body to be closed',
      );
    }
    this.#ended = true;
    this.#left = true;
  }

  close(): void {
    this.#inspection.bodyIsOpen = false;
    this.#settle();
    if (++this.#closes > 1) this.#fault('R15', `close() was called ${this.#closes} times: expected once`);
    else if (this.#reportedOpen) {
      this.#fault('R98', 'close() was called after tsgi.after_response had run: expected it before');
    } else if (this.#mustReturn && !this.#ended) {
      this.#fault(
        'R98',
        'close() was called on a body that was left early, without return() of its iterator: expected return() first, so that its finally blocks run',
      );
    }
  }

  closedOnIterator(): void {
    this.#fault(
      'R15',
      "close() was called on the body's iterator: expected it on the object that the application returned",
    );
  }

  /** `tsgi.after_response` runs. */
  afterResponse(): void {
    if (this.#closes > 0 || this.#reportedOpen) return;
    this.#reportedOpen = true;
    this.#settle();
    this.#fault('R15', 'tsgi.after_response runs and the body was not closed: expected close() once, on every path');
  }

  /** The body was collected. */
  forgotten(): void {
    this.#reportedOpen = true;
    this.#inspection.bodyIsOpen = false;
    this.#inspection.reporter.placeless(
      'R15',
      'server',
      'the body was let go of and never closed: expected close() once, on every path',
    );
  }

  #settle(): void {
    // Registered, it would keep the request's environ, and through it the body, for ever.
    forgotten.unregister(this);
  }

  #fault(rule: string, message: string): void {
    this.#inspection.reporter.error(rule, 'server', message);
  }
}
