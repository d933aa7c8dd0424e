import type { ObservedRequest } from './observed-request.ts';

/** A request that took long. */
export interface SlowRequest {
  readonly method: string;
  /** Without the query, in which secrets may stand. */
  readonly path: string;
  readonly status: number;
  /** Milliseconds. */
  readonly duration: number;
  /** When it ended, in milliseconds since 1970. */
  readonly at: number;
}

const MOST = 10;
/** Milliseconds after which one is forgotten. */
const REMEMBERED = 600_000;
const LONGEST_PATH = 200;

/** The slowest requests of the last ten minutes. */
export class SlowestRequests {
  #requests: SlowRequest[] = [];

  /** Milliseconds below which a request is not among them. */
  least = 0;

  take({ method, target, status, duration }: ObservedRequest): void {
    const now = Date.now();
    const [path = ''] = target.split('?', 1);
    const slow = { method: method.slice(0, 20), path: path.slice(0, LONGEST_PATH), status, duration, at: now };
    this.#keep([...this.#requests, slow], now);
  }

  list(): readonly SlowRequest[] {
    this.#keep(this.#requests, Date.now());
    return this.#requests;
  }

  #keep(requests: readonly SlowRequest[], now: number): void {
    this.#requests = requests
      .filter(({ at }) => now - at < REMEMBERED)
      .toSorted((one, other) => other.duration - one.duration)
      .slice(0, MOST);
    this.least = this.#requests.length < MOST ? 0 : (this.#requests.at(-1)?.duration ?? 0);
  }
}
