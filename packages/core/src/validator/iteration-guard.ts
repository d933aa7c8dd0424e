import { isPromiseLike, type BodyIterator, type Step } from '../body/body-iteration.ts';
import type { BodyLife } from './body-life.ts';
import { found } from './found.ts';
import type { Inspection } from './inspection.ts';
import { checkBlockBoundary } from './nesting.ts';

/** An iterator as the server sees it: with `return` where the application's has one. */
export interface GuardedIterator extends BodyIterator {
  [Symbol.iterator]?(): GuardedIterator;
  [Symbol.asyncIterator]?(): GuardedIterator;
  close(): void;
}

function ignore(): void {
  // The violation is what is reported.
}

/** Checks the application's iterator, chunk by chunk; what breaks the contract is reported and passed on. */
class IterationGuard {
  readonly #inspection: Inspection;
  readonly #life: BodyLife;
  readonly #iterator: BodyIterator;
  readonly #isAsync: boolean;

  constructor(inspection: Inspection, life: BodyLife, iterator: BodyIterator, isAsync: boolean) {
    this.#inspection = inspection;
    this.#life = life;
    this.#iterator = iterator;
    this.#isAsync = isAsync;
  }

  next(): Step | PromiseLike<Step> {
    this.#life.ask();
    this.#inspection.response.accepted();
    checkBlockBoundary(this.#inspection);
    this.#check(() => this.#inspection.checkHeldSeals());
    let step: Step | PromiseLike<Step>;
    try {
      step = this.#iterator.next();
    } catch (error) {
      this.#life.end();
      throw error;
    }
    if (!isPromiseLike(step)) return this.#take(step);
    if (!this.#isAsync) this.#check(() => this.#refusePromise(step));
    return Promise.resolve(step).then(
      (settled: Step) => this.#take(settled),
      (error: unknown) => {
        this.#life.end();
        throw error;
      },
    );
  }

  leave(): unknown {
    this.#life.leave();
    return this.#iterator.return?.();
  }

  #refusePromise(step: Step | PromiseLike<Step>): void {
    if (isPromiseLike(step)) Promise.resolve(step).then(undefined, ignore);
    this.#inspection.reporter.error(
      'R3',
      'app',
      "next() of the body's Symbol.iterator gave a promise: an asynchronous body has Symbol.asyncIterator instead",
    );
  }

  #take(step: Step): Step {
    this.#life.answered();
    this.#check(() => this.#checkStep(step));
    return step;
  }

  #checkStep(step: unknown): void {
    const { reporter, response, seals, handed } = this.#inspection;
    this.#inspection.checkSeals();
    if (typeof step !== 'object' || step === null) {
      reporter.error('R3', 'app', `next() of the body gave ${found(step)}: expected { done, value }`);
      return;
    }
    const { done, value }: Step = step;
    if (done) {
      this.#life.end();
      if (value instanceof Uint8Array || typeof value === 'string') {
        reporter.warning(
          'R101',
          'app',
          `the body's generator returned ${found(value)}: what is returned is not sent; yield it`,
        );
      }
      response.end();
      return;
    }
    response.chunk(value);
    this.#inspection.chunksOut++;
    if (value instanceof Uint8Array) {
      seals.add(value);
      handed?.add(value);
    }
  }

  /** Where a check throws, the server sees an iterator that failed and will not end it: so it is ended here. */
  #check(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#life.end();
      try {
        const left = this.#iterator.return?.();
        if (isPromiseLike(left)) Promise.resolve(left).then(undefined, ignore);
      } catch {
        ignore();
      }
      throw error;
    }
  }
}

/** Wraps one iterator of a body. */
export function guardIterator(
  inspection: Inspection,
  life: BodyLife,
  iterator: BodyIterator,
  symbol: typeof Symbol.iterator | typeof Symbol.asyncIterator,
): GuardedIterator {
  const guard = new IterationGuard(inspection, life, iterator, symbol === Symbol.asyncIterator);
  const guarded: GuardedIterator = {
    next: () => guard.next(),
    close: () => life.closedOnIterator(),
  };
  const mustReturn = typeof iterator.return === 'function';
  life.started(mustReturn);
  if (mustReturn) guarded.return = () => guard.leave();
  guarded[symbol] = () => guarded;
  return guarded;
}
