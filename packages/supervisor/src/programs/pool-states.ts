/**
 * The states of programs that answer one request at a time, and all of their transitions: who gets which request, who waits,
 * and how many programs there should be. House rules as in `crew-states.ts`, which keeps that many alive:
 *
 * 1. Nothing here starts, sends or waits: `take` gives an event in and gets what is to be done.
 * 2. What is to be done follows from what there is: after every event the pool is looked at whole.
 * 3. A program has one request at most, and a request one program. Whether a request is sent again is decided elsewhere: here
 *    it comes as a new one.
 *
 *     starting ── ready ──▶ idle ── (a request) ──▶ busy ── over, as it said itself ──▶ idle
 *                            ▲                       │
 *                            └── free ── unsure ◀────┘ over, but for the program: its client left, it was late
 *
 * From each of them it is `ending` once it was told to end, and gone when its process is.
 */

/** Where a program is; one that is gone is not kept. */
export type ProgramState = 'starting' | 'idle' | 'busy' | 'unsure' | 'ending';

/** What happened. Times are milliseconds of one clock. Requests and programs are numbers that are never used again. */
export type PoolEvent =
  /** Begins, and whenever `wake` asked for it. */
  | { readonly type: 'time' }
  | { readonly type: 'request'; readonly request: number }
  /** It waits no longer. */
  | { readonly type: 'leave'; readonly request: number }
  /** The program's process was started. */
  | { readonly type: 'started'; readonly program: number }
  /** It accepts connections. */
  | { readonly type: 'ready'; readonly program: number }
  /** Its request is over. `said`: the program itself said so; otherwise it has to show that it is free. */
  | { readonly type: 'over'; readonly program: number; readonly said: boolean }
  /** It has shown that. */
  | { readonly type: 'free'; readonly program: number }
  /** It gets no further requests: it was told to end, or will be when its own is over. */
  | { readonly type: 'ends'; readonly program: number }
  | { readonly type: 'gone'; readonly program: number }
  /** Nobody is served any more. */
  | { readonly type: 'stop' };

/** Why a request is refused: too many wait, it has waited too long, the pool has ended. */
export type Refusal = 'full' | 'late' | 'ended';

/** What is to be done. */
export type PoolAction =
  | { readonly type: 'assign'; readonly request: number; readonly program: number }
  | { readonly type: 'refuse'; readonly request: number; readonly why: Refusal }
  /** To be found out: whether it is free. */
  | { readonly type: 'check'; readonly program: number }
  /** It was not free again in time: it is to be ended. */
  | { readonly type: 'stuck'; readonly program: number }
  /** So many programs should there be. `spare`: those that can go best, the first first. */
  | { readonly type: 'size'; readonly size: number; readonly spare: readonly number[] }
  /** A `time` is wanted then; `Infinity`: none. Comes last. */
  | { readonly type: 'wake'; readonly at: number };

/** When programs are started: php-fpm's `pm`. */
export type PoolMode = 'static' | 'dynamic' | 'ondemand';

/** Times are milliseconds. */
export interface PoolSettings {
  readonly mode: PoolMode;
  readonly maxChildren: number;
  /** For `dynamic`: programs without a request. */
  readonly minSpare: number;
  readonly maxSpare: number;
  /** For `ondemand`: how long a program rests until it is ended. */
  readonly processIdleTimeout: number;
  /** Requests that wait beyond those that a program is, or can be, started for. */
  readonly queue: number;
  readonly queueTimeout: number;
  /** How long a program may take to be free after a request that it did not end itself. */
  readonly checkTimeout: number;
}

/** How often `dynamic` ends a program that is too much: php-fpm's maintenance, once a second. */
const SHRINK_EVERY = 1000;

interface Program {
  state: ProgramState;
  /** When it became what it is. */
  since: number;
}

/** The pool as a machine without I/O. */
export class PoolStates {
  readonly #settings: PoolSettings;
  readonly #programs = new Map<number, Program>();
  /** The programs that are idle; the one that was used last is last, and is used first. */
  readonly #idle: number[] = [];
  /** Requests that wait, in the order they came, and since when. */
  readonly #waiting = new Map<number, number>();
  /** Programs with a request, or perhaps with one. */
  #working = 0;
  #size: number;
  /** `dynamic` has too many since then. */
  #shrinksAt = Infinity;
  #stopped = false;
  #actions: PoolAction[] = [];

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.#size = firstSize(settings);
  }

  /** Programs that there should be. */
  get size(): number {
    return this.#size;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** `undefined`: it is gone. */
  stateOf(program: number): ProgramState | undefined {
    return this.#programs.get(program)?.state;
  }

  /** The states of all programs that are not gone. */
  get states(): readonly ProgramState[] {
    return [...this.#programs.values()].map(({ state }) => state);
  }

  /** Takes what happened at the time `now`, and gives what is to be done, in order. */
  take(event: PoolEvent, now: number): PoolAction[] {
    this.#actions = [];
    this.#note(event, now);
    this.#assign(now);
    this.#refuseLate(now);
    this.#endStuck(now);
    if (!this.#stopped) this.#measure(now);
    this.#actions.push({ type: 'wake', at: this.#nextTime() });
    return this.#actions;
  }

  #note(event: PoolEvent, now: number): void {
    switch (event.type) {
      case 'request':
        return this.#onRequest(event.request, now);
      case 'leave':
        this.#waiting.delete(event.request);
        return;
      case 'started':
        this.#programs.set(event.program, { state: 'starting', since: now });
        return;
      case 'ready':
        return this.#move(event.program, ['starting'], 'idle', now);
      case 'over':
        this.#move(event.program, ['busy'], event.said ? 'idle' : 'unsure', now);
        if (!event.said && this.#programs.get(event.program)?.state === 'unsure') {
          this.#actions.push({ type: 'check', program: event.program });
        }
        return;
      case 'free':
        return this.#move(event.program, ['unsure'], 'idle', now);
      case 'ends':
        return this.#move(event.program, ['starting', 'idle', 'busy', 'unsure'], 'ending', now);
      case 'gone':
        this.#move(event.program, ['starting', 'idle', 'busy', 'unsure'], 'ending', now);
        this.#programs.delete(event.program);
        return;
      case 'stop':
        this.#stopped = true;
        for (const request of this.#waiting.keys()) this.#refuse(request, 'ended');
        return;
      default:
    }
  }

  #onRequest(request: number, now: number): void {
    this.#waiting.set(request, now);
    if (this.#stopped) return this.#refuse(request, 'ended');
    // Those that a program is started for, or can be, do not wait for the others.
    const room = this.#settings.maxChildren - this.#working;
    if (this.#waiting.size > this.#settings.queue + Math.max(0, room)) this.#refuse(request, 'full');
  }

  #move(id: number, from: readonly ProgramState[], to: ProgramState, now: number): void {
    const program = this.#programs.get(id);
    if (program === undefined || !from.includes(program.state)) return;
    if (program.state === 'idle') this.#idle.splice(this.#idle.indexOf(id), 1);
    if (isWorking(program.state)) this.#working -= 1;
    if (isWorking(to)) this.#working += 1;
    if (to === 'idle') this.#idle.push(id);
    program.state = to;
    program.since = now;
  }

  #assign(now: number): void {
    for (const request of this.#waiting.keys()) {
      const program = this.#idle.at(-1);
      if (program === undefined) return;
      this.#waiting.delete(request);
      this.#move(program, ['idle'], 'busy', now);
      this.#actions.push({ type: 'assign', request, program });
    }
  }

  #refuseLate(now: number): void {
    for (const [request, since] of this.#waiting) {
      if (since + this.#settings.queueTimeout > now) return;
      this.#refuse(request, 'late');
    }
  }

  #refuse(request: number, why: Refusal): void {
    this.#waiting.delete(request);
    this.#actions.push({ type: 'refuse', request, why });
  }

  #endStuck(now: number): void {
    for (const [id, { state, since }] of this.#programs) {
      if (state !== 'unsure' || since + this.#settings.checkTimeout > now) continue;
      this.#move(id, ['unsure'], 'ending', now);
      this.#actions.push({ type: 'stuck', program: id });
    }
  }

  /** How many there should be. */
  #measure(now: number): void {
    const size = this.#wanted(now);
    if (size === this.#size) return;
    this.#size = size;
    this.#actions.push({ type: 'size', size, spare: [...this.#idle] });
  }

  #wanted(now: number): number {
    const { mode, maxChildren, minSpare, maxSpare, processIdleTimeout } = this.#settings;
    const needed = this.#working + this.#waiting.size;
    if (mode === 'static') return maxChildren;
    if (mode === 'dynamic') {
      const least = Math.min(maxChildren, needed + minSpare);
      const surplus = this.#size - (needed + maxSpare);
      if (surplus <= 0) this.#shrinksAt = Infinity;
      else if (this.#shrinksAt === Infinity) this.#shrinksAt = now + SHRINK_EVERY;
      else if (now >= this.#shrinksAt) {
        this.#shrinksAt = surplus > 1 ? now + SHRINK_EVERY : Infinity;
        return Math.max(least, this.#size - 1);
      }
      return Math.max(least, this.#size);
    }
    let alive = 0;
    let expired = 0;
    for (const { state, since } of this.#programs.values()) {
      if (state === 'ending') continue;
      alive += 1;
      if (state === 'idle' && since + processIdleTimeout <= now) expired += 1;
    }
    // One that could not start is not tried again when nobody waits for it any more.
    return Math.max(Math.min(maxChildren, needed), Math.min(this.#size, alive) - expired);
  }

  #nextTime(): number {
    let next = this.#stopped ? Infinity : this.#shrinksAt;
    const [oldest = Infinity] = this.#waiting.values();
    next = Math.min(next, oldest + this.#settings.queueTimeout);
    const { mode, processIdleTimeout, checkTimeout } = this.#settings;
    for (const { state, since } of this.#programs.values()) {
      if (state === 'unsure') next = Math.min(next, since + checkTimeout);
      else if (state === 'idle' && mode === 'ondemand' && !this.#stopped) {
        next = Math.min(next, since + processIdleTimeout);
      }
    }
    return next;
  }
}

/** Programs that there should be before the first request. */
function firstSize({ mode, maxChildren, minSpare }: PoolSettings): number {
  if (mode === 'ondemand') return 0;
  return mode === 'static' ? maxChildren : Math.min(minSpare, maxChildren);
}

function isWorking(state: ProgramState): boolean {
  return state === 'busy' || state === 'unsure';
}
