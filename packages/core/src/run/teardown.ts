import { isPromiseLike, type BodyIterator, whenSettled } from '../body/body-iteration.ts';
import type { AfterResponse } from '../contract/contract.ts';

/**
 * Milliseconds that `return()` may take before `close()` is called all the same: it queues behind a `next()` in flight
 * (R18), which an application that ignores `tsgi.signal` may never end.
 */
const RETURN_GRACE = 1000;

function closeOf(body: unknown): unknown {
  const isObject = (typeof body === 'object' && body !== null) || typeof body === 'function';
  return isObject && 'close' in body ? body.close : undefined;
}

function within(milliseconds: number, work: PromiseLike<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds, undefined);
    whenSettled(
      work,
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/**
 * Ends a request in the order of R98: `return()` of an iterator that is not exhausted, `close()` of the object that the
 * application returned (R15), the hooks in their order (R92). Each once; an error in one is logged and skips none.
 * What settles at once is not awaited, so that a synchronous body is closed before anything else runs.
 */
export async function tearDown(
  iterator: BodyIterator | undefined,
  body: unknown,
  hooks: () => readonly AfterResponse[] | undefined,
  log: (error: unknown) => void,
): Promise<void> {
  try {
    const returned = iterator?.return?.();
    if (isPromiseLike(returned)) await within(RETURN_GRACE, returned);
  } catch (error) {
    log(error);
  }
  try {
    const close = closeOf(body);
    const closed: unknown = typeof close === 'function' ? close.call(body) : undefined;
    if (isPromiseLike(closed)) await closed;
  } catch (error) {
    log(error);
  }
  for (let index = 0; index < (hooks()?.length ?? 0); index++) {
    try {
      const ran = hooks()?.[index]?.();
      if (isPromiseLike(ran)) await ran;
    } catch (error) {
      log(error);
    }
  }
}
