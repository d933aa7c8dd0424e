import type { Bytes, FileLike } from './contract.ts';

const BLOCK_SIZE = 65_536;
const encoder = new TextEncoder();

function iterate(file: FileLike): AsyncIterator<Bytes> | undefined {
  // First: a `fs.ReadStream` has `fd` and `read` besides, and they are not a `FileHandle`'s.
  return Symbol.asyncIterator in file ? file[Symbol.asyncIterator]() : undefined;
}

/**
 * A body of a file (R88): from its current position to its end, block by block. Makes no I/O before the first block is
 * asked for, can always be iterated, and its `close` closes the file.
 *
 * It takes a `FileHandle` of `node:fs/promises`, anything with `read(size)` that gives bytes (or nothing at the end),
 * and async iterables of bytes, such as a `Readable`.
 */
export class FileWrapper implements AsyncIterable<Bytes> {
  /** What is sent; for a backend that has a faster way. */
  readonly file: FileLike;
  /** Bytes read at once. Default 65 536. */
  readonly blockSize: number;

  constructor(file: FileLike, blockSize: number = BLOCK_SIZE) {
    if (!Number.isInteger(blockSize) || blockSize < 1) {
      throw new RangeError(`R88: a block is a whole number of bytes, 1 or more, found ${blockSize}`);
    }
    if (typeof file !== 'object' || file === null || !('read' in file || Symbol.asyncIterator in file)) {
      throw new TypeError(`R88: a file has read() or can be iterated, found ${file === null ? 'null' : typeof file}`);
    }
    this.file = file;
    this.blockSize = blockSize;
  }

  [Symbol.asyncIterator](): AsyncIterator<Bytes> {
    const iterated = iterate(this.file);
    if (iterated !== undefined) return iterated;
    return {
      next: async () => {
        const block = await this.#block();
        return block === undefined ? { done: true, value: undefined } : { done: false, value: block };
      },
    };
  }

  async close(): Promise<void> {
    await this.file.close?.();
  }

  async #block(): Promise<Bytes | undefined> {
    const { file } = this;
    if (!('read' in file)) return undefined;
    if ('fd' in file) {
      const { bytesRead, buffer } = await file.read({ buffer: new Uint8Array(this.blockSize) });
      return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
    }
    const read = await file.read(this.blockSize);
    const block = typeof read === 'string' ? encoder.encode(read) : read;
    return block === null || block === undefined || block.byteLength === 0 ? undefined : block;
  }
}
