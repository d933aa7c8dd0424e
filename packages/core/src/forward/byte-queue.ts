import type { Bytes } from '../contract/contract.ts';

/** A piece shorter than this is copied to its neighbours: by itself it would cost more than it says. */
const SHORTEST = 4096;
const BLOCK = 65_536;
const SMALLEST_BLOCK = 1024;

/**
 * Bytes in the order they came, for somebody who takes them later. It owns no more than about twice what it counts,
 * and one chunk: an object for each byte would cost 130, and a few bytes of a chunk would keep the chunk.
 */
export class ByteQueue {
  /** As `RequestBody` has it: `shift` of a long array would cost most. */
  #arrived: Bytes[] = [];
  #taking: Bytes[] = [];
  /** The last piece when it is ours to write on, and what of it is used. */
  #block: Bytes | undefined;
  #used = 0;
  #size = 0;

  /** Bytes that wait. */
  get size(): number {
    return this.#size;
  }

  /** @param bytes belong to the queue from then on. */
  push(bytes: Bytes): void {
    const length = bytes.byteLength;
    if (length === 0) return;
    this.#size += length;
    const isSlim = length >= SHORTEST && bytes.buffer.byteLength <= 2 * length;
    // The first piece is mostly taken at once; what it may keep is one chunk.
    if (isSlim || this.#size === length) {
      this.#closeBlock();
      this.#arrived.push(bytes);
    } else this.#copy(bytes);
  }

  /** The oldest piece, `undefined` when there is none. */
  take(): Bytes | undefined {
    if (this.#taking.length === 0) {
      this.#closeBlock();
      for (let last = this.#arrived.pop(); last !== undefined; last = this.#arrived.pop()) this.#taking.push(last);
    }
    const piece = this.#taking.pop();
    if (piece !== undefined) this.#size -= piece.byteLength;
    return piece;
  }

  clear(): void {
    this.#arrived = [];
    this.#taking = [];
    this.#block = undefined;
    this.#size = 0;
  }

  /** All pieces, which stay; nothing may be added any more. */
  pieces(): readonly Bytes[] {
    this.#closeBlock();
    return [...this.#taking.toReversed(), ...this.#arrived];
  }

  #copy(bytes: Bytes): void {
    for (let at = 0; at < bytes.byteLength;) {
      const block = this.#roomyBlock(bytes.byteLength - at);
      const part = bytes.subarray(at, at + block.byteLength - this.#used);
      block.set(part, this.#used);
      this.#used += part.byteLength;
      at += part.byteLength;
    }
  }

  /** Blocks double until they are large: a few bytes never cost a large one. */
  #roomyBlock(wanted: number): Bytes {
    const block = this.#block;
    if (block !== undefined && this.#used < block.byteLength) return block;
    if (block === undefined || block.byteLength === BLOCK) {
      this.#closeBlock();
      this.#used = 0;
      return (this.#block = new Uint8Array(Math.min(BLOCK, Math.max(SMALLEST_BLOCK, wanted))));
    }
    const larger = new Uint8Array(Math.min(BLOCK, Math.max(block.byteLength * 2, this.#used + wanted)));
    larger.set(block);
    return (this.#block = larger);
  }

  #closeBlock(): void {
    if (this.#block !== undefined) this.#arrived.push(this.#block.subarray(0, this.#used));
    this.#block = undefined;
  }
}
