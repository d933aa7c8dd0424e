import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ObservedConnection } from '@tsgi/core/server';
import type { ObservedRequest } from './observed-request.ts';
import { SlowestRequests, type SlowRequest } from './slowest-requests.ts';

/** Upper bounds of the histogram of durations, in seconds. */
export const BUCKETS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What was counted of one wire. */
export interface WireCounts {
  /** By class: 1xx at 0, 5xx at 4; beyond that at 5. */
  requests: number[];
  /** As many requests took no longer than this bound and longer than the one before; the last has no bound. */
  durations: number[];
  /** Seconds. */
  durationSum: number;
  inFlight: number;
  left: number;
  cut: number;
  refusals: Record<string, number>;
  /** Connections so far, and those that are open. */
  connections: number;
  open: number;
  bytesIn: number;
  bytesOut: number;
}

/** What a process has counted. It passes to another process. */
export interface Snapshot {
  readonly pid: number;
  readonly wires: Readonly<Record<string, WireCounts>>;
  readonly slowest: readonly SlowRequest[];
  /** Bytes. */
  readonly memory: number;
  /** Seconds, of the last while. */
  readonly loopDelay: { readonly mean: number; readonly p99: number; readonly max: number };
  /** Lines of the access log that are missing. */
  readonly lostLines: number;
}

/** Reasons that are told apart; what a plugin makes of them could be any number. */
const MOST_REASONS = 50;

const NANO = 1e-9;

/** Milliseconds between two looks at the event loop. */
const RESOLUTION = 20;

/** Milliseconds after which delays are forgotten. */
const WHILE = 10_000;

/** Nothing yet. */
export function noCounts(): WireCounts {
  return {
    requests: [0, 0, 0, 0, 0, 0],
    durations: [...BUCKETS.map(() => 0), 0],
    durationSum: 0,
    inFlight: 0,
    left: 0,
    cut: 0,
    refusals: {},
    connections: 0,
    open: 0,
    bytesIn: 0,
    bytesOut: 0,
  };
}

/** Counts what one wire does: additions, and nothing else on the way of a request. */
export class WireFigures {
  readonly counts: WireCounts = noCounts();
  readonly #open = new Set<ObservedConnection>();
  readonly #slowest: SlowestRequests;

  constructor(slowest: SlowestRequests) {
    this.#slowest = slowest;
  }

  ended(request: ObservedRequest): void {
    const { counts } = this;
    const { status, duration } = request;
    counts.inFlight--;
    const at = Math.min(5, Math.floor(status / 100) - 1);
    counts.requests[at] = (counts.requests[at] ?? 0) + 1;
    const seconds = duration / 1000;
    counts.durationSum += seconds;
    let bucket = 0;
    while (bucket < BUCKETS.length && seconds > (BUCKETS[bucket] as number)) bucket++;
    counts.durations[bucket] = (counts.durations[bucket] ?? 0) + 1;
    if (request.aborted) {
      if (request.wasCut) counts.cut++;
      else counts.left++;
    }
    if (duration >= this.#slowest.least) this.#slowest.take(request);
  }

  refused(reason: string): void {
    const { refusals } = this.counts;
    const known = Object.hasOwn(refusals, reason) || Object.keys(refusals).length < MOST_REASONS;
    const name = known ? reason : 'OTHER';
    refusals[name] = (refusals[name] ?? 0) + 1;
  }

  connected(connection: ObservedConnection): void {
    this.counts.connections++;
    this.#open.add(connection);
    connection.once('close', () => {
      this.#open.delete(connection);
      this.counts.bytesIn += connection.bytesRead;
      this.counts.bytesOut += connection.bytesWritten;
    });
  }

  snapshot(): WireCounts {
    let { bytesIn, bytesOut } = this.counts;
    for (const { bytesRead, bytesWritten } of this.#open) {
      bytesIn += bytesRead;
      bytesOut += bytesWritten;
    }
    return { ...this.counts, open: this.#open.size, bytesIn, bytesOut };
  }
}

/** What this process counts. */
export class Figures {
  readonly #wires = new Map<string, WireFigures>();
  readonly #slowest = new SlowestRequests();
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  #delayFrom = performance.now();
  readonly #lostLines: () => number;

  constructor(lostLines: () => number) {
    this.#lostLines = lostLines;
    this.#delay.enable();
  }

  wire(name: string): WireFigures {
    let figures = this.#wires.get(name);
    if (figures === undefined) this.#wires.set(name, (figures = new WireFigures(this.#slowest)));
    return figures;
  }

  snapshot(): Snapshot {
    return {
      pid: process.pid,
      wires: Object.fromEntries([...this.#wires].map(([name, figures]) => [name, figures.snapshot()])),
      slowest: this.#slowest.list(),
      memory: process.memoryUsage.rss(),
      loopDelay: this.#loopDelay(),
      lostLines: this.#lostLines(),
    };
  }

  /** Node measures from one look to the next; what is beyond the time between them is late. */
  #loopDelay(): Snapshot['loopDelay'] {
    const delay = this.#delay;
    // Without a sample the mean is none.
    if (!Number.isFinite(delay.mean)) return { mean: 0, p99: 0, max: 0 };
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds * NANO - RESOLUTION / 1000);
    const found = { mean: late(delay.mean), p99: late(delay.percentile(99)), max: late(delay.max) };
    const now = performance.now();
    if (now - this.#delayFrom > WHILE) {
      delay.reset();
      this.#delayFrom = now;
    }
    return found;
  }

  close(): void {
    this.#delay.disable();
  }
}
