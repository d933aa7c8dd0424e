import type { Bytes, TsgiError } from '@tsgi/core';
import {
  type AnswerSource,
  type BodySink,
  type CgiAnswer,
  gatewayError,
  type ProgramLog,
  truncated,
} from '@tsgi/core/forward';
import { Deadline } from '@tsgi/core/clock';
import { drained, type UpstreamSocket, writePieces } from '@tsgi/transport';
import { CANT_MPX_CONN, OVERLOADED, REQUEST_COMPLETE } from '../codec/protocol.ts';
import { encodeStdin, REQUEST_ID, STDIN_END } from '../codec/request-encoder.ts';
import { ResponseDecoder, type ResponseEvents } from '../codec/response-decoder.ts';

/** How long END_REQUEST may take after the last byte that the head announced; then the connection is given up. */
const END_TIME = 1000;

/** The exit status of a program that a signal ended, as a shell and fcgiwrap say it. */
const KILLED = 128;

/** The answer to the request at hand, and where its STDERR goes. */
interface Asked {
  readonly answer: CgiAnswer;
  readonly log: ProgramLog;
}

/** A connection to an application, with at most one request on it. */
export class UpstreamConnection implements AnswerSource, BodySink, ResponseEvents {
  readonly #socket: UpstreamSocket;
  readonly #decoder = new ResponseDecoder(this);
  readonly #onIdle: (connection: UpstreamConnection) => void;
  #asked: Asked | undefined;
  #missing = 0;
  /** The empty STDOUT record has come: the application ended its answer by itself. */
  #stdoutEnded = false;
  /** END_REQUEST has come, and nothing after it. */
  #clean = false;
  #error: Error | undefined;
  readonly #restEnd = new Deadline(() => this.#socket.destroy());
  readonly #endDeadline = new Deadline(() => this.#socket.destroy());
  #keeps = true;
  #answers = 0;
  #wasLeft = false;
  /** When it was made, as `performance.now()` has it. */
  readonly since: number;

  /** @param onIdle the request is over and the connection can carry another one. */
  constructor(socket: UpstreamSocket, since: number, onIdle: (connection: UpstreamConnection) => void) {
    this.#socket = socket;
    this.since = since;
    this.#onIdle = onIdle;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('end', () => this.#lost());
    socket.on('close', () => this.#lost());
  }

  /** Requests that it has carried to their end and could go on after. */
  get answers(): number {
    return this.#answers;
  }

  /** It has carried a request before: its peer may have closed it just now. */
  get reused(): boolean {
    return this.#answers > 0;
  }

  /** Whether the application was asked to keep it after the last request. */
  get keeps(): boolean {
    return this.#keeps;
  }

  /** The other end has closed it. */
  get wasLeft(): boolean {
    return this.#wasLeft;
  }

  get gone(): boolean {
    return this.#socket.destroyed || this.#socket.refused || !this.#socket.writable || this.#socket.readableEnded;
  }

  /**
   * Sends a request, or begins to.
   *
   * @param requestHead with the end of STDIN when there is no body.
   * @param length bytes of the body that follow through `write`.
   * @param keeps it asks the application to keep the connection.
   */
  begin(requestHead: Bytes, length: number, keeps: boolean, asked: Asked): void {
    this.#asked = asked;
    this.#keeps = keeps;
    this.#missing = length;
    this.#stdoutEnded = false;
    this.#clean = false;
    this.#socket.ref();
    if (this.#socket.writable) this.#socket.write(requestHead);
  }

  /** Nothing more can be sent that would be read: the answer is over, or the connection. */
  isClosed(): boolean {
    return this.gone || this.#asked === undefined;
  }

  write(chunk: Bytes): boolean {
    const records = encodeStdin(chunk);
    this.#missing -= chunk.byteLength;
    // With the last piece: php-fpm may answer, and be asked again, before a later one.
    if (this.#missing === 0) records.push(STDIN_END);
    return writePieces(this.#socket, records);
  }

  drained(): Promise<void> {
    return drained(this.#socket);
  }

  finish(): void {
    // The end of STDIN went with the last piece.
  }

  end(requestId: number, appStatus: number, protocolStatus: number): void {
    if (requestId !== REQUEST_ID) return;
    this.#endDeadline.lift();
    const asked = this.#asked;
    this.#asked = undefined;
    this.#clean = asked !== undefined && protocolStatus === REQUEST_COMPLETE;
    if (asked === undefined) return;
    asked.log.end(exitRemark(appStatus));
    if (protocolStatus !== REQUEST_COMPLETE) asked.answer.end(rejection(protocolStatus));
    else asked.answer.end(asked.answer.hasHead && this.#isBrokenOff(appStatus) ? failedWith(appStatus) : undefined);
  }

  /** It waits in a pool, at most so many milliseconds, and keeps no process alive. */
  rest(milliseconds: number): void {
    this.#socket.unref();
    this.#restEnd.in(milliseconds);
  }

  /** It waits no longer. */
  wake(): void {
    this.#restEnd.lift();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  abandon(): void {
    this.destroy();
  }

  unwanted(isWhole: boolean): void {
    if (!isWhole) {
      this.destroy();
      return;
    }
    // END_REQUEST is all that is left to come; then the connection can carry another request.
    this.#socket.resume();
    this.#endDeadline.in(END_TIME);
  }

  destroy(): void {
    this.#asked?.log.end();
    this.#asked = undefined;
    this.#clearDeadlines();
    this.#socket.destroy();
  }

  stdout(requestId: number, chunk: Buffer): void {
    if (this.#asked === undefined) this.#clean = false;
    else if (requestId === REQUEST_ID) this.#asked.answer.push(chunk);
  }

  stdoutEnd(requestId: number): void {
    if (requestId === REQUEST_ID) this.#stdoutEnded = true;
  }

  stderr(requestId: number, chunk: Buffer): void {
    if (requestId !== REQUEST_ID) return;
    this.#asked?.answer.noteBegun();
    this.#asked?.log.push(chunk);
  }

  stderrEnd(): void {
    // END_REQUEST follows, or the connection is lost.
  }

  getValuesResult(): void {
    // Nobody asked.
  }

  unknownType(): void {
    // Nothing was sent that could be unknown.
  }

  /**
   * appStatus is an exit status. A program that ended its output and then failed has answered: fcgiwrap says so of awstats,
   * and nginx delivers it. One that a signal ended has not, nor one whose output was not ended (R77).
   */
  #isBrokenOff(appStatus: number): boolean {
    return appStatus >= KILLED || (appStatus !== 0 && !this.#stdoutEnded);
  }

  #onData(chunk: Buffer): void {
    // What comes while nothing is asked is php-fpm's second END_REQUEST (php-src#1169) at best.
    if (this.#asked === undefined) {
      this.#socket.destroy();
      return;
    }
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#asked?.answer.fail(
        gatewayError('BAD_FCGI_RESPONSE', 502, `the application does not speak FastCGI: ${why}`, error),
      );
      this.destroy();
      return;
    }
    if (this.#asked === undefined) this.#afterEnd();
  }

  #afterEnd(): void {
    const isIdle = this.#clean && this.#missing === 0 && this.#socket.writableLength === 0;
    if (!isIdle || this.#decoder.midRecord || this.gone) {
      this.#socket.destroy();
      return;
    }
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#answers++;
    this.#onIdle(this);
  }

  #clearDeadlines(): void {
    this.#restEnd.clear();
    this.#endDeadline.clear();
  }

  #lost(): void {
    this.#wasLeft ||= this.#error !== undefined || !this.#socket.destroyed;
    this.#clearDeadlines();
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.log.end();
    asked?.answer.end(lost(asked.answer.hasHead, this.#error));
    this.#socket.destroy();
  }
}

function lost(withinAnswer: boolean, cause: Error | undefined): TsgiError {
  const why = cause === undefined ? '' : `: ${cause.message}`;
  if (withinAnswer) return truncated(`the connection was closed within the answer${why}`);
  return gatewayError('CONNECTION_LOST', 502, `the connection was closed before the answer${why}`, cause);
}

function failedWith(appStatus: number): TsgiError {
  return truncated(`the application failed with status ${appStatus} within its answer`);
}

function exitRemark(appStatus: number): string {
  return appStatus === 0 ? '' : `[the program ended with status ${appStatus}]\n`;
}

function rejection(protocolStatus: number): TsgiError {
  if (protocolStatus === OVERLOADED) return gatewayError('OVERLOADED', 503, 'the application is overloaded');
  if (protocolStatus === CANT_MPX_CONN) {
    return gatewayError('CANT_MPX_CONN', 502, 'the application takes one request a connection, and says it has one');
  }
  return gatewayError('UNKNOWN_ROLE', 502, 'the application does not serve the role of a responder');
}
