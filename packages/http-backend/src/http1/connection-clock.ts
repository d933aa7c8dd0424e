import type { Deadlines, Waiting } from './deadlines.ts';
import type { Limits } from '../server/limits.ts';

/** How long a client that has ended its side waits before it is asked, by an interim response, whether it is there. */
const PROBE_AFTER = 1_000;

/** What a connection waits for, and until when. */
export class ConnectionClock implements Waiting {
  deadline: number;
  readonly #deadlines: Deadlines;
  readonly #limits: Limits;
  /** Bytes that had been sent when the client was last asked whether it is there. */
  #probedAt = -1;
  readonly #onExpired: () => void;

  /** Starts with the time for the first head. */
  constructor(deadlines: Deadlines, limits: Limits, onExpired: () => void) {
    this.#deadlines = deadlines;
    this.#limits = limits;
    this.#onExpired = onExpired;
    deadlines.add(this);
    this.deadline = deadlines.now + limits.headersTimeout;
  }

  stop(): void {
    this.deadline = Infinity;
    this.#deadlines.remove(this);
  }

  expire(): void {
    this.deadline = Infinity;
    this.#onExpired();
  }

  /** For the application, or for nothing. */
  unlimited(): void {
    this.deadline = Infinity;
  }

  head(): void {
    this.deadline = this.#deadlines.now + this.#limits.headersTimeout;
  }

  nextRequest(): void {
    this.deadline = this.#deadlines.now + this.#limits.keepAliveTimeout;
  }

  body(): void {
    this.deadline = this.#deadlines.now + this.#limits.requestTimeout;
  }

  /** Bytes of the body buy time, at the minimum rate, and never more than there was at first. */
  bodyBytes(bytes: number): void {
    const { requestTimeout, minimumRate } = this.#limits;
    const earned = this.deadline + (bytes / minimumRate) * 1_000;
    this.deadline = Math.min(earned, this.#deadlines.now + requestTimeout);
  }

  /** The rest of a body that nobody reads. */
  drain(): void {
    this.deadline = this.#deadlines.now + this.#limits.drainTimeout;
  }

  /** @returns whether bytes were sent since the last time: had the client closed, they would have brought its reset. */
  probe(bytesWritten: number): boolean {
    const hasMoved = bytesWritten !== this.#probedAt;
    this.#probedAt = bytesWritten;
    this.deadline = this.#deadlines.now + PROBE_AFTER;
    return hasMoved;
  }
}
