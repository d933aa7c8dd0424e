import { fileURLToPath } from 'node:url';
import { type ChildEvents, Crew, type ProcessChild, startProcess } from '@tsgi/supervisor';
import type { HeldSocket } from '@tsgi/transport';
import type { Bind } from '../settings/bind.ts';
import { logFailure, logLine } from '../command-line/standard-streams.ts';
import type { Fleet, MemberEvents } from '../observing/fleet.ts';
import { writeBanner } from './banner.ts';
import { addressesOf, placesOf, type Sockets, workerBinds } from './held-sockets.ts';
import { whatIsServed } from './what-is-served.ts';
import { failureIn, WORKER_BINDS, WORKER_SERVER } from './worker.ts';

/** What the processes of one server serve, and how many there are. */
export interface WorkersPlan {
  /** Where the config file has several servers. */
  readonly name: string | undefined;
  readonly app: string;
  readonly binds: readonly Bind[];
  readonly workers: number;
  /** Milliseconds. */
  readonly grace: number;
  readonly shutdownDelay: number;
  readonly workerTimeout: number;
  /** Makes the log files that the workers are to have, where they become somebody else. */
  prepareLogs(): void;
}

/** What becomes of a group. */
export interface GroupEvents {
  /** As many workers serve as there should, for the first time. */
  ready(): void;
  reloaded(succeeded: boolean): void;
}

/** How the workers of all groups are started. */
export interface WorkerStart {
  /** Variables that they have beside those of this process. */
  readonly env: NodeJS.ProcessEnv | undefined;
  /** Where none can start: waits for a change. */
  readonly waits: boolean;
  /** Takes what a worker says that is no crew's affair. */
  readonly heard: ((message: unknown) => void) | undefined;
  /** Hears of each, where somebody wants to see them. */
  readonly fleet: Fleet | undefined;
}

const SCRIPT = fileURLToPath(new URL('../../bin/tsgi.js', import.meta.url));

/** The workers of one server. A reload that cannot start leaves plan and sockets as they were. */
export class WorkerGroup {
  readonly crew: Crew;
  readonly #children = new Map<number, ProcessChild>();
  #plan: WorkersPlan;
  #sockets: Sockets;
  readonly #heard: WorkerStart['heard'];
  /** Why workers of this generation could not start. */
  readonly #reasons = new Set<string>();
  /** As a worker has said, with the kind of application that it found. */
  #served: string | undefined;
  /** What a reload replaces, as long as it runs. */
  #last: { readonly plan: WorkersPlan; readonly sockets: Sockets } | undefined;

  /** @param held has the sockets of the plan, and may have others. */
  constructor(plan: WorkersPlan, held: Sockets, start: WorkerStart, events: GroupEvents) {
    this.#plan = plan;
    this.#sockets = socketsFor(plan, held);
    this.#heard = start.heard;
    plan.prepareLogs();
    this.crew = new Crew({
      size: plan.workers,
      name: plan.name === undefined ? 'worker' : `${plan.name} worker`,
      grace: plan.grace,
      waits: start.waits,
      log: logLine,
      start: (id, childEvents) => this.#start(id, start, childEvents),
      onReady: () => {
        this.#writeBanner();
        events.ready();
      },
      onReloaded: (succeeded) => {
        if (!succeeded && this.#last !== undefined) ({ plan: this.#plan, sockets: this.#sockets } = this.#last);
        this.#last = undefined;
        events.reloaded(succeeded);
      },
    });
  }

  /** The sockets that it serves on, or may go back to. */
  get sockets(): HeldSocket[] {
    return [...this.#sockets.values(), ...(this.#last?.sockets.values() ?? [])];
  }

  get name(): string | undefined {
    return this.#plan.name;
  }

  /** @param atOnce nothing of what ran so far answers any more, and nobody goes back to it: see `Crew.restart`. */
  reload(plan: WorkersPlan, held: Sockets, atOnce: boolean): void {
    this.#last ??= atOnce ? undefined : { plan: this.#plan, sockets: this.#sockets };
    this.#plan = plan;
    plan.prepareLogs();
    this.#sockets = socketsFor(plan, held);
    this.#reasons.clear();
    if (plan.workers !== this.crew.size) this.crew.resize(plan.workers);
    if (atOnce) this.crew.restart();
    else this.crew.reload();
  }

  #hear(message: unknown): void {
    this.#served = whatIsServed(message) ?? this.#served;
    const failure = failureIn(message);
    if (failure === undefined) return this.#heard?.(message);
    if (this.#reasons.has(failure.message)) return;
    this.#reasons.add(failure.message);
    logFailure(failure);
  }

  /** All workers open their log files anew. */
  reopen(): void {
    this.#plan.prepareLogs();
    for (const child of this.#children.values()) child.reopen();
  }

  #start(id: number, { env, fleet }: WorkerStart, events: ChildEvents): ProcessChild {
    const child = startProcess(
      {
        module: SCRIPT,
        args: process.argv.slice(2),
        env: { ...process.env, ...env, ...this.#variables() },
        descriptors: [...this.#sockets.values()].map(({ fd }) => fd),
        responseTimeout: this.#plan.workerTimeout,
        heard: (message) => {
          if (member?.heard(message) !== true) this.#hear(message);
        },
      },
      {
        ready: () => {
          member?.ready();
          events.ready();
        },
        leaving: () => {
          member?.leaving();
          events.leaving();
        },
        proven: () => events.proven(),
        silent: () => {
          member?.replacedFor('silent');
          events.silent();
        },
        spent: (why) => {
          member?.replacedFor('retired');
          events.spent(why);
        },
        gone: (code, signal) => {
          this.#children.delete(id);
          member?.gone(code, signal);
          events.gone(code, signal);
        },
      },
    );
    const member: MemberEvents | undefined = fleet?.add(
      `${this.#plan.name === undefined ? '' : `${this.#plan.name} `}worker ${id}`,
      child.pid,
    );
    this.#children.set(id, child);
    if (member === undefined) return child;
    const { leaving } = member;
    return {
      ...child,
      drain(grace, replaced) {
        leaving();
        child.drain(grace, replaced);
      },
    };
  }

  #variables(): NodeJS.ProcessEnv {
    const { name } = this.#plan;
    const variables = { [WORKER_BINDS]: JSON.stringify(workerBinds(this.#plan, this.#sockets)) };
    return name === undefined ? variables : { ...variables, [WORKER_SERVER]: name };
  }

  #writeBanner(): void {
    const { name, app, workers } = this.#plan;
    const what = this.#served ?? (name === undefined ? app : `${name} (${app})`);
    writeBanner(
      `${what} with ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
      addressesOf(this.#plan, this.#sockets),
    );
  }
}

function socketsFor(plan: WorkersPlan, held: Sockets): Sockets {
  const wanted = new Set(placesOf(plan));
  return new Map([...held].filter(([where]) => wanted.has(where)));
}
