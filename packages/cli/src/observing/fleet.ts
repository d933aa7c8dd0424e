import { addUp, remaining } from './add-up.ts';
import type { Snapshot } from './figures.ts';
import type { ProcessStatus, Status } from './status.ts';

/** The word by which a worker's figures are told from other messages. */
const FIGURES = 'figures';

const MOST_EVENTS = 20;

interface Member {
  readonly name: string;
  readonly pid: number;
  readonly since: number;
  state: ProcessStatus['state'];
  snapshot: Snapshot | undefined;
  /** Why it is to be replaced. */
  reason: string | undefined;
}

/** A worker tells its figures to the process that started it. */
export function tellFigures(snapshot: Snapshot): void {
  if (process.connected) process.send?.({ tsgi: FIGURES, snapshot }, undefined, undefined, () => {});
}

function figuresIn(message: unknown): Snapshot | undefined {
  if (typeof message !== 'object' || message === null || !('tsgi' in message) || message.tsgi !== FIGURES)
    return undefined;
  return 'snapshot' in message ? (message.snapshot as Snapshot) : undefined;
}

/** One worker, for whoever hears of it. */
export interface MemberEvents {
  ready(): void;
  /** It drains. */
  leaving(): void;
  /** Another one is to take its place, for this reason. */
  replacedFor(reason: string): void;
  gone(code: number | null, signal: string | null): void;
  /** @returns whether the message was for us. */
  heard(message: unknown): boolean;
}

/** What is known of the workers, in the process that starts them. */
export class Fleet {
  readonly #members = new Set<Member>();
  readonly #restarts: Record<string, number> = { crash: 0, replaced: 0 };
  #events: { at: number; text: string }[] = [];
  /** Of all that are gone. */
  #gone: Snapshot[] = [];
  #ending = false;

  add(name: string, pid: number | undefined): MemberEvents {
    const member: Member = {
      name,
      pid: pid ?? 0,
      since: Date.now(),
      state: 'starting',
      snapshot: undefined,
      reason: undefined,
    };
    this.#members.add(member);
    return {
      ready: () => {
        if (member.state === 'starting') member.state = 'ready';
        this.note(`${name} serves (pid ${member.pid})`);
      },
      leaving: () => {
        member.state = 'draining';
        member.reason ??= 'replaced';
      },
      replacedFor: (reason) => {
        member.reason ??= reason;
      },
      gone: (code, signal) => this.#onGone(member, signal ?? `exit code ${code}`),
      heard: (message) => {
        const snapshot = figuresIn(message);
        if (snapshot !== undefined) member.snapshot = snapshot;
        return snapshot !== undefined;
      },
    };
  }

  note(text: string): void {
    this.#events = [{ at: Date.now(), text }, ...this.#events].slice(0, MOST_EVENTS);
  }

  /** No more requests are wanted. */
  end(): void {
    this.#ending = true;
  }

  status(): Status {
    const processes = [...this.#members];
    const isReady = processes.some(({ state }) => state === 'ready');
    return {
      notReady: this.#ending ? 'draining' : isReady ? undefined : 'starting',
      processes,
      gone: this.#gone,
      restarts: this.#restarts,
      // A gateway has no workers.
      behind: undefined,
      events: this.#events,
    };
  }

  #onGone(member: Member, how: string): void {
    this.#members.delete(member);
    if (member.snapshot !== undefined) this.#gone = [merged([...this.#gone, remaining(member.snapshot)])];
    if (this.#ending) return;
    const reason = member.reason ?? 'crash';
    this.#restarts[reason] = (this.#restarts[reason] ?? 0) + 1;
    this.note(`${member.name} is gone: ${reason === 'crash' ? how : reason}`);
  }
}

function merged(snapshots: readonly Snapshot[]): Snapshot {
  const slowest = snapshots
    .flatMap((snapshot) => snapshot.slowest)
    .toSorted((one, other) => other.duration - one.duration);
  return {
    pid: 0,
    wires: addUp(snapshots),
    slowest: slowest.slice(0, 10),
    memory: 0,
    loopDelay: { mean: 0, p99: 0, max: 0 },
    lostLines: snapshots.reduce((sum, { lostLines }) => sum + lostLines, 0),
  };
}
