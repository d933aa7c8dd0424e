import type { App } from '../contract/contract.ts';
import { type TargetEvent, type TargetState, TRANSITIONS } from './target-state.ts';

/** Milliseconds that a target is left out: at first, and, doubled with each attempt that fails, at most. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;

/** What is known of one of the targets of a gateway, as it is now: it changes with every request. */
export interface TargetFigures {
  /** Its address, as `--to` takes it. */
  readonly name: string;
  readonly state: TargetState;
  /** Requests that are under way to it, or whose answers are. */
  readonly active: number;
  /** Requests that were sent to it, or were meant to be. */
  readonly requests: number;
  /** Those among them that it took no connection for, sent back, or did not answer. */
  readonly failures: number;
  /** Those among the failures that were sent to another target then. */
  readonly passedOn: number;
  /** How often it went out. */
  readonly outages: number;
}

/** What a request that has ended says of its target. */
export type Verdict = Exclude<TargetEvent, 'tried'>;

/** What a verdict has changed for whoever watches: it went out, or is back. */
export type Change = 'out' | 'back' | undefined;

/** One of several servers that answer the same. `Way` is how a wire gets there. */
export class Target<Way> implements TargetFigures {
  readonly name: string;
  readonly way: Way;
  #state: TargetState = 'up';
  #active = 0;
  #requests = 0;
  #failures = 0;
  #passedOn = 0;
  #outages = 0;
  #pause = FIRST_PAUSE;
  /** When it is tried again, as `performance.now()` has it. */
  #until = 0;

  constructor(name: string, way: Way) {
    this.name = name;
    this.way = way;
  }

  get state(): TargetState {
    return this.#state;
  }

  get active(): number {
    return this.#active;
  }

  get requests(): number {
    return this.#requests;
  }

  get failures(): number {
    return this.#failures;
  }

  get passedOn(): number {
    return this.#passedOn;
  }

  get outages(): number {
    return this.#outages;
  }

  /** Milliseconds that it is left out for, or was the last time. */
  get pause(): number {
    return this.#pause;
  }

  /** It is neither out, nor being tried; or it is time to try it. */
  isWanted(now: number): boolean {
    if (this.#state === 'out') return now >= this.#until;
    return this.#state !== 'trying';
  }

  begin(now: number): boolean {
    this.#active++;
    this.#requests++;
    return this.#state === 'out' && now >= this.#until && this.#on('tried');
  }

  end(): void {
    this.#active--;
  }

  passOn(): void {
    this.#passedOn++;
  }

  /**
   * @param outage how often it had been out when the request began: what was sent before it went out says nothing of now, and the
   *   many that fail with it are one outage.
   * @param isTrial the request is the one that tries it.
   */
  judge(verdict: Verdict, outage: number, isTrial: boolean, now: number): Change {
    if (verdict === 'failed' || verdict === 'unreachable') this.#failures++;
    if (outage !== this.#outages) return undefined;
    // Others may be sent to it meanwhile, when all are out: what they fail with is known.
    if (this.#state === 'trying' && !isTrial && verdict !== 'answered') return undefined;
    const before = this.#state;
    if (!this.#on(verdict)) return undefined;
    if (this.#state === 'up') {
      this.#pause = FIRST_PAUSE;
      return before === 'suspect' ? undefined : 'back';
    }
    if (this.#state !== 'out') return undefined;
    if (before === 'trying') {
      if (verdict === 'undecided') return undefined;
      this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
    } else this.#outages++;
    this.#until = now + this.#pause;
    return before === 'trying' ? undefined : 'out';
  }

  #on(event: TargetEvent): boolean {
    const next = TRANSITIONS[this.#state][event];
    if (next === undefined) return false;
    this.#state = next;
    return true;
  }
}

/** One request's use of a target. */
export class TargetUse<Way> {
  readonly target: Target<Way>;
  readonly #outage: number;
  readonly #isTrial: boolean;
  #judged = false;
  #over = false;

  constructor(target: Target<Way>, now: number) {
    this.target = target;
    this.#isTrial = target.begin(now);
    this.#outage = target.outages;
  }

  /** What is heard of the target by this request; the first counts. */
  judge(verdict: Verdict, now: number): Change {
    if (this.#judged) return undefined;
    this.#judged = true;
    return this.target.judge(verdict, this.#outage, this.#isTrial, now);
  }

  /** The request and its answer are over. May be called more than once. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.target.end();
  }
}

/**
 * The targets of a gateway, and which of them gets a request: the one with the fewest under way, and among equals each in turn.
 * One that is out is left out, unless all are: then they are asked all the same. Nothing here does I/O or reads a clock.
 */
export class Targets<Way> {
  readonly all: readonly Target<Way>[];
  /** Where the search begins: behind the one that was chosen last. */
  #first = 0;

  constructor(all: readonly Target<Way>[]) {
    this.all = all;
  }

  /**
   * @param tried targets that the request has failed at.
   * @param now as `performance.now()` has it.
   * @returns `undefined` when none is left.
   */
  choose(tried: readonly Target<Way>[], now: number): TargetUse<Way> | undefined {
    const index = this.#leastActive(tried, now) ?? this.#leastActive(tried, Infinity);
    const target = index === undefined ? undefined : this.all[index];
    if (index === undefined || target === undefined) return undefined;
    this.#first = (index + 1) % this.all.length;
    return new TargetUse(target, now);
  }

  /** @param at `Infinity`: those that are out, too. */
  #leastActive(tried: readonly Target<Way>[], at: number): number | undefined {
    const { all } = this;
    let found: number | undefined;
    let least = Infinity;
    for (let step = 0; step < all.length; step++) {
      const index = (this.#first + step) % all.length;
      const target = all[index];
      if (target === undefined || target.active >= least) continue;
      if ((at === Infinity || target.isWanted(at)) && !tried.includes(target)) {
        found = index;
        least = target.active;
      }
    }
    return found;
  }
}

/** An application that forwards, and tells how its targets are. */
export type ForwardingApp = App & { readonly targets: readonly TargetFigures[] };

export function forwardingApp<Way>(app: App, targets: Targets<Way>): ForwardingApp {
  return Object.assign(app, { targets: targets.all });
}
