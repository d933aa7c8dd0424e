import type { Bytes, Input } from '../contract/contract.ts';
import { TsgiError } from '../contract/errors.ts';
import { ByteQueue } from './byte-queue.ts';

/** Where an input takes its bytes from: a `RequestBody`. */
export interface ByteSource {
  /** Whether bytes came, or may still come. */
  mayGiveBytes(): boolean;
  /** Whether all bytes are here, and nothing went wrong behind them. */
  isWhole(): boolean;
  /** Whether there are bytes to take now, or none will come any more. */
  isReady(): boolean;
  /** Calls back once, when there are bytes, or the end. */
  wait(callback: () => void): void;
  /** 1 to `size` bytes of the oldest chunk, or an empty array at the end. Throws what the body failed with instead. */
  take(size: number): Bytes;
  /** Like `take`, but ends with the first LF among the bytes. */
  takeLine(size: number): Bytes;
  /** All that is there, in one piece. */
  takeAll(): Bytes;
}

const NOTHING: Bytes = new Uint8Array(0);
const LF = 0x0a;

function checkSize(method: string, size: number | undefined): number {
  if (size === undefined) return Infinity;
  if (typeof size !== 'number') {
    throw new TypeError(`R43: ${method} takes a number of bytes, found ${size === null ? 'null' : typeof size}`);
  }
  if (!Number.isInteger(size) || size < 0) {
    throw new RangeError(`R43: ${method} takes a whole number of bytes, 0 or more, found ${size}`);
  }
  return size;
}

function overlapping(): TsgiError {
  return new TsgiError('tsgi.input has one reader at a time: await each read before the next one', {
    code: 'OVERLAPPING_READ',
    side: 'app',
    rule: 'R54',
  });
}

/** `tsgi.input` over a queue. What the application sees has the contract's methods and nothing else (R43). */
export class BufferedInput implements Input {
  readonly #source: ByteSource;
  #reading = false;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Whether an input may give bytes, as far as is known: of somebody else's, it is not. */
  static mayGiveBytes(input: Input): boolean {
    return typeof input !== 'object' || input === null || !(#source in input) || input.#source.mayGiveBytes();
  }

  read(size?: number): Promise<Bytes> {
    const source = this.#source;
    if (size !== undefined || this.#reading || !source.isWhole()) return this.#read(size);
    // Most bodies have come with their head: no more promises than it takes to give all, and to refuse a read beside it.
    const rest = Promise.resolve(source.takeAll());
    this.#reading = true;
    void rest.then(() => {
      this.#reading = false;
    });
    return rest;
  }

  async readline(size?: number): Promise<Bytes> {
    const most = checkSize('readline', size);
    if (most === 0) return NOTHING;
    return this.#alone(() => this.#line(most));
  }

  async readlines(hint?: number): Promise<Bytes[]> {
    const enough = checkSize('readlines', hint) || Infinity;
    return this.#alone(async () => {
      const lines: Bytes[] = [];
      let gathered = 0;
      while (gathered < enough) {
        const line = await this.#line(Infinity);
        if (line.byteLength === 0) break;
        lines.push(line);
        gathered += line.byteLength;
      }
      return lines;
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<Bytes> {
    let over = false;
    const release = (): void => {
      this.#reading = false;
    };
    return {
      next: () => {
        if (over) return Promise.resolve({ done: true, value: undefined });
        if (this.#reading) return Promise.reject(overlapping());
        this.#reading = true;
        // One promise a chunk that is waited for: a big upload is nothing but these.
        const step = new Promise<IteratorResult<Bytes>>((resolve, reject) => {
          this.#take(
            Infinity,
            (chunk) => {
              release();
              over = chunk.byteLength === 0;
              resolve(over ? { done: true, value: undefined } : { done: false, value: chunk });
            },
            (error) => {
              release();
              reject(error);
            },
          );
        });
        if (this.#reading) return step;
        // R54: what was there is taken already, and a read beside this one still overlaps.
        this.#reading = true;
        void step.then(release, release);
        return step;
      },
      return: async () => {
        over = true;
        return { done: true, value: undefined };
      },
    };
  }

  async #read(size: number | undefined): Promise<Bytes> {
    const most = checkSize('read', size);
    if (most === 0) return NOTHING;
    return this.#alone(most === Infinity ? () => this.#rest() : () => this.#some(most));
  }

  async #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#reading) throw overlapping();
    this.#reading = true;
    try {
      return await work();
    } finally {
      this.#reading = false;
    }
  }

  #some(size: number): Promise<Bytes> {
    return new Promise((resolve, reject) => this.#take(size, resolve, reject));
  }

  /** Takes bytes as soon as there are some: on the spot, or within the call that brings them. */
  #take(size: number, resolve: (bytes: Bytes) => void, reject: (error: unknown) => void): void {
    const source = this.#source;
    const take = (): void => {
      if (!source.isReady()) return source.wait(take);
      try {
        resolve(source.take(size));
      } catch (error) {
        reject(error);
      }
    };
    take();
  }

  /** Takes what comes within the call that brings it: no promise for each piece of it. */
  #rest(): Promise<Bytes> {
    const source = this.#source;
    let first: Bytes | undefined;
    let gathered: ByteQueue | undefined;
    return new Promise((resolve, reject) => {
      const gather = (): void => {
        try {
          while (source.isReady()) {
            const bytes = source.takeAll();
            if (bytes.byteLength === 0) return resolve(gathered?.takeAll() ?? first ?? NOTHING);
            if (first === undefined) first = bytes;
            else {
              gathered ??= new ByteQueue(first);
              gathered.push(bytes);
            }
          }
          source.wait(gather);
        } catch (error) {
          reject(error);
        }
      };
      gather();
    });
  }

  async #line(size: number): Promise<Bytes> {
    const gathered = new ByteQueue();
    while (gathered.length < size) {
      while (!this.#source.isReady()) await new Promise<void>((resolve) => this.#source.wait(resolve));
      const piece = this.#source.takeLine(size - gathered.length);
      if (piece.byteLength === 0) break;
      // Most lines come whole.
      if (piece.at(-1) === LF && gathered.length === 0) return piece;
      gathered.push(piece);
      if (piece.at(-1) === LF) break;
    }
    return gathered.takeAll();
  }
}

/** The body of a request that has none: one object for all of them, for it holds no state. */
export const emptyInput: Input = Object.freeze({
  async read(size?: number): Promise<Bytes> {
    checkSize('read', size);
    return NOTHING;
  },
  async readline(size?: number): Promise<Bytes> {
    checkSize('readline', size);
    return NOTHING;
  },
  async readlines(hint?: number): Promise<Bytes[]> {
    checkSize('readlines', hint);
    return [];
  },
  [Symbol.asyncIterator](): AsyncIterator<Bytes> {
    return { next: async () => ({ done: true, value: undefined }) };
  },
});

/** `tsgi.has_body` (R104): whether an input gives bytes, as far as is known now. */
export function mayGiveBytes(input: Input, contentLength: string | undefined): boolean {
  if (input === emptyInput || (contentLength !== undefined && Number(contentLength) === 0)) return false;
  return BufferedInput.mayGiveBytes(input);
}
