import type { Body, Bytes } from '@tsgi/core';
import type { Trace } from './trace.ts';

/** What a body does besides giving chunks. */
export interface TracedBodyOptions {
  /** Gives promises, as an async iterable. Default false. */
  async?: boolean;
  /** Thrown instead of the end. */
  fails?: unknown;
  /** What `close` does after it was written down. */
  close?: () => void | PromiseLike<void>;
  /** Writes down each `next` as well. Default false. */
  nexts?: boolean;
}

type Step = IteratorResult<Bytes, undefined>;

/** An iterator that writes down what is done to it. Its own `close` is nobody's business (R15). */
interface TracedIterator {
  next(): Step;
  return(): Step;
  close(): void;
}

function iterate(trace: Trace, chunks: Iterable<Bytes>, options: TracedBodyOptions): TracedIterator {
  trace.event('iterate');
  const inner = chunks[Symbol.iterator]();
  return {
    next() {
      if (options.nexts === true) trace.event('next');
      const step = inner.next();
      if (step.done !== true) return { done: false, value: step.value };
      if (options.fails !== undefined) throw options.fails;
      return { done: true, value: undefined };
    },
    return() {
      trace.event('return');
      return { done: true, value: undefined };
    },
    close: () => trace.event('close of the iterator'),
  };
}

/** A body that writes down what a server does to it, each time it does it: `iterate`, `next`, `return`, `close`. */
export function tracedBody(trace: Trace, chunks: Iterable<Bytes>, options: TracedBodyOptions = {}): Body {
  function close(this: unknown): void | PromiseLike<void> {
    trace.event(this === body ? 'close' : 'close of something else');
    return options.close?.();
  }
  function asynchronous(): AsyncIterator<Bytes> {
    const steps = iterate(trace, chunks, options);
    return { ...steps, next: async () => steps.next(), return: async () => steps.return() };
  }
  const body: Body =
    options.async === true
      ? { [Symbol.asyncIterator]: asynchronous, close }
      : { [Symbol.iterator]: () => iterate(trace, chunks, options), close };
  return body;
}
