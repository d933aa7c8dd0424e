import { Deadline } from '@tsgi/core/clock';

/** What has to arrive on a connection, and by when. Times are milliseconds. */
export interface ArrivalLimits {
  /** From the connection, or the first byte of a head, to the head's end. Default 60 000. */
  readonly headersTimeout: number;
  /**
   * For a body while the application reads it: how long it may stand still, and what it may be late by altogether at
   * `minimumRate`. Default 60 000.
   */
  readonly requestTimeout: number;
  /** Bytes a second that every body must reach in the long run; 0: any. Default 240, as Kestrel. */
  readonly minimumRate: number;
  /** Between two requests. */
  readonly keepAliveTimeout: number;
  /** The same as `requestTimeout`, for the rest of a body that nobody reads. Default 5 000, as nginx's `lingering_timeout`. */
  readonly drainTimeout: number;
}

/** What a connection waits for. An application may take as long as it likes: nothing is awaited then. */
export type Awaited = 'head' | 'body' | 'drain' | 'request' | 'nothing';

/** What a connection waits for from its peer, one thing at a time, and until when. Tells when that is late. */
export class ConnectionClock extends Deadline {
  readonly #limits: ArrivalLimits;
  #awaited: Awaited = 'head';

  /**
   * Starts with the time for the first head.
   *
   * @param onLate `awaited` is what did not come. Nothing is set then.
   */
  constructor(limits: ArrivalLimits, onLate: () => void) {
    super(onLate);
    this.#limits = limits;
    this.in(limits.headersTimeout);
  }

  /** What is late, when `onLate` is called. */
  get awaited(): Awaited {
    return this.#awaited;
  }

  /** The first byte of a head is here. */
  head(): void {
    this.#awaited = 'head';
    this.in(this.#limits.headersTimeout);
  }

  /** The application reads a body, or reads on after a pause. */
  body(): void {
    this.#awaited = 'body';
    this.in(this.#limits.requestTimeout);
  }

  /** The rest of a body that nobody reads. */
  drain(): void {
    this.#awaited = 'drain';
    this.in(this.#limits.drainTimeout);
  }

  /** Bytes of a body or its rest buy time, at the minimum rate, and never more than there was at first. */
  received(bytes: number): void {
    const { minimumRate, requestTimeout, drainTimeout } = this.#limits;
    if (this.#awaited === 'body') this.extend(bought(bytes, minimumRate), requestTimeout);
    else if (this.#awaited === 'drain') this.extend(bought(bytes, minimumRate), drainTimeout);
  }

  /** The next request of a kept connection. */
  nextRequest(): void {
    this.#awaited = 'request';
    this.inAbout(this.#limits.keepAliveTimeout);
  }

  /** The application, or nothing. */
  nothing(): void {
    this.#awaited = 'nothing';
    this.lift();
  }

  /** The connection has ended. */
  stop(): void {
    this.#awaited = 'nothing';
    this.clear();
  }
}

/** Milliseconds that so many bytes may take. */
export function bought(bytes: number, minimumRate: number): number {
  return (bytes / minimumRate) * 1000;
}
