import type { Bytes } from '@tsgi/core';

/**
 * Of any view of bytes, as Node's own code calls it: a Buffer around the view, or `toString` and its look-up of the
 * encoding's name, cost as much again for the few bytes of a request.
 */
const { latin1Slice } = Buffer.prototype as unknown as {
  latin1Slice(this: Bytes, start: number, end: number): string;
};

/** Bytes as a byte string (R23). */
export function latin1(bytes: Bytes, start: number, end: number): string {
  return latin1Slice.call(bytes, start, end);
}
