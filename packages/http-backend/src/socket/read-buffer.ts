/** Bytes of one read at most: as many as libuv itself would read. A full buffer is read again without a wait in between. */
const READ_SIZE = 65_536;
/** What is left of a buffer that is given away is not worth a read below this. */
const LEAST = 16_384;
/** One buffer for all sockets: what arrives is read at once, on one thread, and what is kept is copied. */
const shared = Buffer.allocUnsafeSlow(READ_SIZE);

/**
 * Where a socket reads to: memory that all sockets share, or, while a big body comes, memory that is given away. To name
 * a buffer to Node costs every small request something: it is only done when that changes.
 */
export class ReadBuffer {
  /** The socket reads into this one. */
  #current: Buffer | undefined;
  #own: Buffer | undefined;
  #used = 0;

  /** Whether what is read belongs to whoever receives it. */
  static lends(bytes: Buffer): boolean {
    return bytes.buffer === shared.buffer;
  }

  /** From the next read on. */
  gives(gives: boolean): void {
    if (gives === (this.#own !== undefined)) return;
    this.#own = gives ? Buffer.allocUnsafeSlow(READ_SIZE) : undefined;
    this.#used = 0;
  }

  /** The buffer of the next read; `undefined`: the same again. */
  next(): Buffer | undefined {
    const next = this.#own === undefined ? shared : this.#own.subarray(this.#used);
    if (next === this.#current) return undefined;
    return (this.#current = next);
  }

  /** What was read: `length` bytes of the buffer that `next` gave last. */
  take(length: number): Buffer {
    const current = this.#current ?? shared;
    if (this.#own?.buffer === current.buffer) {
      this.#used += length;
      if (READ_SIZE - this.#used < LEAST) {
        this.#own = Buffer.allocUnsafeSlow(READ_SIZE);
        this.#used = 0;
      }
    }
    return current.subarray(0, length);
  }
}
