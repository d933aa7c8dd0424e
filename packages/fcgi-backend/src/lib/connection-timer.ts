/** What a connection waits for: PARAMS to be complete, more of a body, or the next request. */
export type Awaited = 'params' | 'body' | 'idle';

/** The one timer of a connection. It is armed only while something is late: a request that comes whole needs none. */
export class ConnectionTimer {
  readonly #onTimeout: (awaited: Awaited) => void;
  #awaited: Awaited | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(onTimeout: (awaited: Awaited) => void) {
    this.#onTimeout = onTimeout;
  }

  /** Waiting for the same again goes on, except for a body: each of its pieces has its own time. */
  await(awaited: Awaited, milliseconds: number): void {
    if (this.#awaited === awaited) {
      if (awaited === 'body') this.#timer?.refresh();
      return;
    }
    this.stop();
    this.#awaited = awaited;
    this.#timer = setTimeout(() => {
      this.#awaited = undefined;
      this.#timer = undefined;
      this.#onTimeout(awaited);
    }, milliseconds);
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#awaited = undefined;
    this.#timer = undefined;
  }
}
