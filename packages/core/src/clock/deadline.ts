/**
 * The one clock of all deadlines: of every connection of every wire, of every wait of a gateway. House rules:
 *
 * 1. Never early. Times are `performance.now()` when they are set and when they are looked at; a timer of Node only wakes us.
 * 2. Bytes before deadlines. After a long computation, a long collection or a SIGSTOP the loop runs its timers before it
 *    reads what came meanwhile. What is found passed is looked at again after a whole poll phase, in which those bytes arrive
 *    and move or lift the deadline; only what is still passed then has passed.
 * 3. What a request does costs a reading of the time and an assignment. A deadline that moves later stays where it is queued,
 *    and is queued again when the clock comes to it; only one that moves earlier changes its place.
 * 4. No wake-up without something queued; one for all that fall due at about the same time: up to a sixty-fourth late.
 * 5. The clock keeps no process alive: what is waited for does.
 * 6. Even the reading of the time is saved where a deadline is set with every request and mostly lifted by the next one: it
 *    begins when the clock looks next, which is soon (`inAbout`).
 */

/** Milliseconds that a timer of Node takes at most; anything longer it takes for 1 ms. A `Deadline` has no longest time. */
export const LONGEST_TIMER: number = 2 ** 31 - 1;

/** Deadlines are looked at this part of their time late at most. */
const SLACK = 1 / 64;

/** Milliseconds until what was set by `inAbout` begins, at most. */
const BEGINS_WITHIN = 20;

/** A time after which something has waited too long. Until it is set there is none. */
export class Deadline {
  /** On the scale of `performance.now()`; `Infinity`: none. */
  #at = Infinity;
  /** When the clock looks at it: never before `#at`, as long as that is not moved later. */
  #looked = Infinity;
  /** Its place in the queue, -1 outside. */
  #place = -1;
  /** Milliseconds that begin when the clock looks next; 0: none. */
  #unbegun = 0;
  #isListed = false;
  readonly #onPassed: () => void;

  /** @param onPassed is called once for each time that is set and passes. It may set the next one. */
  constructor(onPassed: () => void) {
    this.#onPassed = onPassed;
  }

  /** Whether a time is set and has not passed. */
  get pending(): boolean {
    return this.#at !== Infinity || this.#unbegun > 0;
  }

  /** So many milliseconds from now, instead of what was set before. `Infinity`: never; no time is too long. */
  in(milliseconds: number): void {
    this.#move(performance.now() + milliseconds, milliseconds);
  }

  /**
   * As `in`, and up to 20 ms later, without a reading of the time: that is 0.08 of the 8 µs of a small answer. What is too
   * short for it is set as by `in`.
   */
  inAbout(milliseconds: number): void {
    if (milliseconds * SLACK < BEGINS_WITHIN) return this.in(milliseconds);
    this.lift();
    if (milliseconds === Infinity) return;
    this.#unbegun = milliseconds;
    if (this.#isListed) return;
    this.#isListed = true;
    if (Deadline.#listed.push(this) === 1) unref(setTimeout(Deadline.#begin, BEGINS_WITHIN));
  }

  /** So many milliseconds later than it was, but no more than `most` from now. Without a time before: `most` from now. */
  extend(milliseconds: number, most: number): void {
    this.#move(Math.min(this.#at + milliseconds, performance.now() + most), most);
  }

  /** No deadline for now. The cheapest way, for what soon has one again: the clock may keep it until it comes to it. */
  lift(): void {
    this.#at = Infinity;
    this.#unbegun = 0;
  }

  /** No deadline, and nothing keeps it. */
  clear(): void {
    this.lift();
    if (this.#place !== -1) Deadline.#remove(this);
  }

  #move(at: number, milliseconds: number): void {
    this.#at = at;
    this.#unbegun = 0;
    if (this.#place === -1) {
      if (!(at < Infinity)) return;
      this.#looked = lookTime(at, milliseconds);
      Deadline.#queue.push(this);
      Deadline.#up(this, Deadline.#queue.length - 1);
    } else if (at < this.#looked) {
      const looked = lookTime(at, milliseconds);
      if (looked >= this.#looked) return;
      this.#looked = looked;
      Deadline.#up(this, this.#place);
    } else return;
    if (this.#place === 0) Deadline.#wakeAt(this.#looked);
  }

  // The clock: a heap whose first is looked at next.

  static readonly #queue: Deadline[] = [];
  /** Found passed; a poll phase goes by before that is believed. */
  static #passed: Deadline[] = [];
  static #timer: ReturnType<typeof setTimeout> | undefined;
  static #wakes = Infinity;

  /** Set by `inAbout` since the clock looked. */
  static #listed: Deadline[] = [];

  static readonly #begin = (): void => {
    const now = performance.now();
    const listed = Deadline.#listed;
    Deadline.#listed = [];
    for (const deadline of listed) {
      deadline.#isListed = false;
      const milliseconds = deadline.#unbegun;
      if (milliseconds > 0) deadline.#move(now + milliseconds, milliseconds);
    }
  };

  /** A timer that comes too soon is left alone: it finds nothing due, and sets the right one. */
  static #wakeAt(looked: number): void {
    if (looked >= Deadline.#wakes) return;
    if (Deadline.#timer !== undefined) clearTimeout(Deadline.#timer);
    const wait = Math.min(Math.ceil(looked - performance.now()), LONGEST_TIMER);
    Deadline.#wakes = looked;
    Deadline.#timer = setTimeout(Deadline.#look, wait);
    unref(Deadline.#timer);
  }

  static readonly #look = (): void => {
    Deadline.#wakes = Infinity;
    Deadline.#timer = undefined;
    const now = performance.now();
    const hadPassed = Deadline.#passed.length > 0;
    for (let first = Deadline.#queue[0]; first !== undefined && first.#looked <= now; first = Deadline.#queue[0]) {
      if (first.#at <= now) Deadline.#passed.push(first);
      if (first.#at <= now || first.#at === Infinity) Deadline.#remove(first);
      else {
        first.#looked = lookTime(first.#at, first.#at - now);
        Deadline.#down(first, 0);
      }
    }
    const next = Deadline.#queue[0];
    if (next !== undefined) Deadline.#wakeAt(next.#looked);
    if (Deadline.#passed.length > 0 && !hadPassed) afterPoll(Deadline.#expire);
  };

  static readonly #expire = (): void => {
    const passed = Deadline.#passed;
    Deadline.#passed = [];
    let next = 0;
    try {
      for (const deadline of passed) {
        next++;
        // Lifted, or moved and queued again.
        if (deadline.#at === Infinity || deadline.#place !== -1) continue;
        deadline.#at = Infinity;
        deadline.#onPassed();
      }
    } finally {
      // One that throws is the process's to judge; the others pass all the same.
      if (next < passed.length) {
        if (Deadline.#passed.length === 0) afterPoll(Deadline.#expire);
        Deadline.#passed.push(...passed.slice(next));
      }
    }
  };

  static #remove(deadline: Deadline): void {
    const place = deadline.#place;
    deadline.#place = -1;
    const last = Deadline.#queue.pop();
    if (last === undefined || last === deadline) return;
    Deadline.#up(last, place);
    Deadline.#down(last, last.#place);
  }

  /** Puts it at `place`, or nearer to the first. */
  static #up(deadline: Deadline, place: number): void {
    const queue = Deadline.#queue;
    let hole = place;
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const parent = queue[above];
      if (parent === undefined || parent.#looked <= deadline.#looked) break;
      queue[hole] = parent;
      parent.#place = hole;
      hole = above;
    }
    queue[hole] = deadline;
    deadline.#place = hole;
  }

  /** Puts it at `place`, or further from the first. */
  static #down(deadline: Deadline, place: number): void {
    const queue = Deadline.#queue;
    let hole = place;
    for (;;) {
      const left = queue[2 * hole + 1];
      if (left === undefined) break;
      const right = queue[2 * hole + 2];
      const child = right !== undefined && right.#looked < left.#looked ? right : left;
      if (child.#looked >= deadline.#looked) break;
      const below = child.#place;
      queue[hole] = child;
      child.#place = hole;
      hole = below;
    }
    queue[hole] = deadline;
    deadline.#place = hole;
  }
}

/** Rounded up to a step that is a fixed part of the wait, so that neighbours are looked at together. */
function lookTime(at: number, milliseconds: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(milliseconds * SLACK)));
  return Math.ceil(at / step) * step;
}

/** Runs after the poll phase that follows the timers: `setImmediate`, or where there is none the next round's timers. */
function afterPoll(callback: () => void): void {
  const { setImmediate: immediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
  if (immediate === undefined) setTimeout(callback, 0);
  else immediate(callback);
}

function unref(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function') {
    timer.unref();
  }
}
