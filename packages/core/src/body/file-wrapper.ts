import type { BodyIterator } from './body-iteration.ts';
import type { Bytes, FileLike } from '../contract/contract.ts';

const BLOCK_SIZE = 65_536;
/**
 * Bytes read at once of a file that has filled a first block of the default size. A block costs a trip through Node's
 * thread pool: 1 GiB costs 940 ms of CPU time in new blocks of 64 KiB, 720 in one that is used again, 360 in one of
 * 256 KiB.
 */
const LARGE_BLOCK_SIZE = 262_144;
let encoder: InstanceType<typeof TextEncoder> | undefined;

/** A wire that can tell whether it still needs what it was given; see `ResponseWriter.settled`. */
interface Wire {
  readonly settled?: boolean;
}

/** A `FileHandle`, as much of it as is used. */
type FileHandle = Extract<FileLike, { fd: number }>;

function isFileHandle(file: FileLike): file is FileHandle {
  // A `fs.ReadStream` has `fd` and `read` besides, and they are not a `FileHandle`'s.
  return 'fd' in file && 'read' in file && !(Symbol.asyncIterator in file);
}

/** The wrappers whose blocks may grow, nobody having asked for a size. */
const growing = new WeakSet<FileWrapper>();

/** Reads a file into one block, again and again, as long as the wire holds nothing of it; else into new ones. */
class FileBlocks implements BodyIterator {
  readonly #file: FileHandle;
  readonly #wire: Wire;
  readonly #largest: number;
  #block: Bytes | undefined;
  #size: number;

  constructor(file: FileHandle, wire: Wire, blockSize: number, largest: number) {
    this.#file = file;
    this.#wire = wire;
    this.#size = blockSize;
    this.#largest = largest;
  }

  async next(): Promise<IteratorResult<Bytes, undefined>> {
    if (this.#block?.byteLength !== this.#size || this.#wire.settled !== true) this.#block = new Uint8Array(this.#size);
    const { bytesRead, buffer } = await this.#file.read({ buffer: this.#block });
    if (bytesRead === 0) return { done: true, value: undefined };
    if (bytesRead === this.#size) this.#size = this.#largest;
    return { done: false, value: bytesRead === buffer.byteLength ? buffer : buffer.subarray(0, bytesRead) };
  }
}

function blocksOf(body: FileWrapper, file: FileHandle, wire: Wire): FileBlocks {
  return new FileBlocks(file, wire, body.blockSize, growing.has(body) ? LARGE_BLOCK_SIZE : body.blockSize);
}

/**
 * The iterator that a run loop sends a file with, where the application returned it as it came: no middleware sees its
 * blocks, so that they need not be new ones.
 */
export function fileBlocks(body: FileWrapper, wire: Wire): BodyIterator | undefined {
  // A subclass that iterates in its own way knows why.
  if (body[Symbol.asyncIterator] !== FileWrapper.prototype[Symbol.asyncIterator]) return undefined;
  return isFileHandle(body.file) ? blocksOf(body, body.file, wire) : undefined;
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
  /** Bytes read at once. Default 65 536, and 262 144 once a `FileHandle` has filled that. */
  readonly blockSize: number;

  constructor(file: FileLike, blockSize?: number) {
    if (blockSize !== undefined && (!Number.isInteger(blockSize) || blockSize < 1)) {
      throw new RangeError(`R88: a block is a whole number of bytes, 1 or more, found ${blockSize}`);
    }
    if (typeof file !== 'object' || file === null || !('read' in file || Symbol.asyncIterator in file)) {
      throw new TypeError(`R88: a file has read() or can be iterated, found ${file === null ? 'null' : typeof file}`);
    }
    this.file = file;
    this.blockSize = blockSize ?? BLOCK_SIZE;
    if (blockSize === undefined) growing.add(this);
  }

  [Symbol.asyncIterator](): AsyncIterator<Bytes> {
    const { file } = this;
    if (Symbol.asyncIterator in file) return file[Symbol.asyncIterator]();
    if (isFileHandle(file)) return blocksOf(this, file, {});
    return {
      next: async () => {
        const read = await file.read(this.blockSize);
        const block = typeof read === 'string' ? (encoder ??= new TextEncoder()).encode(read) : read;
        const isEnd = block === null || block === undefined || block.byteLength === 0;
        return isEnd ? { done: true, value: undefined } : { done: false, value: block };
      },
    };
  }

  async close(): Promise<void> {
    const { file } = this;
    if (file.close !== undefined) await file.close();
    // A `Readable` has no other end, and one that nobody has read from does not end by itself.
    else if ('destroy' in file && typeof file.destroy === 'function') file.destroy();
  }
}
