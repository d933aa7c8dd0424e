import { writeSync } from 'node:fs';
import type { LogTarget } from './log-target.ts';

/** As one write to a pipe that several processes have: see `LogFile`. */
const PIPE_WHOLE = 4096;

const NOTHING = new Uint8Array(0);

/** Standard output or standard error, which `guardStandardStreams` has made harmless. It cannot be opened anew. */
export class LogStream implements LogTarget {
  readonly atomic: number = PIPE_WHOLE;
  readonly #name: 'stdout' | 'stderr';

  constructor(name: 'stdout' | 'stderr') {
    this.#name = name;
  }

  write(bytes: Uint8Array, done: (error: Error | undefined, rest: Uint8Array) => void): void {
    process[this.#name].write(bytes, (error) => {
      if (error) done(new Error(`it cannot be written: ${error.message}`), bytes);
      else done(undefined, NOTHING);
    });
  }

  writeNow(bytes: Uint8Array): Uint8Array {
    const stream = process[this.#name];
    // What waits before it cannot be overtaken.
    if (bytes.byteLength === 0 || stream.writableLength > 0) return bytes;
    try {
      return bytes.subarray(writeSync(this.#name === 'stdout' ? 1 : 2, bytes));
    } catch {
      return bytes;
    }
  }

  reopen(): void {
    // Whoever has made the stream would have to.
  }

  close(): void {
    // It is the process's.
  }
}
