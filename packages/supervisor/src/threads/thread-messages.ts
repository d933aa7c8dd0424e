import type { Bytes, ErrorSide, Header } from '@tsgi/core';

/** What an error is on the way between two threads: a class does not pass. */
export interface PassedError {
  readonly message: string;
  readonly code: string;
  /** The request was given up, or cut short: a `TsgiAbortError`. */
  readonly isAbort: boolean;
  readonly side: ErrorSide;
  readonly statusHint: number | undefined;
}

/** To the thread that runs the application. It has one request at a time, so nothing needs a number. */
export type ToThread =
  | {
      readonly type: 'request';
      /** All keys of the environ that are text, numbers or booleans. */
      readonly values: Readonly<Record<string, string | number | boolean>>;
      /** As lines of the log name it. */
      readonly requestId: string | undefined;
      readonly hasBody: boolean;
      readonly earlyHints: boolean;
    }
  | { readonly type: 'input'; readonly chunk: Bytes }
  | { readonly type: 'inputEnd' }
  | { readonly type: 'inputFailed'; readonly error: PassedError }
  /** The wire has accepted so many bytes of the answer. */
  | { readonly type: 'taken'; readonly bytes: number }
  /** Nobody wants the rest. */
  | { readonly type: 'abort'; readonly reason: string };

/** From the thread that runs the application. */
export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'cannotStart'; readonly error: string }
  /** The next piece of the request body is wanted. */
  | { readonly type: 'wanted' }
  | { readonly type: 'hints'; readonly headers: readonly Header[] }
  | {
      readonly type: 'head';
      readonly status: string;
      readonly headers: readonly Header[];
      readonly chunk: Bytes | undefined;
      readonly end: boolean;
    }
  | { readonly type: 'chunk'; readonly chunk: Bytes }
  | { readonly type: 'end' }
  /** The answer failed after its head. */
  | { readonly type: 'broken' }
  /** All is torn down: the thread is free. */
  | { readonly type: 'finished' }
  | { readonly type: 'log'; readonly text: string };

/** What of a chunk can be given away without a copy: memory that nothing else lies in. */
export function movable(chunk: Bytes | undefined): ArrayBuffer[] {
  if (chunk === undefined || !(chunk.buffer instanceof ArrayBuffer)) return [];
  return chunk.byteLength === chunk.buffer.byteLength ? [chunk.buffer] : [];
}
