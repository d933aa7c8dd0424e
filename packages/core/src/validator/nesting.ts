import type { Environ } from '../contract/contract.ts';
import type { Reporter } from './reporter.ts';

/** The part of a request that a validator shares with one further in or further out. */
export interface Layer {
  /** As the caller handed it over. */
  readonly environ: Environ;
  readonly reporter: Reporter;
  /** Chunks of the body that the caller was given. */
  chunksOut: number;
  /** How often the caller has begun to go through the body. */
  bodyIterations: number;
  /** The caller has a body that it must close, and has not. */
  bodyIsOpen: boolean;
  /** Every chunk that the caller was given, for R14; kept only where there is a layer further out. */
  readonly handed: WeakSet<object> | undefined;
  readonly outer: Layer | undefined;
  readonly inners: Layer[];
}

const layers = new WeakMap<object, Layer>();

/**
 * What a validator hands inwards leads to its layer: a validator further in recognises it, whatever the middleware
 * between them replaced besides.
 */
export function markLayer(layer: Layer, ...handedIn: readonly unknown[]): void {
  for (const value of handedIn) {
    if ((typeof value === 'object' && value !== null) || typeof value === 'function') layers.set(value, layer);
  }
}

/** The layer of the validator around the middleware that made these, if there is one. */
export function enclosingLayer(...handedIn: readonly unknown[]): Layer | undefined {
  for (const value of handedIn) {
    if ((typeof value !== 'object' || value === null) && typeof value !== 'function') continue;
    const layer = layers.get(value);
    if (layer !== undefined) return layer;
  }
  return undefined;
}

/**
 * R11: an inner body is gone through once. What a middleware does to it is told from what the server does to the body
 * that the middleware returned.
 */
export function checkIteratedOnce(inner: Layer): void {
  inner.bodyIterations++;
  if (inner.bodyIterations === 1) return;
  const isMiddleware = inner.outer !== undefined && inner.outer.bodyIterations < inner.bodyIterations;
  inner.reporter.error(
    'R11',
    isMiddleware ? 'middleware' : 'server',
    isMiddleware
      ? 'the middleware goes through the inner body a second time: expected once; keep the chunks in an array of your own'
      : 'the body is iterated a second time: expected once; what it gave is gone',
  );
}

const counted = new WeakSet<object>();

/** R11: an array can be gone through twice, and no other body can; a middleware that does it works with arrays alone. */
export function countIterations(inner: Layer, chunks: readonly unknown[]): readonly unknown[] {
  const copy = Object.assign([...chunks], 'close' in chunks ? { close: chunks.close } : {});
  Object.defineProperty(copy, Symbol.iterator, {
    value(): IterableIterator<unknown> {
      if (++inner.bodyIterations === 2) {
        inner.reporter.warning(
          'R11',
          'middleware',
          'the middleware goes through the inner body a second time: an array allows it, and no other body does; keep the chunks in an array of your own',
        );
      }
      return Array.prototype.values.call(copy);
    },
    configurable: true,
  });
  counted.add(copy);
  return copy;
}

/** What the server does with an array that a middleware handed on is no business of the middleware's. */
export function stopCounting(chunks: readonly unknown[]): void {
  if (counted.delete(chunks)) Reflect.deleteProperty(chunks, Symbol.iterator);
}

const boundariesReported = new WeakSet<Layer>();

/** R13: before the inner body gives one more chunk, the outer one has given at least as many. */
export function checkBlockBoundary(inner: Layer): void {
  const { outer } = inner;
  if (outer === undefined || inner.chunksOut <= outer.chunksOut || boundariesReported.has(outer)) return;
  boundariesReported.add(outer);
  outer.reporter.warning(
    'R13',
    'middleware',
    `the middleware takes chunk ${inner.chunksOut + 1} of the inner body and has given ${outer.chunksOut} itself: expected one for each, an empty one while it waits, so that no data is held back`,
  );
}

/** R14: what the inner body gave goes on in the outer body, not through its `write`. */
export function checkWrittenThrough(outer: Layer, chunk: unknown): void {
  if (typeof chunk !== 'object' || chunk === null || !outer.inners.some((inner) => inner.handed?.has(chunk))) return;
  outer.reporter.error(
    'R14',
    'middleware',
    'the middleware passes a chunk of the inner body to write: expected it in the body that the middleware returns, where the server can ask for it',
  );
}

/** R17: when a body was closed, so were the ones that went into it. */
export function checkInnersClosed(outer: Layer): void {
  const open = outer.inners.find((inner) => inner.bodyIsOpen);
  if (open === undefined) return;
  open.bodyIsOpen = false;
  outer.reporter.error(
    'R17',
    'middleware',
    'the middleware returned a body of its own and never closed the one it replaced: give yours a close() that calls the inner close()',
  );
}
