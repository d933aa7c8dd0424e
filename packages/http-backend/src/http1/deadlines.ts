/** Something that must not wait for ever. */
export interface Waiting {
  /** `Deadlines.now` at which it is over; Infinity while it may wait. */
  readonly deadline: number;
  expire(): void;
}

/**
 * The deadlines of a server's connections: one timer looks at all of them. A timer a connection, or `socket.setTimeout`,
 * would be touched by every request; this is one assignment.
 */
export class Deadlines {
  /** Milliseconds, as exact as the timer. */
  now = 0;
  readonly #resolution: number;
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;

  /** @param shortest the shortest time that will be set, in milliseconds. */
  constructor(shortest: number) {
    this.#resolution = Math.max(5, Math.min(500, shortest / 4));
  }

  add(waiting: Waiting): void {
    this.#waiting.add(waiting);
    if (this.#timer !== undefined) return;
    this.now = performance.now();
    this.#timer = setInterval(() => this.#look(), this.#resolution);
    this.#timer.unref();
  }

  remove(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    this.now = performance.now();
    for (const waiting of this.#waiting) if (waiting.deadline <= this.now) waiting.expire();
  }
}
