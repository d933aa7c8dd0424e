import type { Bytes } from '@tsgi/core';
import { type AnswerSource, type BodySink, type CgiAnswer, gatewayError, truncated } from '@tsgi/core/forward';
import { drained, resetSocket, type UpstreamSocket } from '@tsgi/transport';

/** A connection to a server, for one request. It is closed at the answer's end, or when nobody wants it. */
export class UpstreamConnection implements AnswerSource, BodySink {
  readonly #socket: UpstreamSocket;
  /** The connection can be reset: a UNIX socket can only be closed. */
  readonly #overTcp: boolean;
  /** Makes a CGI response of what comes. */
  readonly #asCgi: ((chunk: Bytes) => Bytes) | undefined;
  #answer: CgiAnswer | undefined;
  #requestSent = false;
  #error: Error | undefined;

  constructor(socket: UpstreamSocket, overTcp: boolean, asCgi: ((chunk: Bytes) => Bytes) | undefined) {
    this.#socket = socket;
    this.#asCgi = asCgi;
    this.#overTcp = overTcp;
    socket.on('error', (error) => {
      this.#error = error;
    });
  }

  /** Sends a request, or begins to: the body follows through `write`. */
  begin(header: Bytes, hasBody: boolean, answer: CgiAnswer): void {
    const socket = this.#socket;
    this.#answer = answer;
    this.#requestSent = !hasBody;
    const asCgi = this.#asCgi;
    if (asCgi === undefined) socket.on('data', (chunk: Buffer) => answer.push(chunk));
    else socket.on('data', (chunk: Buffer) => answer.push(asCgi(chunk)));
    socket.on('end', () => this.#ended());
    socket.on('close', () => this.#ended());
    socket.write(header);
  }

  isClosed(): boolean {
    return this.#socket.destroyed || this.#socket.refused || this.#socket.readableEnded;
  }

  write(chunk: Bytes): boolean {
    return this.#socket.write(chunk);
  }

  drained(): Promise<void> {
    return drained(this.#socket);
  }

  finish(): void {
    this.#requestSent = true;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** By a reset: a server must take the mere end of what we send for the end of the request. */
  abandon(): void {
    resetSocket(this.#socket);
  }

  unwanted(): void {
    this.#socket.destroy();
  }

  #ended(): void {
    this.#answer?.end(this.#failure());
    this.#socket.destroy();
  }

  #failure(): unknown {
    const error = this.#error;
    if (error !== undefined) {
      return gatewayError('CONNECTION_FAILED', 502, `the connection failed: ${error.message}`, error);
    }
    if (this.#wasReset()) return gatewayError('CONNECTION_FAILED', 502, 'the server reset the connection');
    // An answer without a length that ends within the request may be whole, or broken off: nobody can tell.
    return this.#socket.refused && this.#answer?.hasHead === true
      ? truncated('the answer ended within the request')
      : undefined;
  }

  /**
   * libuv takes a reset that comes together with the last bytes for an end. A socket that was reset has no peer any more,
   * one that was closed has; what we ourselves sent to a closed one is what resets it, too.
   */
  #wasReset(): boolean {
    return this.#overTcp && this.#requestSent && this.#socket.remoteAddress === undefined;
  }
}
