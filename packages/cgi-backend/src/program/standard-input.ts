import { readSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { RequestBody } from '@tsgi/core/program';
import { isPipeOrSocket, openDescriptor } from './descriptors.ts';

const STDIN = 0;
const CHUNK = 65_536;

/** What is still on its way when the response is over is read to its end, but no more and no longer than this (R53). */
const DRAIN_BYTES = 67_108_864;
const DRAIN_MS = 2000;

/**
 * The request body of a CGI program, from standard input, whatever that is. Nothing is read before the application asks.
 */
export class StandardInput {
  readonly #body: RequestBody;
  readonly #expected: number;
  #socket: Socket | undefined;
  #isFile = false;
  #opened = false;
  #ended = false;
  #received = 0;
  #onEnd: (() => void) | undefined;

  /** @param expected bytes of the body; `undefined`: to the end of the file. */
  constructor(body: RequestBody, expected: number | undefined) {
    this.#body = body;
    this.#expected = expected ?? Infinity;
  }

  /** The application waits for bytes. */
  readonly resume = (): void => {
    this.#open();
    if (this.#isFile) this.#readFile();
    else this.#socket?.resume();
  };

  /**
   * Takes what the web server still sends: mod_cgid writes the whole body before it reads the answer, and a socket that
   * is closed on unread bytes resets the answer away.
   */
  async drain(): Promise<void> {
    this.#open();
    if (this.#socket === undefined || this.#ended) return;
    this.#socket.resume();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, DRAIN_MS);
      this.#onEnd = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#received > DRAIN_BYTES) this.#onEnd();
    });
  }

  close(): void {
    this.#ended = true;
    this.#socket?.destroy();
  }

  #open(): void {
    if (this.#opened) return;
    this.#opened = true;
    try {
      // A file, a terminal or /dev/null never makes anybody wait. A pipe or socket does: a read of it that blocks a
      // thread would keep the process from ending, so that goes through the event loop.
      this.#isFile = !isPipeOrSocket(STDIN);
    } catch {
      // Closed: there is no body, whatever CONTENT_LENGTH says.
      this.#end();
      return;
    }
    if (this.#isFile) return;
    const socket = openDescriptor(STDIN, { readable: true, writable: false });
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      if (!this.#push(chunk)) socket.pause();
    });
    socket.on('end', () => this.#end());
    socket.on('error', () => this.#end());
  }

  #readFile(): void {
    while (!this.#ended) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const length = readOrEnd(chunk);
      if (length === 0) this.#end();
      else if (!this.#push(chunk.subarray(0, length))) return;
    }
  }

  /** @returns whether the body takes more now. */
  #push(chunk: Buffer): boolean {
    this.#received += chunk.length;
    const more = this.#body.push(chunk);
    if (this.#received >= this.#expected) this.#end();
    else if (this.#received > DRAIN_BYTES) this.#onEnd?.();
    return more;
  }

  #end(): void {
    if (this.#ended) return;
    this.close();
    this.#body.end();
    this.#onEnd?.();
  }
}

/** Bytes read; 0 also for what cannot be read: to the application the body is short then (R48). */
function readOrEnd(chunk: Buffer): number {
  try {
    return readSync(STDIN, chunk, 0, chunk.length, null);
  } catch {
    return 0;
  }
}
