import type { Figures, Snapshot } from './figures.ts';
import type { BehindStatus, Status } from './status.ts';

const NO_RESTARTS = {};

/** The status of a process that serves by itself. */
export class OwnStatus {
  readonly #figures: readonly Figures[];
  readonly #behind: (() => BehindStatus) | undefined;
  readonly #since = Date.now() - process.uptime() * 1000;
  #state: 'starting' | 'ready' | 'draining' = 'starting';
  readonly #events: { at: number; text: string }[] = [];

  constructor(figures: readonly Figures[], behind: (() => BehindStatus) | undefined) {
    this.#figures = figures;
    this.#behind = behind;
  }

  ready(): void {
    if (this.#state === 'starting') this.#state = 'ready';
    this.#events.unshift({ at: Date.now(), text: 'serving' });
  }

  draining(): void {
    if (this.#state !== 'draining') this.#events.unshift({ at: Date.now(), text: 'closing' });
    this.#state = 'draining';
  }

  status(): Status {
    const snapshots = this.#figures.map((figures) => figures.snapshot());
    const state = this.#state;
    return {
      notReady: state === 'ready' ? undefined : state,
      processes: snapshots.slice(0, 1).map((snapshot) => ({
        name: 'server',
        pid: process.pid,
        state,
        since: this.#since,
        snapshot,
      })),
      // Others are servers of this same process: what they count is added, and what it is stays as it is.
      gone: snapshots.slice(1).map(countsOnly),
      restarts: NO_RESTARTS,
      behind: this.#behind?.(),
      events: this.#events,
    };
  }
}

function countsOnly({ pid, wires, slowest, lostLines }: Snapshot): Snapshot {
  return { pid, wires, slowest, lostLines, memory: 0, loopDelay: { mean: 0, p99: 0, max: 0 } };
}
