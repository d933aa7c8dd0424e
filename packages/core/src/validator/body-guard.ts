import { isPromiseLike, type BodyIterator } from '../body/body-iteration.ts';
import type { BodyLife } from './body-life.ts';
import { watchClose } from './body-checks.ts';
import { found } from './found.ts';
import type { Inspection } from './inspection.ts';
import { guardIterator, type GuardedIterator } from './iteration-guard.ts';
import { checkInnersClosed } from './nesting.ts';

interface Iterables {
  readonly [Symbol.iterator]?: unknown;
  readonly [Symbol.asyncIterator]?: unknown;
}

/** The application's body as the server sees it: iterated in the same way, and always with a `close`. */
class BodyGuard {
  readonly #inspection: Inspection;
  readonly #life: BodyLife;
  readonly #body: object & Iterables;

  constructor(inspection: Inspection, life: BodyLife, body: object) {
    this.#inspection = inspection;
    this.#life = life;
    this.#body = body;
  }

  /** R9, R10: only of an array is the length known. */
  get length(): unknown {
    return this.#attribute('length');
  }

  get size(): unknown {
    return this.#attribute('size');
  }

  close(): unknown {
    this.#life.close();
    const close: unknown = 'close' in this.#body ? this.#body.close : undefined;
    const closed = watchClose(this.#inspection, close, this.#body);
    this.#inspection.checkHeldSeals();
    if (this.#inspection.inners.length === 0) return closed;
    if (isPromiseLike(closed)) return Promise.resolve(closed).then(() => checkInnersClosed(this.#inspection));
    checkInnersClosed(this.#inspection);
    return closed;
  }

  protected iterate(symbol: typeof Symbol.iterator | typeof Symbol.asyncIterator): GuardedIterator {
    this.#life.iterate();
    const method = this.#body[symbol];
    const iterator: unknown = typeof method === 'function' ? Reflect.apply(method, this.#body, []) : undefined;
    if (typeof iterator !== 'object' || iterator === null || typeof Reflect.get(iterator, 'next') !== 'function') {
      this.#inspection.reporter.error(
        'R3',
        'app',
        `the body's iterator is ${found(iterator)}: expected an object with next()`,
      );
    }
    return guardIterator(this.#inspection, this.#life, iterator as BodyIterator, symbol);
  }

  protected reportSynchronousUse(): void {
    this.#inspection.reporter.error(
      'R100',
      'server',
      'the body has both symbols and its Symbol.iterator was used: expected Symbol.asyncIterator',
    );
  }

  #attribute(name: 'length' | 'size'): unknown {
    this.#inspection.reporter.error(
      'R10',
      'server',
      `the body's ${name} was read: expected nothing but iteration and close(); the length of a body is known of an array alone`,
    );
    return Reflect.get(this.#body, name);
  }
}

class SyncBodyGuard extends BodyGuard {
  [Symbol.iterator](): GuardedIterator {
    return this.iterate(Symbol.iterator);
  }
}

class AsyncBodyGuard extends BodyGuard {
  [Symbol.asyncIterator](): GuardedIterator {
    return this.iterate(Symbol.asyncIterator);
  }
}

class DualBodyGuard extends AsyncBodyGuard {
  [Symbol.iterator](): GuardedIterator {
    this.reportSynchronousUse();
    return this.iterate(Symbol.iterator);
  }
}

/** Wraps a body that is not an array: lazily, and as synchronous or asynchronous as it is. */
export function guardBody(inspection: Inspection, life: BodyLife, body: object): object {
  const isAsync = typeof Reflect.get(body, Symbol.asyncIterator) === 'function';
  const isSync = typeof Reflect.get(body, Symbol.iterator) === 'function';
  const Guard = isAsync ? (isSync ? DualBodyGuard : AsyncBodyGuard) : SyncBodyGuard;
  const guard = new Guard(inspection, life, body);
  life.watch(guard);
  return guard;
}
