import { isBytes, isPromiseLike, whenSettled } from '../body/body-iteration.ts';
import { found } from './found.ts';
import type { Inspection } from './inspection.ts';

function isIterable(value: object): boolean {
  return (
    typeof Reflect.get(value, Symbol.asyncIterator) === 'function' ||
    typeof Reflect.get(value, Symbol.iterator) === 'function'
  );
}

function hint(returned: unknown): string {
  if (returned === undefined) return '; is a return missing?';
  if (typeof returned === 'function') return '; a generator function must be called';
  if (typeof returned !== 'object' || returned === null) return '';
  if (returned instanceof Response) return '; a fetch handler needs an adapter, which makes an App of it';
  return 'body' in returned || 'status' in returned
    ? '; status and headers go to startResponse, and the body is what is returned'
    : '';
}

/** R3, R4, R8. @returns whether it can be iterated. */
export function checkIsBody(inspection: Inspection, returned: unknown): returned is object {
  const { reporter } = inspection;
  if (typeof returned === 'string') {
    reporter.error(
      'R4',
      'app',
      `the application returned ${found(returned)}: expected an iterable of Uint8Array; encode it and put it in an array, [new TextEncoder().encode(text)]`,
    );
    return false;
  }
  if (ArrayBuffer.isView(returned) || returned instanceof ArrayBuffer) {
    reporter.error(
      'R4',
      'app',
      `the application returned ${found(returned)}: expected an iterable of Uint8Array, and iterating over bytes gives numbers; put them in an array, [bytes]`,
    );
    return false;
  }
  const isObject = (typeof returned === 'object' && returned !== null) || typeof returned === 'function';
  if (isObject && isIterable(returned)) return true;
  if (inspection.hasWritten && (returned === undefined || returned === null)) {
    reporter.error(
      'R8',
      'app',
      `the application returned ${found(returned)} after write: expected a body all the same; return []`,
    );
  } else {
    reporter.error(
      'R3',
      'app',
      `the application returned ${found(returned)}: expected an iterable of Uint8Array, if only []${hint(returned)}`,
    );
  }
  return false;
}

/** R15: a `close` that cannot be called. */
export function checkClose(inspection: Inspection, body: object): void {
  const close: unknown = Reflect.get(body, 'close');
  if (close !== undefined && typeof close !== 'function') {
    inspection.reporter.error('R15', 'app', `close of the body is ${found(close)}: expected a method, or nothing`);
  }
}

/** R15: calls the application's `close`. That it fails changes nothing for the server, and is a slip all the same. */
export function watchClose(inspection: Inspection, close: unknown, body: object): unknown {
  if (typeof close !== 'function') return undefined;
  const report = (how: string, error: unknown): void => {
    inspection.reporter.warning(
      'R15',
      'app',
      `close() of the body ${how} ${found(error)}: expected it to clean up and return; servers log it and go on`,
    );
  };
  let closed: unknown;
  try {
    closed = Reflect.apply(close, body, []);
  } catch (error) {
    report('threw', error);
    throw error;
  }
  if (!isPromiseLike(closed)) return closed;
  // A `then` is called once, whoever waits.
  const pending = new Promise((resolve) => {
    resolve(closed);
  });
  whenSettled(
    pending,
    () => {},
    (error) => report('rejected with', error),
  );
  return pending;
}

/** An array is checked whole, and at once: it needs no guard, and stays an array of known length (R9, R82). */
export function checkArray(inspection: Inspection, chunks: readonly unknown[]): void {
  const { response, handed } = inspection;
  for (const chunk of chunks) {
    response.chunk(chunk);
    if (isBytes(chunk)) handed?.add(chunk);
  }
  response.end();
}
