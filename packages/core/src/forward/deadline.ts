/**
 * A time limit. When a busy process is late itself, what came in time is waiting to be read: the loop reads once more before
 * anybody is said to be late. It never ends early, for the same reason.
 */
export class Deadline {
  readonly #onLate: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onLate: () => void) {
    this.#onLate = onLate;
  }

  get isRunning(): boolean {
    return this.#timer !== undefined;
  }

  /** Begins anew. @param milliseconds at most what a timer can take. */
  start(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#onLate();
      }, 1);
    }, milliseconds);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
