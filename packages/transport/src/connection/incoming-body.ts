import { type Bytes, TsgiAbortError, TsgiError } from '@tsgi/core';
import { Deadline } from '@tsgi/core/clock';
import { RequestBody, countedBytes } from '@tsgi/core/server';

/** What is bounded for a body. `Infinity` lifts a limit. */
export interface BodyLimits {
  /** Bytes. Beyond it: 413. */
  readonly maxBody: number;
  /** Milliseconds for which a body may stand still while it is read, and be late by altogether at `minimumRate`. Beyond it: 408. */
  readonly requestTimeout: number;
  /** Bytes a second. */
  readonly minimumRate: number;
}

/** What the bodies of one connection have and want together: what tells whether its socket should be read. */
export interface BodyFlow {
  /** Bodies whose applications wait for bytes. */
  awaited: number;
  /** Bytes that were taken although their applications had enough. */
  excess: number;
}

/** A body on its way from a connection to the application, bounded in bytes and in time. */
export class IncomingBody {
  readonly body: RequestBody;
  readonly #flow: BodyFlow;
  readonly #limits: BodyLimits;
  #excess = 0;
  /** Since when the application waits for bytes, as `performance.now()`; -1 while it does not. */
  #waitsSince = -1;
  /** Milliseconds for which it may yet wait: only while it does is the peer late. */
  #patience: number;
  #late: Deadline | undefined;

  /**
   * @param expected bytes; `undefined`: the wire tells the end.
   * @param onWanted `flow` has changed: the application waits, or has made room.
   * @throws TsgiError (413) for a body that announces itself too long.
   */
  constructor(expected: number | undefined, limits: BodyLimits, flow: BodyFlow, onWanted: () => void) {
    const { maxBody } = limits;
    if (expected !== undefined && expected > maxBody) {
      const found = `the request body is longer than ${countedBytes(maxBody)}`;
      throw new TsgiError(found, { code: 'BODY_TOO_LARGE', side: 'peer', statusHint: 413 });
    }
    this.#flow = flow;
    this.#limits = limits;
    this.#patience = limits.requestTimeout;
    this.body = new RequestBody({
      expected,
      limit: maxBody,
      onWanted: () => {
        this.#setExcess(0);
        if (!this.body.complete) this.#wait();
        onWanted();
      },
    });
  }

  /** Bytes that were taken although the application had enough. */
  get excess(): number {
    return this.#excess;
  }

  /** @returns false when the application has enough: `excess` counts from there. */
  push(chunk: Bytes): boolean {
    if (this.#waitsSince !== -1) {
      const { requestTimeout, minimumRate } = this.#limits;
      const waited = performance.now() - this.#waitsSince;
      // Each byte buys time, and there is never more than at first: what comes byte by byte is late in the end.
      const bought = (chunk.byteLength / minimumRate) * 1000;
      this.#patience = Math.min(requestTimeout, Math.max(0, this.#patience - waited) + bought);
      this.#stopWaiting();
    }
    if (this.body.push(chunk)) return true;
    this.#setExcess(this.#excess + chunk.byteLength);
    return false;
  }

  /** The wire says that the body is over: a short one is truncated (R48). */
  end(): void {
    this.#over();
    this.body.end();
  }

  fail(error: TsgiError): void {
    this.#over();
    this.body.fail(error);
  }

  /** The peer ended, and no end of the body had come: what is missing is missing (R48). */
  cut(): void {
    this.fail(new TsgiAbortError('the peer closed the connection within the body', { code: 'BODY_TRUNCATED' }));
  }

  /** Nobody will read any more. */
  discard(): void {
    this.#over();
    this.body.discard();
  }

  #wait(): void {
    if (this.#waitsSince !== -1) return;
    this.#flow.awaited++;
    this.#waitsSince = performance.now();
    if (this.#patience === Infinity) return;
    this.#late ??= new Deadline(() => this.fail(tooLate(this.#limits.requestTimeout)));
    this.#late.in(this.#patience);
  }

  #stopWaiting(): void {
    if (this.#waitsSince === -1) return;
    this.#flow.awaited--;
    this.#waitsSince = -1;
    this.#late?.lift();
  }

  #over(): void {
    this.#setExcess(0);
    this.#stopWaiting();
    this.#late?.clear();
  }

  #setExcess(bytes: number): void {
    this.#flow.excess += bytes - this.#excess;
    this.#excess = bytes;
  }
}

function tooLate(requestTimeout: number): TsgiError {
  const found = `the request body was late by ${requestTimeout} ms while it was read`;
  return new TsgiError(found, { code: 'BODY_TIMEOUT', side: 'peer', statusHint: 408 });
}
