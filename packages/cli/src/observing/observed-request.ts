import type { AccessRecord } from '@tsgi/adapters/access-log';
import type { Environ, Header } from '@tsgi/core';
import type { ObservedAnswer, RequestObserver } from '@tsgi/core/server';

const NONE: readonly Header[] = [];

/** One request, from its begin to its line in the log. */
export class ObservedRequest implements RequestObserver, AccessRecord {
  readonly environ: Partial<Environ>;
  readonly method: string;
  readonly target: string;
  readonly protocol: string;
  readonly requestId: string | undefined;
  /** See `identify`. */
  readonly isPlainId = true;
  status = 0;
  bytes = 0;
  readonly began: number;
  duration = 0;
  aborted = false;
  /** It broke off, and the client did not leave. */
  wasCut = false;
  headers: readonly Header[] = NONE;
  keepsConnection: boolean | undefined = undefined;
  refused: string | undefined = undefined;
  readonly #start: number;
  readonly #onEnded: ((request: ObservedRequest) => void) | undefined;

  /** @param start by `performance.now()`; not a number where nobody asks how long it takes. */
  constructor(
    environ: Partial<Environ>,
    requestId: string | undefined,
    began: number,
    start: number,
    onEnded: ((request: ObservedRequest) => void) | undefined,
  ) {
    const { REQUEST_METHOD: method = '', REQUEST_URI: target = '', SERVER_PROTOCOL: protocol = '' } = environ;
    this.environ = environ;
    this.method = method;
    this.target = target;
    this.protocol = protocol;
    this.requestId = requestId;
    this.began = began;
    this.#start = start;
    this.#onEnded = onEnded;
  }

  ended(answer: ObservedAnswer): void {
    this.status = answer.status;
    this.bytes = answer.bytes;
    this.headers = answer.headers;
    this.keepsConnection = answer.keepsConnection;
    const { outcome } = answer;
    this.aborted = outcome !== 'whole';
    this.wasCut = outcome === 'cut';
    if (!Number.isNaN(this.#start)) this.duration = performance.now() - this.#start;
    this.#onEnded?.(this);
  }
}
