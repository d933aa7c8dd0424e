import { closeSync, openSync, writevSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Bytes } from '@tsgi/core';
import { cgiHeadText } from '@tsgi/core/program';
import type { ResponseHead, ResponseWriter } from '@tsgi/core/program';
import { isPipeOrSocket, openDescriptor } from './descriptors.ts';

const STDOUT = 1;

/**
 * What any pipe or socket takes without its reader: up to here a write does not block. A pipe has sixteen pages, and a
 * piece that does not fit the rest of one begins the next; in a socket's buffer every piece costs more than its bytes.
 */
const UNREAD_PAGES = 16;
const PAGE = 4096;

/** Whom the writer tells of its response. */
export interface OutputOwner {
  /** The last byte has been taken by the system. */
  responseWritten(): void;
  /** The response failed after its head. */
  responseFailed(): void;
  /** Nobody reads the output any more. */
  readerGone(): void;
  /** Torn down (R98). */
  finished(): void;
}

/** Writes a response to standard output, in CGI form. */
export class StandardOutput implements ResponseWriter {
  readonly #owner: OutputOwner;
  #pages = 0;
  /** For what does not fit the pipe at once: then the event loop waits for the reader, not the process. */
  #socket: Socket | undefined;
  #isFile: boolean | undefined;
  #gone = false;

  constructor(owner: OutputOwner) {
    this.#owner = owner;
  }

  writeHead(head: ResponseHead, chunk: Bytes | undefined, end: boolean): boolean {
    const text = cgiHeadText(head);
    const bytes = new Uint8Array(text.length + (chunk?.byteLength ?? 0));
    // A head is short, and Node's own way to write text is slow the first time: a tenth of a millisecond on Node 20.
    for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
    if (chunk !== undefined) bytes.set(chunk, text.length);
    const more = this.write(bytes);
    if (end) this.end();
    return more;
  }

  write(chunk: Bytes): boolean {
    if (this.#gone) return true;
    if (this.#socket !== undefined) return this.#socket.write(chunk);
    this.#pages += Math.ceil(chunk.byteLength / PAGE);
    if (this.#pages > UNREAD_PAGES && !this.#writesToFile()) return this.#open().write(chunk);
    return this.#writeNow(chunk);
  }

  end(): void {
    const socket = this.#socket;
    if (this.#gone) return;
    if (socket === undefined) this.#release();
    else {
      socket.end();
      socket.once('close', () => (socket.writableFinished ? this.#release() : this.#owner.responseFailed()));
    }
  }

  /** Nothing on standard output can say it: the exit code does. */
  abort(): void {
    this.#socket?.destroy();
    this.#owner.responseFailed();
  }

  onDrain(callback: () => void): void {
    this.#socket?.once('drain', callback);
  }

  finished(): void {
    this.#owner.finished();
  }

  close(): void {
    this.#socket?.destroy();
  }

  #writeNow(chunk: Bytes): boolean {
    for (let offset = 0; offset < chunk.byteLength;) {
      try {
        // Of Node's two ways the one with less to look at before it writes.
        offset += writevSync(STDOUT, [offset === 0 ? chunk : chunk.subarray(offset)]);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        // Somebody made the descriptor non-blocking, and it is full.
        if (code === 'EAGAIN' && !this.#writesToFile()) return this.#open().write(chunk.subarray(offset));
        this.#readerGone();
        return true;
      }
    }
    return true;
  }

  #writesToFile(): boolean {
    this.#isFile ??= !isPipeOrSocket(STDOUT);
    return this.#isFile;
  }

  #open(): Socket {
    const socket = openDescriptor(STDOUT, { readable: false, writable: true });
    socket.on('error', () => this.#readerGone());
    this.#socket = socket;
    return socket;
  }

  /** Lets the web server see the end of a pipe before the hooks have run (R92); what prints later goes nowhere. */
  #release(): void {
    this.#gone = true;
    try {
      closeSync(STDOUT);
      openSync('/dev/null', 'w');
    } catch {
      // A changed root without devices: then the end of the process is the end of the response.
    }
    this.#owner.responseWritten();
  }

  /** R79: EPIPE and its like are no errors; the signal tells the application. */
  #readerGone(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#owner.readerGone();
  }
}
