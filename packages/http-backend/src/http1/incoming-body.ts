import { type Environ, type Header, TsgiAbortError, type TsgiError } from '@tsgi/core';
import { RequestBody, countedBytes } from '@tsgi/core/server';
import type { Framing } from './codec/request-head.ts';
import type { Limits } from '../server/limits.ts';
import { requestError } from './codec/request-error.ts';
import type { EndOfBody, RequestParser } from './codec/request-parser.ts';

/** Where the trailers are found once the body was read to its end. */
const TRAILERS = 'http.trailers';

/** Bytes of an unread body that the connection is worth; to go on without it costs the client a new one. */
const WORTH_KEEPING = 1_048_576;

/** What is known of a body beforehand. */
interface BodyFraming extends Framing {
  /** There may be trailers though the length is known; the wire then checks the length itself (RFC 9113 §8.1.1). */
  trailers?: boolean;
}

/** The body of the running request on its way to the application, or past it. */
export class IncomingBody {
  readonly #framing: BodyFraming;
  readonly #limits: Limits;
  readonly #body: RequestBody;
  /** Of a body that may have some. */
  readonly #trailers: Header[] | undefined;
  #continued = false;
  #received = 0;
  #discarded: number | undefined;

  /**
   * @param onWanted the application waits for bytes, or has made room for them.
   * @throws TsgiError (413) for a body that announces itself too long.
   */
  constructor(framing: BodyFraming, environ: Environ, limits: Limits, onWanted: () => void) {
    if (framing.bodyLength > limits.maxBody) {
      throw requestError(`the body is longer than ${countedBytes(limits.maxBody)}`, 413, 'BODY_TOO_LARGE');
    }
    this.#framing = framing;
    this.#limits = limits;
    this.#body = new RequestBody({
      expected: framing.bodyLength === -1 || framing.trailers === true ? undefined : framing.bodyLength,
      limit: limits.maxBody,
      onWanted,
    });
    environ['tsgi.input'] = this.#body.input;
    if (framing.bodyLength === -1 || framing.trailers === true) environ[TRAILERS] = this.#trailers = [];
  }

  /** Bytes of the whole body; those that have come so far, where the length is not known. */
  get size(): number {
    return this.#framing.bodyLength === -1 ? this.#received : this.#framing.bodyLength;
  }

  /** The client waits for a `100 Continue` that it has not got, and may never send the body. */
  get withheld(): boolean {
    return this.#framing.expectContinue && !this.#continued && this.#received === 0;
  }

  /** The `100 Continue` is about to be sent: once at most (R52). */
  release(): void {
    this.#continued = true;
  }

  /** The rest is little enough to be read for the sake of the connection, as far as can be known. */
  get drainable(): boolean {
    const { bodyLength } = this.#framing;
    return bodyLength === -1 || bodyLength - this.#received <= Math.min(WORTH_KEEPING, this.#limits.drainSize);
  }

  /**
   * Takes a body of known length that is here already, before the application asks for it: it then waits for nothing.
   *
   * @returns whether it is.
   */
  takeWhole(parser: RequestParser): boolean {
    const { bodyLength } = this.#framing;
    if (bodyLength <= 0 || parser.pending < bodyLength) return false;
    for (let event = parser.next(); Buffer.isBuffer(event); event = parser.next()) this.push(event);
    return true;
  }

  /** @returns false when the application has enough for now. */
  push(chunk: Buffer): boolean {
    this.#received += chunk.length;
    if (this.#discarded !== undefined) this.#discarded += chunk.length;
    return this.#body.push(chunk);
  }

  /** More was thrown away than the connection is worth. */
  get exhausted(): boolean {
    return this.#discarded !== undefined && this.#discarded > Math.min(WORTH_KEEPING, this.#limits.drainSize);
  }

  end(event: EndOfBody): void {
    for (let index = 0; index < event.trailers.length; index += 2) {
      this.#trailers?.push([event.trailers[index] as string, event.trailers[index + 1] as string]);
    }
    this.#body.end();
  }

  fail(error: TsgiError): void {
    this.#body.fail(error);
  }

  /** The peer ended before the body did (R48). */
  truncate(): void {
    this.#body.fail(
      new TsgiAbortError(`the connection ended after ${countedBytes(this.#received)} of the request body`, {
        code: 'BODY_TRUNCATED',
        rule: 'R48',
      }),
    );
  }

  discard(): void {
    this.#discarded = 0;
    this.#body.discard();
  }
}
