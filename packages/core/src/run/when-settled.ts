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
