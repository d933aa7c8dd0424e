import type { Bytes } from '../contract/contract.ts';
import { TsgiError } from '../contract/errors.ts';

/** What `next()` gives. `value` is unchecked: it comes from an application. */
export interface Step {
  done?: boolean;
  value?: unknown;
}

/** A body's iterator, synchronous or not: driven by hand, for `for await` hides three traps (R4, R18, R19). */
export interface BodyIterator {
  next(): Step | PromiseLike<Step>;
  return?(): unknown;
}

const isShared: (buffer: ArrayBufferLike) => boolean =
  typeof SharedArrayBuffer === 'undefined' ? () => false : (buffer) => buffer instanceof SharedArrayBuffer;

/** R5, and the contract's ownership: shared memory could change after it was checked. */
export function isBytes(value: unknown): value is Bytes {
  // `isView` is not taken in by a proxy, or by an object with another's prototype.
  return ArrayBuffer.isView(value) && value instanceof Uint8Array && !isShared(value.buffer);
}

export function isPromiseLike<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    'then' in value &&
    typeof value.then === 'function'
  );
}

// The language's own: what an application gives may have a `then` of its own, which throws or calls back twice.
const { then } = Promise.prototype;

/**
 * Waits for what an application gave: calls one of the two, once, and not within this call unless the promise cannot even
 * be waited for. Never throws.
 */
export function whenSettled<Value>(
  value: Value | PromiseLike<Value>,
  fulfilled: (value: Value) => void,
  rejected: (error: unknown) => void,
): void {
  try {
    Reflect.apply(then, Promise.resolve(value), [fulfilled, rejected]);
  } catch (error) {
    // Its `constructor` is read on the way, and may be anything.
    rejected(error);
  }
}

function notABody(found: string, hint: string): TsgiError {
  return new TsgiError(`the application returned ${found}: expected an iterable of Uint8Array${hint}`, {
    code: 'BAD_BODY',
    side: 'app',
    rule: found.startsWith('a string') || found.startsWith('bytes') ? 'R4' : 'R3',
  });
}

/**
 * The iterator of a body; `Symbol.asyncIterator` goes first where there are both.
 *
 * @throws TsgiError when the value is no body (R3, R4).
 */
export function iteratorOf(body: unknown): BodyIterator {
  if (body === undefined || body === null) throw notABody(String(body), ' (a forgotten return?)');
  if (typeof body === 'string') throw notABody('a string', ' (encode it, and put it in an array)');
  if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer) throw notABody('bytes', ' (put them in an array)');
  if (typeof body !== 'object' && typeof body !== 'function') throw notABody(`a ${typeof body}`, '');
  const iterable: { [Symbol.asyncIterator]?: unknown; [Symbol.iterator]?: unknown } = body;
  const method = iterable[Symbol.asyncIterator] ?? iterable[Symbol.iterator];
  if (typeof method !== 'function') throw notABody('an object that is no iterable', '');
  const iterator: unknown = method.call(body);
  if (
    typeof iterator !== 'object' ||
    iterator === null ||
    !('next' in iterator) ||
    typeof iterator.next !== 'function'
  ) {
    throw notABody('an iterable whose iterator has no next()', '');
  }
  // Checked just above; what next() gives is checked step by step.
  return iterator as BodyIterator;
}

/** Whether a body has nothing to close: then an exchange may end without a promise. */
export function bodyNeedsNoTeardown(body: unknown): boolean {
  try {
    return Array.isArray(body) && !('close' in body);
  } catch {
    // A proxy that was revoked, or whose traps throw.
    return false;
  }
}
