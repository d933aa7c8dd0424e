/**
 * The states of a crew of child processes, and all of its transitions. House rules:
 *
 * 1. Nothing here starts, kills or waits: `take` gives an event in and gets what is to be done.
 * 2. What is to be done follows from what there is, not from what just happened: after every event the crew is looked at
 *    whole. So an event that is lost, doubled or late changes when something is done, not whether.
 * 3. A child that is to be replaced goes only when its successor is ready.
 *
 * A child is `starting` until it says that it serves; `ready` while it does; `draining` from when it was told to end; `gone`
 * when its process has ended, and then the crew forgets it.
 *
 *     starting ── ready ──▶ ready ── drain ──▶ draining ── gone ──▶ gone
 *        │                    │                                      ▲
 *        └─ gone, or late ────┴─ gone (a crash), or silent: killed ──┘
 *
 * A child is of a generation: a reload begins the next one. It is outdated when it is of an older generation, or spent.
 * A restart begins the next one, too, and there rule 3 does not hold: who develops wants nothing of the last version any more.
 */

/** Where a child is; one that is gone is not kept. */
export type ChildState = 'starting' | 'ready' | 'draining';

/** Why a child is to be replaced: it has had its requests, or its memory is beyond what it may have. */
export type Spent = 'requests' | 'memory';

/** What happened. Times are milliseconds of one clock. */
export type CrewEvent =
  /** Begins, and whenever `wake` asked for it. */
  | { readonly type: 'time' }
  /** The child serves. */
  | { readonly type: 'ready'; readonly child: number }
  /** Its process has ended. */
  | { readonly type: 'gone'; readonly child: number; readonly code: number | null; readonly signal: string | null }
  /** Its event loop stands still. */
  | { readonly type: 'silent'; readonly child: number }
  /** It has done enough, or grown too large: a successor takes over. */
  | { readonly type: 'spent'; readonly child: number; readonly why: Spent }
  /** It was told to end by somebody else: it drains by itself. */
  | { readonly type: 'leaving'; readonly child: number }
  /** It has done some of its work: it can run, whatever becomes of it now. */
  | { readonly type: 'proven'; readonly child: number }
  | { readonly type: 'reload' }
  /** Replaces all at once: those that run drain while their successors start. */
  | { readonly type: 'restart' }
  /** `spare`: those that can go best, the first first. */
  | { readonly type: 'resize'; readonly size: number; readonly spare?: readonly number[] }
  /** `replaced`: others serve on, which are none of this crew. */
  | { readonly type: 'stop'; readonly replaced?: boolean }
  /** Ends at once, without grace. */
  | { readonly type: 'force' };

/** What is to be done. */
export type CrewAction =
  | { readonly type: 'start'; readonly child: number }
  /**
   * Tells it to finish what it has and to end, within `grace` milliseconds. `replaced`: others serve on, so its clients may have
   * time to learn of it.
   */
  | { readonly type: 'drain'; readonly child: number; readonly grace: number; readonly replaced: boolean }
  | { readonly type: 'kill'; readonly child: number }
  | { readonly type: 'say'; readonly text: string }
  /** A reload is over: every child is of the present generation, or the present one is given up for the last. */
  | { readonly type: 'reloaded'; readonly succeeded: boolean }
  /** A `time` is wanted then; `Infinity`: none. Comes last. */
  | { readonly type: 'wake'; readonly at: number }
  /** All are gone and none is started any more. Comes once. */
  | { readonly type: 'end'; readonly code: number };

/** Milliseconds. */
export interface CrewSettings {
  readonly size: number;
  /** The smallest size that a `resize` gives. */
  readonly least: number;
  /** What a child is called in the log: `worker`. */
  readonly name: string;
  /** How long a child may take until it is ready; then it is killed. */
  readonly startTimeout: number;
  /** How long a child that drains may take; a second more, and it is killed. */
  readonly grace: number;
  /** Where nobody can start: waits for a reload or a restart, instead of ending. */
  readonly waits: boolean;
}

/** After a failure the next start waits this long, twice as long after each further one, and never longer than the bound. */
const FIRST_WAIT = 100;
const LONGEST_WAIT = 30_000;
/** A child that was ready for so long has shown that it can run: its end is no failure of the start. */
const PROVEN = 10_000;
/**
 * A child whose memory is beyond its bound before it is proven needs more than the bound: another one would be no better. The
 * first one is replaced after this time, each further one after twice as long, up to the bound.
 */
const FIRST_HELD = 1000;
const LONGEST_HELD = 600_000;
/** For ending a process that was told to do so without grace. */
const LAST_MOMENT = 1000;

/** The exit code that says: this cannot start here, do not try again. */
const CANNOT_START = 3;

interface Child {
  readonly id: number;
  generation: number;
  state: ChildState;
  /** When it is killed, unless its state changes; `Infinity`: never. */
  deadline: number;
  readyAt: number;
  proven: boolean;
  /** When it is outdated, whatever its generation; `Infinity`: not. */
  spentAt: number;
  killed: boolean;
}

/** The crew as a machine without I/O. */
export class CrewStates {
  readonly #settings: CrewSettings;
  readonly #children = new Map<number, Child>();
  #size: number;
  /** Said with the size. */
  #spare: readonly number[] = [];
  #phase: 'running' | 'stopping' | 'ended' = 'running';
  #generation = 1;
  /** A reload runs: the generation that it would replace. */
  #reloading = false;
  #exitCode = 0;
  #hasServed = false;
  #failures = 0;
  /** Children that were too large before they were proven, one after another. */
  #tooLarge = 0;
  #nextStart = 0;
  #lastId = 0;
  #actions: CrewAction[] = [];

  constructor(settings: CrewSettings) {
    this.#settings = settings;
    this.#size = settings.size;
  }

  get size(): number {
    return this.#size;
  }

  /** The states of all children that are not gone. */
  get states(): readonly ChildState[] {
    return [...this.#children.values()].map(({ state }) => state);
  }

  /** Takes what happened at the time `now`, and gives what is to be done, in order. */
  take(event: CrewEvent, now: number): CrewAction[] {
    this.#actions = [];
    if (this.#phase === 'ended') return [];
    this.#note(event, now);
    this.#killLate(now);
    if (this.#phase === 'running') this.#keepUp(now);
    if (this.#phase === 'stopping' && this.#children.size === 0) {
      this.#phase = 'ended';
      this.#actions.push({ type: 'end', code: this.#exitCode });
    } else this.#actions.push({ type: 'wake', at: this.#nextTime(now) });
    return this.#actions;
  }

  #note(event: CrewEvent, now: number): void {
    switch (event.type) {
      case 'ready':
        return this.#onReady(this.#children.get(event.child), now);
      case 'gone':
        return this.#onGone(this.#children.get(event.child), event, now);
      case 'silent':
        return this.#onSilent(this.#children.get(event.child));
      case 'spent':
        return this.#onSpent(this.#children.get(event.child), event.why, now);
      case 'leaving':
        return this.#onLeaving(this.#children.get(event.child), now);
      case 'proven':
        return this.#onProven(this.#children.get(event.child), now);
      case 'reload':
        return this.#onReload(now);
      case 'restart':
        return this.#onRestart(now);
      case 'resize':
        this.#size = Math.max(this.#settings.least, event.size);
        this.#spare = event.spare ?? [];
        return;
      case 'stop':
        return this.#stop(0, this.#settings.grace, now, event.replaced);
      case 'force':
        return this.#stop(this.#exitCode, 0, now);
      default:
    }
  }

  #onReady(child: Child | undefined, now: number): void {
    if (child?.state !== 'starting') return;
    child.state = 'ready';
    this.#hasServed = true;
    child.readyAt = now;
    child.deadline = Infinity;
  }

  #onGone(
    child: Child | undefined,
    { code, signal }: { readonly code: number | null; readonly signal: string | null },
    now: number,
  ): void {
    if (child === undefined) return;
    this.#children.delete(child.id);
    if (child.state === 'draining') return;
    const how = signal === null ? `exit code ${code}` : signal;
    if (child.state === 'starting') this.#failedStart(child, code, how, now);
    else {
      const isProven = child.proven || now - child.readyAt >= PROVEN;
      this.#failures = isProven ? 0 : this.#failures + 1;
      this.#nextStart = isProven ? now : now + this.#wait();
      this.#say(`${this.#nameOf(child)} ended unexpectedly (${how}): another one is started`);
    }
  }

  #failedStart(child: Child, code: number | null, how: string, now: number): void {
    if (this.#phase !== 'running') return;
    const someServe = [...this.#children.values()].some(({ state }) => state === 'ready');
    if (this.#reloading && child.generation === this.#generation && someServe) {
      this.#giveReloadUp(`${this.#nameOf(child)} could not start (${how})`);
      return;
    }
    // What still serves is worth more than the news that its successors could not.
    if (code === CANNOT_START && !someServe) {
      if (this.#settings.waits) {
        if (this.#nextStart < Infinity) this.#say(`${this.#nameOf(child)} cannot start: waiting for a change`);
        this.#nextStart = Infinity;
        return;
      }
      // At the start the child's own words are enough.
      if (this.#hasServed) this.#say(`${this.#nameOf(child)} cannot start: ending`);
      this.#stop(CANNOT_START, this.#settings.grace, now);
      return;
    }
    this.#failures += 1;
    this.#nextStart = now + this.#wait();
    this.#say(`${this.#nameOf(child)} ended before it was ready (${how}): next start in ${this.#wait() / 1000} s`);
  }

  /** The old ones stay, and pass for the present generation. */
  #giveReloadUp(why: string): void {
    this.#reloading = false;
    for (const child of this.#children.values()) {
      if (child.state === 'ready') child.generation = this.#generation;
    }
    this.#say(`not reloaded: ${why}; those that run go on`);
    this.#actions.push({ type: 'reloaded', succeeded: false });
  }

  #onSilent(child: Child | undefined): void {
    if (child === undefined || child.killed || child.state === 'starting') return;
    this.#say(`${this.#nameOf(child)} does not respond: it is killed`);
    this.#kill(child);
  }

  #onSpent(child: Child | undefined, why: Spent, now: number): void {
    if (child?.state !== 'ready' || child.spentAt !== Infinity) return;
    const needsMore = why === 'memory' && now - child.readyAt < PROVEN;
    this.#tooLarge = needsMore ? this.#tooLarge + 1 : 0;
    child.spentAt = needsMore ? now + Math.min(FIRST_HELD * 2 ** (this.#tooLarge - 1), LONGEST_HELD) : now;
    if (this.#tooLarge !== 2) return;
    this.#say(
      `a ${this.#settings.name} needs more memory than it may have, as soon as it serves: from now on one is replaced after a wait that doubles, up to ${LONGEST_HELD / 60_000} minutes`,
    );
  }

  #onLeaving(child: Child | undefined, now: number): void {
    if (child === undefined || child.state === 'draining') return;
    child.state = 'draining';
    child.deadline = now + this.#settings.grace + LAST_MOMENT;
  }

  #onProven(child: Child | undefined, now: number): void {
    if (child === undefined) return;
    child.proven = true;
    // What runs once runs again: the next start is not put off.
    this.#failures = 0;
    this.#nextStart = Math.min(this.#nextStart, now);
  }

  #onReload(now: number): void {
    if (this.#phase !== 'running') return;
    // One that is under way begins again with what is there now.
    this.#reloading = true;
    this.#generation += 1;
    this.#failures = 0;
    this.#nextStart = now;
    // Nobody waits for those of the last generation that are not there yet.
    for (const child of this.#children.values()) if (child.state === 'starting') this.#drain(child, 0, now, false);
  }

  #onRestart(now: number): void {
    if (this.#phase !== 'running') return;
    this.#onReload(now);
    // Their successors have the sockets: idle connections are closed at once, for the next request is not for the last version.
    for (const child of this.#children.values()) this.#drain(child, this.#settings.grace, now, false);
  }

  #stop(code: number, grace: number, now: number, replaced = false): void {
    if (this.#phase === 'running') this.#exitCode = code;
    this.#phase = 'stopping';
    // One that drains already has no more successor now: nobody may take their time any more.
    for (const child of this.#children.values()) this.#drain(child, grace, now, replaced);
  }

  /** Drains what is too much, and starts what is missing. */
  #keepUp(now: number): void {
    const ready = this.#inState('ready');
    const outdated = ready.filter((child) => this.#isOutdated(child, now));
    const surplus = Math.max(0, ready.length - this.#size);
    const spare = this.#spare.flatMap((id) => ready.find((child) => child.id === id) ?? []);
    for (const child of [...new Set([...outdated, ...spare, ...ready.toReversed()])].slice(0, surplus)) {
      this.#drain(child, this.#settings.grace, now, true);
    }
    const starting = this.#inState('starting').length;
    const stillOutdated = outdated.filter(({ state }) => state === 'ready').length;
    const serving = ready.length - surplus + starting;
    // The present ones, those that will be, and those that stand in for them meanwhile.
    const missing = Math.max(this.#size - serving, stillOutdated > 0 && starting === 0 ? 1 : 0);
    // After a failure one at a time: what fails once mostly fails again.
    const most = this.#failures > 0 ? Math.max(0, 1 - starting) : missing;
    if (now >= this.#nextStart) for (let count = Math.min(missing, most); count > 0; count--) this.#start(now);
    if (this.#reloading && ready.length >= this.#size && stillOutdated === 0) {
      this.#reloading = false;
      this.#actions.push({ type: 'reloaded', succeeded: true });
    }
  }

  #inState(wanted: ChildState): Child[] {
    return [...this.#children.values()].filter(({ state }) => state === wanted);
  }

  #isOutdated({ generation, spentAt }: Child, now: number): boolean {
    return generation !== this.#generation || spentAt <= now;
  }

  #start(now: number): void {
    const child: Child = {
      id: ++this.#lastId,
      generation: this.#generation,
      state: 'starting',
      deadline: now + this.#settings.startTimeout,
      readyAt: 0,
      proven: false,
      spentAt: Infinity,
      killed: false,
    };
    this.#children.set(child.id, child);
    this.#actions.push({ type: 'start', child: child.id });
  }

  #drain(child: Child, grace: number, now: number, replaced: boolean): void {
    const deadline = now + grace + LAST_MOMENT;
    // Whatever is said later, a child that drains has no more time than before.
    child.deadline = child.state === 'draining' ? Math.min(child.deadline, deadline) : deadline;
    child.state = 'draining';
    this.#actions.push({ type: 'drain', child: child.id, grace, replaced });
  }

  #kill(child: Child): void {
    child.killed = true;
    child.deadline = Infinity;
    this.#actions.push({ type: 'kill', child: child.id });
  }

  #killLate(now: number): void {
    for (const child of this.#children.values()) {
      if (child.killed || child.deadline > now) continue;
      if (child.state === 'starting') {
        this.#say(`${this.#nameOf(child)} is not ready within ${this.#settings.startTimeout / 1000} s: it is killed`);
      }
      this.#kill(child);
    }
  }

  #wait(): number {
    return Math.min(FIRST_WAIT * 2 ** (this.#failures - 1), LONGEST_WAIT);
  }

  #nextTime(now: number): number {
    let next = Infinity;
    for (const { deadline, spentAt } of this.#children.values()) {
      // What was due already has been looked at.
      next = Math.min(next, deadline, spentAt > now ? spentAt : Infinity);
    }
    const isWaiting = this.#phase === 'running' && this.#nextStart > now;
    return isWaiting ? Math.min(next, this.#nextStart) : next;
  }

  #nameOf({ id }: Child): string {
    return `${this.#settings.name} ${id}`;
  }

  #say(text: string): void {
    this.#actions.push({ type: 'say', text });
  }
}
