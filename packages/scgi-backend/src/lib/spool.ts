import type { Bytes } from '@tsgi/core';

/** A body that was read to its end. */
export interface Spooled {
  chunks: Bytes[];
  length: number;
}

/** Reads a body of unknown length into memory; `undefined` when it is longer than `limit` bytes. */
export async function spool(input: AsyncIterable<Bytes>, limit: number): Promise<Spooled | undefined> {
  const chunks: Bytes[] = [];
  let length = 0;
  for await (const chunk of input) {
    length += chunk.byteLength;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return { chunks, length };
}
