import type { Bytes } from '../contract/contract.ts';

/** Two, so that an application that takes turns with two buffers is found as well. */
const KEPT = 2;
const WHOLE = 1024;
const SAMPLES = 256;
const FNV_PRIME = 0x01000193;
const FNV_BASIS = 0x811c9dc5;

/** FNV-1a over all of a small chunk, and over samples of a large one: who reuses a buffer changes most of it. */
function digest(chunk: Bytes): number {
  const length = chunk.byteLength;
  const stride = length <= WHOLE ? 1 : length / SAMPLES;
  let hash = FNV_BASIS ^ length;
  for (let position = 0; position < length; position += stride) {
    hash = Math.imul(hash ^ (chunk[Math.floor(position)] ?? 0), FNV_PRIME);
  }
  return hash;
}

/** Tells whether the last chunks that were handed over are still what they were (R99). */
export class ChunkSeals {
  readonly #seals: { readonly chunk: Bytes; digest: number }[] = [];

  add(chunk: Bytes): void {
    if (chunk.byteLength === 0) return;
    this.#seals.push({ chunk, digest: digest(chunk) });
    if (this.#seals.length > KEPT) this.#seals.shift();
  }

  /** The chunks were somebody else's meanwhile: what they are now is what the application must leave alone. */
  renew(): void {
    for (const seal of this.#seals) seal.digest = digest(seal.chunk);
  }

  /** @returns the length of a changed chunk, or `undefined` when none has changed. One that was transferred is gone. */
  broken(): number | undefined {
    const changed = this.#seals.find(({ chunk, digest: sealed }) => chunk.byteLength > 0 && sealed !== digest(chunk));
    return changed?.chunk.byteLength;
  }
}
