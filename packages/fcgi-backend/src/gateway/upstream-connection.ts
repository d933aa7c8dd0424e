import { gatewayError } from '@tsgi/core/forward';
import { drained, type UpstreamSocket } from '@tsgi/transport';
import { type Answer, type AnswerSource } from './answer.ts';
import { REQUEST_ID } from '../codec/request-encoder.ts';
import { ResponseDecoder, type ResponseEvents } from '../codec/response-decoder.ts';
import { writePieces } from '../server/write-pieces.ts';

/** A connection to an application, with at most one request on it. */
export class UpstreamConnection implements AnswerSource, ResponseEvents {
  readonly #socket: UpstreamSocket;
  readonly #decoder = new ResponseDecoder(this);
  readonly #onIdle: (connection: UpstreamConnection) => void;
  #answer: Answer | undefined;
  #stdinSent = false;
  /** END_REQUEST has come, and nothing after it. */
  #clean = false;
  #error: Error | undefined;
  /** It has carried a request before: its peer may have closed it just now. */
  reused = false;

  /** @param onIdle the request is over and the connection can carry another one. */
  constructor(socket: UpstreamSocket, onIdle: (connection: UpstreamConnection) => void) {
    this.#socket = socket;
    this.#onIdle = onIdle;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('end', () => this.#lost());
    socket.on('close', () => this.#lost());
  }

  get gone(): boolean {
    return this.#socket.destroyed || this.#socket.refused || !this.#socket.writable || this.#socket.readableEnded;
  }

  /** Nothing more can be sent that would be read: the answer is over, or the connection. */
  get refusesBody(): boolean {
    return this.gone || this.#answer === undefined;
  }

  begin(answer: Answer): void {
    this.#answer = answer;
    this.#stdinSent = false;
    this.#clean = false;
    this.#socket.ref();
  }

  /** @returns false when the socket wants a pause. */
  send(pieces: readonly Uint8Array[]): boolean {
    return writePieces(this.#socket, pieces);
  }

  /** The empty STDIN record was sent. */
  bodySent(): void {
    this.#stdinSent = true;
  }

  /** Resolves when the socket takes more, or nothing any more. */
  drained(): Promise<void> {
    return drained(this.#socket);
  }

  /** It waits in a pool: it keeps no process alive. */
  rest(): void {
    this.#socket.unref();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#answer = undefined;
    this.#socket.destroy();
  }

  stdout(requestId: number, chunk: Buffer): void {
    if (this.#answer === undefined) this.#clean = false;
    else if (requestId === REQUEST_ID) this.#answer.stdout(chunk);
  }

  stdoutEnd(): void {
    // END_REQUEST follows, or the connection is lost.
  }

  stderr(requestId: number, chunk: Buffer): void {
    if (requestId === REQUEST_ID) this.#answer?.stderr(chunk);
  }

  stderrEnd(): void {
    // As with STDOUT.
  }

  end(requestId: number, appStatus: number, protocolStatus: number): void {
    if (requestId !== REQUEST_ID) return;
    const answer = this.#answer;
    this.#answer = undefined;
    this.#clean = answer !== undefined && protocolStatus === 0;
    answer?.end(appStatus, protocolStatus);
  }

  getValuesResult(): void {
    // Nobody asked.
  }

  unknownType(): void {
    // Nothing was sent that could be unknown.
  }

  #onData(chunk: Buffer): void {
    // What comes while nothing is asked is php-fpm's second END_REQUEST (php-src#1169) at best.
    if (this.#answer === undefined) {
      this.#socket.destroy();
      return;
    }
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#answer?.fail(
        gatewayError('BAD_FCGI_RESPONSE', 502, `the application does not speak FastCGI: ${why}`, error),
      );
      this.#socket.destroy();
      return;
    }
    if (this.#answer === undefined) this.#afterEnd();
  }

  #afterEnd(): void {
    const isReusable = this.#clean && this.#stdinSent && this.#socket.writableLength === 0 && !this.#decoder.midRecord;
    if (!isReusable || this.gone) {
      this.#socket.destroy();
      return;
    }
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#onIdle(this);
  }

  #lost(): void {
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.lost(this.#error);
    this.#socket.destroy();
  }
}
