import { closeSync, constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { whyNoFile } from '../command-line/failure.ts';
import type { LogTarget } from './log-target.ts';

/**
 * Without O_NONBLOCK, to open a FIFO that nobody reads, or to write to one that is full, would hold a thread of Node's for
 * ever. Regular files know nothing of it.
 */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

/** Who visits whom is not everybody's to read. */
const MODE = 0o640;

/** POSIX's least PIPE_BUF is 512, that of Linux this: so much is written to a pipe whole or not at all. */
const PIPE_WHOLE = 4096;

/** A full pipe is tried again after so many milliseconds; a reader that stands still makes lines wait, then be left out. */
const FULL_PIPE = 50;

const NOTHING = new Uint8Array(0);

/**
 * A file that lines are appended to, by several processes: what is written with O_APPEND in one write stays in one piece. It is
 * opened when it is first written to, and again after it failed.
 */
export class LogFile implements LogTarget {
  readonly failure: Error | undefined;
  readonly #path: string;
  #fd: number | undefined;
  #atomic: number | undefined;
  #isWriting = false;
  /** Another one takes its place. */
  #outdated: number | undefined;
  /** What was written last is not a whole line. */
  #isTorn = false;

  constructor(path: string) {
    this.#path = path;
    try {
      this.#open();
    } catch (error) {
      this.failure = cannotBeWritten(error);
    }
  }

  get atomic(): number | undefined {
    return this.#atomic;
  }

  write(bytes: Uint8Array, done: (error: Error | undefined, rest: Uint8Array) => void): void {
    let fd: number;
    try {
      fd = this.#fd ?? this.#open();
    } catch (error) {
      // Not at once: who asks is on the way of a request.
      setImmediate(done, cannotBeWritten(error), bytes);
      return;
    }
    this.#isWriting = true;
    this.#append(fd, this.#whole(bytes), 0, (error, rest) => {
      this.#isWriting = false;
      this.#closeOutdated();
      if (error !== undefined && fd === this.#fd) this.#close();
      done(error, rest);
    });
  }

  writeNow(bytes: Uint8Array): Uint8Array {
    if (bytes.byteLength === 0) return bytes;
    try {
      const fd = this.#fd ?? this.#open();
      const all = this.#whole(bytes);
      return all.subarray(writeSync(fd, all));
    } catch {
      return bytes;
    }
  }

  /** What is being written goes to the file that was, however often a newer one takes its place meanwhile. */
  reopen(): void {
    if (this.#isWriting && this.#outdated === undefined) {
      this.#outdated = this.#fd;
      this.#fd = undefined;
    } else this.#close();
    this.#isTorn = false;
    try {
      this.#open();
    } catch {
      // Who writes hears of it.
    }
  }

  close(): void {
    this.#closeOutdated();
    this.#close();
  }

  #open(): number {
    const fd = openSync(this.#path, FLAGS, MODE);
    this.#fd = fd;
    this.#atomic = fstatSync(fd, { bigint: true }).isFIFO() ? PIPE_WHOLE : undefined;
    return fd;
  }

  #append(
    fd: number,
    bytes: Uint8Array,
    from: number,
    done: (error: Error | undefined, rest: Uint8Array) => void,
  ): void {
    write(fd, bytes, from, bytes.length - from, null, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.#append(fd, bytes, from, done), FULL_PIPE).unref();
        return;
      }
      const to = from + written;
      if (error === null && to < bytes.length) return this.#append(fd, bytes, to, done);
      const last = error === null ? to : from;
      if (last > 0) this.#isTorn = bytes[last - 1] !== 0x0a;
      if (error === null) done(undefined, NOTHING);
      else done(cannotBeWritten(error), bytes.subarray(from));
    });
  }

  /** Behind half a line another one begins. */
  #whole(bytes: Uint8Array): Uint8Array {
    return this.#isTorn ? Buffer.concat([Buffer.from('\n'), bytes]) : bytes;
  }

  #close(): void {
    if (this.#fd !== undefined) closeQuietly(this.#fd);
    this.#fd = undefined;
  }

  #closeOutdated(): void {
    if (this.#outdated !== undefined) closeQuietly(this.#outdated);
    this.#outdated = undefined;
  }
}

function cannotBeWritten(error: unknown): Error {
  return new Error(`it cannot be written: ${whyNoFile(error)}`);
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // A file system that fails at the end has lost what it has lost.
  }
}
