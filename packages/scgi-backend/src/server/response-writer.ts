import type { Socket } from 'node:net';
import type { Bytes } from '@tsgi/core';
import { cgiHeadText } from '@tsgi/core/cgi';
import type { ResponseHead, ResponseWriter } from '@tsgi/core/server';
import { resetSocket } from '@tsgi/transport';

/** Up to here a copy behind the head costs less than a second write. */
const COPY_LIMIT = 16_384;

/** What the connection is told of its response. */
export interface ResponseOwner {
  /** Bytes were handed to the socket. */
  written(): void;
  /** The last byte was handed to the socket: end it. */
  responseEnded(): void;
}

/** Frames a response for SCGI: a CGI response, ended by the end of the connection. */
export class ScgiResponseWriter implements ResponseWriter {
  readonly #socket: Socket;
  readonly #owner: ResponseOwner;

  constructor(socket: Socket, owner: ResponseOwner) {
    this.#socket = socket;
    this.#owner = owner;
  }

  get settled(): boolean {
    return this.#socket.writableLength === 0;
  }

  writeHead(head: ResponseHead, chunk: Bytes | undefined, end: boolean): boolean {
    const text = cgiHeadText(head);
    if (chunk !== undefined && chunk.byteLength > COPY_LIMIT) {
      this.#socket.cork();
      this.#socket.write(text, 'latin1');
      const more = this.#socket.write(chunk);
      this.#socket.uncork();
      this.#written(end);
      return more;
    }
    const bytes = Buffer.allocUnsafe(text.length + (chunk?.byteLength ?? 0));
    bytes.write(text, 'latin1');
    if (chunk !== undefined) bytes.set(chunk, text.length);
    const more = this.#socket.write(bytes);
    this.#written(end);
    return more;
  }

  write(chunk: Bytes): boolean {
    const more = this.#socket.write(chunk);
    this.#owner.written();
    return more;
  }

  end(): void {
    this.#owner.responseEnded();
  }

  /** Only a reset tells a front end that an answer without a length was cut short; UNIX sockets have none. */
  abort(): void {
    resetSocket(this.#socket);
  }

  onDrain(callback: () => void): void {
    this.#socket.once('drain', callback);
  }

  #written(end: boolean): void {
    if (end) this.#owner.responseEnded();
    else this.#owner.written();
  }

  finished(): void {
    // One request a connection: there is nothing to make ready for the next one.
  }
}
