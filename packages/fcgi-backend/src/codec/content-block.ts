const EMPTY = Buffer.alloc(0);
const SMALLEST_COPY = 1024;

/** Content that has to be whole before it means anything. While it lies in one chunk it is not copied. */
export class ContentBlock {
  #bytes: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  #owned = false;

  get length(): number {
    return this.#end - this.#start;
  }

  append(chunk: Buffer, start: number, end: number): void {
    const length = this.length;
    if (length === 0) {
      this.#bytes = chunk;
      this.#start = start;
      this.#end = end;
      this.#owned = false;
      return;
    }
    const total = length + end - start;
    if (!this.#owned || total > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(SMALLEST_COPY, total * 2));
      this.#bytes.copy(larger, 0, this.#start, this.#end);
      this.#bytes = larger;
      this.#start = 0;
      this.#owned = true;
    }
    chunk.copy(this.#bytes, length, start, end);
    this.#end = total;
  }

  /** The content as one byte string, which is then let go. */
  take(): string {
    const text = this.#bytes.toString('latin1', this.#start, this.#end);
    this.clear();
    return text;
  }

  clear(): void {
    this.#bytes = EMPTY;
    this.#start = 0;
    this.#end = 0;
    this.#owned = false;
  }
}
