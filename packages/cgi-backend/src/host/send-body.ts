import type { Writable } from 'node:stream';
import type { Bytes } from '@tsgi/core';

/**
 * Writes a request body to a program's input, no faster than the program reads, and closes it. Ends early, without an
 * error, when the program reads no more: its answer tells why.
 *
 * @param onProgress is called after every chunk that was taken.
 * @throws what reading `body` throws.
 */
export async function sendBody(
  body: Iterable<Bytes> | AsyncIterable<Bytes>,
  input: Writable,
  onProgress: () => void,
): Promise<void> {
  for await (const chunk of body) {
    if (input.destroyed) return;
    if (!input.write(chunk)) await drained(input);
    onProgress();
  }
  input.end();
}

/** Resolves when the input takes more, or nothing any more. */
function drained(input: Writable): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      input.off('drain', settle);
      input.off('close', settle);
      resolve();
    };
    input.on('drain', settle);
    input.on('close', settle);
  });
}
