import {
  CrewStates,
  type ChildState,
  type CrewAction,
  type CrewEvent,
  type CrewSettings,
  type Spent,
} from './crew-states.ts';

/** A child as the crew holds it. */
export interface CrewChild {
  /**
   * Tells it to finish what it has and to end, within so many milliseconds.
   *
   * @param replaced others serve on: its clients may have time to learn of it.
   */
  drain(grace: number, replaced: boolean): void;
  kill(): void;
}

/** What a child tells the crew; what does not fit its state is not heeded. */
export interface ChildEvents {
  ready(): void;
  /** Exactly once, and last. */
  gone(code: number | null, signal: string | null): void;
  /** Its event loop stands still. */
  silent(): void;
  /** It is to be replaced. */
  spent(why: Spent): void;
  /** It ends by itself, gracefully. */
  leaving(): void;
  /** It has done some of its work: should it end unexpectedly, another one is started at once. */
  proven(): void;
}

/** How a crew is kept. Durations are milliseconds. */
export interface CrewOptions {
  /** Children that serve at a time. */
  size: number;
  /** The smallest size that `resize` gives. Default 1. */
  least?: number;
  /** What a child is called in the log. Default `worker`. */
  name?: string;
  /** Until a child is ready; then it is killed. Default 60 000. */
  startTimeout?: number;
  /** For a child that drains. Default 10 000. */
  grace?: number;
  /** Where nobody can start: waits for `reload` or `restart`, instead of ending. Default false. */
  waits?: boolean;
  /** Starts a child. `id` counts up from 1. */
  start(id: number, events: ChildEvents): CrewChild;
  /** Takes lines without their end. */
  log(line: string): void;
  /** A reload is over. */
  onReloaded?(succeeded: boolean): void;
  /** As many children serve as there should, for the first time. */
  onReady?(): void;
}

/** Child processes, or threads, that are started, watched, replaced and ended: carries out what `CrewStates` decides. */
export class Crew {
  /** Resolves with the exit code that is due when all children are gone and none will be started. */
  readonly ended: Promise<number>;
  readonly #options: CrewOptions;
  readonly #states: CrewStates;
  readonly #children = new Map<number, CrewChild>();
  #timer: NodeJS.Timeout | undefined;
  #wasReady = false;
  #isOver = false;
  #end: (code: number) => void = () => {};

  constructor(options: CrewOptions) {
    this.#options = options;
    const { size, least = 1, name = 'worker', startTimeout = 60_000, grace = 10_000, waits = false } = options;
    const settings: CrewSettings = { size, least, name, startTimeout, grace, waits };
    this.#states = new CrewStates(settings);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get size(): number {
    return this.#states.size;
  }

  get states(): readonly ChildState[] {
    return this.#states.states;
  }

  /** All children are gone, and none will be started. */
  get over(): boolean {
    return this.#isOver;
  }

  /** Starts the children. */
  start(): void {
    this.#take({ type: 'time' });
  }

  /** Replaces all children, one after another, each when its successor is ready. */
  reload(): void {
    this.#take({ type: 'reload' });
  }

  /** Replaces all children at once: no request is refused that waits for a listening socket, but nothing old is answered any more. */
  restart(): void {
    this.#take({ type: 'restart' });
  }

  /**
   * No further down than `least`.
   *
   * @param spare children that can go best, the first first.
   */
  resize(size: number, spare: readonly number[] = []): void {
    this.#take({ type: 'resize', size, spare });
  }

  /**
   * Ends gracefully.
   *
   * @param replaced others serve on, elsewhere: clients may have time to learn of it.
   */
  stop(replaced = false): void {
    this.#take({ type: 'stop', replaced });
  }

  /** Ends at once. */
  force(): void {
    this.#take({ type: 'force' });
  }

  #take(event: CrewEvent): void {
    for (const action of this.#states.take(event, performance.now())) this.#carryOut(action);
    if (this.#wasReady || this.states.filter((state) => state === 'ready').length < this.size) return;
    this.#wasReady = true;
    this.#options.onReady?.();
  }

  #carryOut(action: CrewAction): void {
    switch (action.type) {
      case 'start':
        this.#start(action.child);
        break;
      case 'drain':
        this.#children.get(action.child)?.drain(action.grace, action.replaced);
        break;
      case 'kill':
        this.#children.get(action.child)?.kill();
        break;
      case 'say':
        this.#options.log(action.text);
        break;
      case 'reloaded':
        this.#options.onReloaded?.(action.succeeded);
        break;
      case 'wake':
        this.#wakeAt(action.at);
        break;
      default:
        clearTimeout(this.#timer);
        this.#isOver = true;
        this.#end(action.code);
    }
  }

  #start(id: number): void {
    let isGone = false;
    const child = this.#options.start(id, {
      ready: () => this.#take({ type: 'ready', child: id }),
      gone: (code, signal) => {
        if (isGone) return;
        isGone = true;
        this.#children.delete(id);
        this.#take({ type: 'gone', child: id, code, signal });
      },
      silent: () => this.#take({ type: 'silent', child: id }),
      spent: (why) => this.#take({ type: 'spent', child: id, why }),
      leaving: () => this.#take({ type: 'leaving', child: id }),
      proven: () => this.#take({ type: 'proven', child: id }),
    });
    if (!isGone) this.#children.set(id, child);
  }

  #wakeAt(at: number): void {
    clearTimeout(this.#timer);
    if (at === Infinity) return;
    const wait = Math.min(Math.max(1, Math.ceil(at - performance.now())), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#take({ type: 'time' }), wait);
  }
}
