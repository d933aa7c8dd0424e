import type { Bytes } from '../contract/contract.ts';

const NOTHING: Bytes = new Uint8Array(0);
const LF = 0x0a;
/** A piece below this is copied, for its object alone costs over 100 bytes. */
const SMALL = 1024;
/** The first few pieces are kept as they come, up to this size of their buffers: most bodies have no more. */
const FEW = 4;
const FEW_OWNED = 16_384;
/** What pieces are copied into: as much as is queued already, within these bounds. */
const SMALLEST_BLOCK = 1024;
const LARGEST_BLOCK = 65_536;

/**
 * Bytes in the order in which they came. It holds no more memory than twice what it counts, and 128 KiB, in whatever
 * pieces they come: small ones are joined but for the first few, and a piece that is little of its buffer is copied out of it. One that fills
 * at least half of its buffer, and one that is alone, is kept as it came.
 */
export class ByteQueue {
  #pieces: Bytes[] = [];
  /** The oldest piece, and how much of it is taken. */
  #first = 0;
  #taken = 0;
  /** Behind the pieces: a block that is filled from `#start` to `#end`. */
  #block: Bytes = NOTHING;
  #start = 0;
  #end = 0;
  #length = 0;

  constructor(first?: Bytes) {
    if (first !== undefined) this.push(first);
  }

  /** Bytes that wait. */
  get length(): number {
    return this.#length;
  }

  /** The bytes belong to the queue from then on. */
  push(bytes: Bytes): void {
    const { byteLength } = bytes;
    if (byteLength === 0) return;
    const owned = bytes.buffer.byteLength;
    if (this.#isKept(byteLength, owned)) {
      this.#closeBlock();
      this.#pieces.push(bytes);
    } else this.#copy(bytes);
    this.#length += byteLength;
  }

  /** 1 to `size` bytes that lie together, or none when there are none. */
  take(size: number): Bytes {
    const piece = this.#pieces[this.#first];
    if (piece === undefined) return this.#takeOfBlock(size);
    const left = piece.byteLength - this.#taken;
    const end = this.#taken + Math.min(size, left);
    const isWhole = this.#taken === 0 && end === piece.byteLength;
    const bytes = isWhole ? piece : piece.subarray(this.#taken, end);
    if (end === piece.byteLength) this.#passFirst();
    else this.#taken = end;
    this.#length -= bytes.byteLength;
    return bytes;
  }

  /** Like `take`, but ends with the first LF among the bytes. */
  takeLine(size: number): Bytes {
    const piece = this.#pieces[this.#first];
    const start = piece === undefined ? this.#start : this.#taken;
    const feed = (piece ?? this.#block.subarray(0, this.#end)).indexOf(LF, start);
    return this.take(feed === -1 ? size : Math.min(size, feed + 1 - start));
  }

  /** All that waits, in one piece. */
  takeAll(): Bytes {
    const pieces = this.#pieces.length - this.#first;
    if (pieces === 0 || (pieces === 1 && this.#start === this.#end)) return this.take(Infinity);
    const all = new Uint8Array(this.#length);
    for (let offset = 0; this.#length > 0;) {
      const piece = this.take(Infinity);
      all.set(piece, offset);
      offset += piece.byteLength;
    }
    return all;
  }

  clear(): void {
    this.#pieces = [];
    this.#first = 0;
    this.#taken = 0;
    this.#block = NOTHING;
    this.#start = 0;
    this.#end = 0;
    this.#length = 0;
  }

  /** @param owned bytes of the buffer that a piece keeps in memory. */
  #isKept(byteLength: number, owned: number): boolean {
    if (this.#length === 0) return owned <= Math.max(LARGEST_BLOCK, 2 * byteLength);
    if (byteLength >= SMALL && owned <= 2 * byteLength) return true;
    return owned <= FEW_OWNED && this.#start === this.#end && this.#pieces.length - this.#first < FEW;
  }

  #takeOfBlock(size: number): Bytes {
    const start = this.#start;
    const end = Math.min(start + size, this.#end);
    const isRest = end === this.#end;
    this.#length -= end - start;
    this.#start = isRest ? 0 : end;
    if (!isRest || (end - start) * 2 < this.#block.byteLength) {
      if (isRest) this.#end = 0;
      // A copy, for the block is written to again, and whoever has bytes may do to their buffer what he likes.
      return this.#block.slice(start, end);
    }
    const bytes = this.#block.subarray(start, end);
    this.#block = NOTHING;
    this.#end = 0;
    return bytes;
  }

  #copy(bytes: Bytes): void {
    let offset = 0;
    while (offset < bytes.byteLength) {
      if (this.#end >= this.#block.byteLength) {
        this.#closeBlock();
        const left = bytes.byteLength - offset;
        this.#block = new Uint8Array(Math.max(SMALLEST_BLOCK, Math.min(LARGEST_BLOCK, this.#length), left));
      }
      const room = this.#block.byteLength - this.#end;
      const piece = offset === 0 && bytes.byteLength <= room ? bytes : bytes.subarray(offset, offset + room);
      this.#block.set(piece, this.#end);
      this.#end += piece.byteLength;
      offset += piece.byteLength;
    }
  }

  /** What it holds becomes a piece; little of it, one of its own. */
  #closeBlock(): void {
    if (this.#end > this.#start) {
      const bytes = this.#block.subarray(this.#start, this.#end);
      this.#pieces.push(bytes.byteLength * 2 < this.#block.byteLength ? bytes.slice() : bytes);
    }
    this.#block = NOTHING;
    this.#start = 0;
    this.#end = 0;
  }

  /** Lets go of the oldest piece, and of the array's free part once that is most of it. */
  #passFirst(): void {
    this.#taken = 0;
    if (this.#pieces.length === 1) {
      this.#pieces.pop();
      return;
    }
    this.#pieces[this.#first] = NOTHING;
    this.#first++;
    if (this.#first === this.#pieces.length) {
      this.#pieces = [];
      this.#first = 0;
    } else if (this.#first >= 32 && this.#first * 2 > this.#pieces.length) {
      this.#pieces = this.#pieces.slice(this.#first);
      this.#first = 0;
    }
  }
}
