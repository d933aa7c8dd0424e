import { rmSync, writeFileSync } from 'node:fs';
import type { RunningServer } from '@tsgi/core';
import type { HeldSocket } from '@tsgi/transport';
import { EXIT, firstLine, startError, whyNoFile } from '../command-line/failure.ts';
import { logLine } from '../command-line/standard-streams.ts';
import { Fleet } from '../observing/fleet.ts';
import type { Status } from '../observing/status.ts';
import { closeAllBut, holdAll, type Sockets } from './held-sockets.ts';
import { retreatLine } from './run-until-stopped.ts';
import type { ServiceManager } from './service-manager.ts';
import type { Watch } from '../watching/watch.ts';
import { WorkerGroup, type WorkersPlan } from './worker-group.ts';

/** How several processes serve. */
export interface WorkersOptions {
  /** One for each server. */
  readonly plans: readonly WorkersPlan[];
  /** Gives the plans anew. */
  readonly reread: () => Promise<readonly WorkersPlan[]>;
  /** Where changes of the files of an application restart its workers. */
  readonly watch: Watch | undefined;
  readonly pidFile: string | undefined;
  readonly manager: ServiceManager | undefined;
  /** Serves what is known of the workers, where somebody wants to see it. */
  readonly metrics: ((status: () => Status) => Promise<RunningServer>) | undefined;
}

/**
 * Serves with several processes until a signal. This process holds the sockets and serves nothing itself: no connection is
 * lost when a worker makes way for another. SIGHUP replaces the workers one by one, with what `reread` finds; SIGTTIN and
 * SIGTTOU take one more and one less for each server; at SIGUSR1 all open their log files anew; SIGTERM and SIGINT end gracefully, a second one at once.
 *
 * @throws CommandFailure (exit 3) naming an address that cannot be had, or the PID file.
 * @returns the exit code: 3 when an application cannot start.
 */
export async function serveWithWorkers(options: WorkersOptions): Promise<number> {
  const { pidFile } = options;
  if (pidFile !== undefined) writePid(pidFile);
  try {
    const held = await holdAll(options.plans, new Map());
    return await new Supervisor(options, held).run();
  } finally {
    if (pidFile !== undefined) rmSync(pidFile, { force: true });
  }
}

/** All groups of workers, and the sockets that are held for them. */
class Supervisor {
  readonly #options: WorkersOptions;
  readonly #fleet: Fleet | undefined;
  readonly #groups = new Map<string | undefined, WorkerGroup>();
  readonly #ready = new Set<WorkerGroup>();
  /** Groups that a reload has added, as long as they are not ready. */
  readonly #added = new Set<WorkerGroup>();
  /** Groups of which a reload is not over. */
  readonly #reloading = new Set<WorkerGroup>();
  /** Groups that were told to end: they listen no more, and nobody may hold their sockets for them. */
  readonly #leaving = new Set<WorkerGroup>();
  #plans: readonly WorkersPlan[];
  #held: Sockets;
  /** `retreating`: requests are taken, and who asks is told that they should go elsewhere. */
  #phase: 'starting' | 'serving' | 'retreating' | 'ending' = 'starting';
  #retreat: NodeJS.Timeout | undefined;
  #exitCode: number = EXIT.done;
  /** One reload after the other: each looks at the sockets that the one before it has left. */
  #lastReload: Promise<void> = Promise.resolve();
  #isForced = false;
  #end: () => void = () => {};

  constructor(options: WorkersOptions, held: Sockets) {
    this.#options = options;
    this.#fleet = options.metrics === undefined ? undefined : new Fleet();
    this.#plans = options.plans;
    this.#held = held;
    for (const plan of options.plans) this.#add(plan, false);
  }

  async run(): Promise<number> {
    const fleet = this.#fleet;
    const metrics = fleet === undefined ? undefined : await this.#options.metrics?.(() => fleet.status());
    const ended = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    const release = this.#heedSignals();
    this.#options.watch?.onChange((isOfSettings) => this.#reload(isOfSettings));
    for (const { crew } of this.#groups.values()) crew.start();
    await ended;
    release();
    await metrics?.close({ grace: 0 });
    this.#options.watch?.close();
    closeAllBut([], this.#held);
    return this.#exitCode;
  }

  #add(plan: WorkersPlan, isOfReload: boolean): WorkerGroup {
    const { watch } = this.#options;
    const start = { waits: watch !== undefined, env: watch?.variables, heard: watch?.heard, fleet: this.#fleet };
    const group: WorkerGroup = new WorkerGroup(plan, this.#held, start, {
      ready: () => {
        const wasAdded = this.#added.delete(group);
        this.#onReady(group);
        // It has nothing to replace: it has been reloaded when it is ready.
        if (wasAdded) this.#onReloaded(group, true);
      },
      reloaded: (succeeded) => this.#onReloaded(group, succeeded),
    });
    this.#groups.set(plan.name, group);
    if (isOfReload) this.#added.add(group);
    void group.crew.ended.then((code) => this.#onEnded(plan.name, group, code));
    return group;
  }

  #onReady(group: WorkerGroup): void {
    this.#ready.add(group);
    if (this.#phase !== 'starting' || this.#ready.size + this.#added.size < this.#groups.size) return;
    this.#phase = 'serving';
    this.#options.manager?.ready();
  }

  /** A group ends because all do, because a reload has no more use for it, or because its application cannot start. */
  #onEnded(name: string | undefined, group: WorkerGroup, code: number): void {
    if (this.#groups.get(name) === group) this.#groups.delete(name);
    const wasAdded = this.#added.delete(group);
    this.#ready.delete(group);
    this.#leaving.delete(group);
    if (code !== EXIT.done && wasAdded && this.#phase !== 'ending') {
      logLine(`not reloaded: ${name} cannot start; the workers of the others go on`);
      this.#reloading.delete(group);
    } else if (code !== EXIT.done && this.#phase !== 'ending') {
      this.#exitCode = code;
      this.#stop();
    }
    if (this.#groups.size === 0) this.#end();
    else this.#closeUnused();
  }

  /** @param replaced others serve on, elsewhere. */
  #stop(replaced = false): void {
    clearTimeout(this.#retreat);
    this.#phase = 'ending';
    this.#fleet?.end();
    this.#options.manager?.stopping();
    this.#dismiss([...this.#groups.values()], replaced);
  }

  /**
   * A socket that is held while nobody accepts takes connections that nobody answers: they would be reset at the end. Once it is
   * closed here, the last worker to close it has taken what waits.
   */
  #dismiss(groups: readonly WorkerGroup[], replaced: boolean): void {
    for (const group of groups) {
      this.#leaving.add(group);
      group.crew.stop(replaced);
    }
    this.#closeUnused();
  }

  /** @param rereads whether flags, variables and the config file are read again, too. */
  #reload(rereads: boolean): void {
    this.#lastReload = this.#lastReload.then(() => this.#reloadNow(rereads));
  }

  async #reloadNow(rereads: boolean): Promise<void> {
    const { manager, reread } = this.#options;
    if (this.#isEnding) return;
    manager?.reloading();
    try {
      const plans = rereads ? await reread() : this.#plans;
      const wanted = await holdAll(plans, this.#held);
      this.#held = new Map([...this.#held, ...wanted]);
      this.#take(plans);
    } catch (error) {
      logLine(`not reloaded: ${firstLine(error)}; the workers go on`);
      manager?.ready();
    }
  }

  get #isEnding(): boolean {
    return this.#phase === 'retreating' || this.#phase === 'ending';
  }

  #take(plans: readonly WorkersPlan[]): void {
    if (this.#isEnding) return;
    this.#plans = plans;
    const { watch } = this.#options;
    watch?.begin();
    const names = new Set(plans.map(({ name }) => name));
    const leaving = [...this.#groups.values()].filter(({ name }) => !names.has(name));
    for (const plan of plans) {
      const group = this.#groups.get(plan.name);
      const taking = group ?? this.#add(plan, true);
      this.#reloading.add(taking);
      if (group === undefined) taking.crew.start();
      else taking.reload(plan, this.#held, watch !== undefined);
    }
    this.#dismiss(leaving, false);
  }

  #onReloaded(group: WorkerGroup, succeeded: boolean): void {
    this.#reloading.delete(group);
    if (this.#reloading.size > 0) return;
    this.#fleet?.note(succeeded ? 'reloaded' : 'not reloaded: those that ran go on');
    if (succeeded && this.#options.watch?.hasFailed !== true) logLine('reloaded');
    this.#options.manager?.ready();
    this.#closeUnused();
  }

  #closeUnused(): void {
    const serving = [...this.#groups.values()].filter((group) => !this.#leaving.has(group));
    const used = new Set<HeldSocket>(serving.flatMap(({ sockets }) => sockets));
    closeAllBut(used, this.#held);
    this.#held = new Map([...this.#held].filter(([, socket]) => used.has(socket)));
  }

  #heedSignals(): () => void {
    const resize = (by: number) => (): void => {
      for (const { crew } of this.#groups.values()) crew.resize(crew.size + by);
    };
    const handlers: Partial<Record<NodeJS.Signals, () => void>> = {
      SIGTERM: () => this.#onTerm(Math.max(...this.#plans.map((plan) => plan.shutdownDelay))),
      SIGINT: () => this.#onTerm(0),
      SIGHUP: () => this.#reload(true),
      SIGUSR1: () => {
        for (const group of this.#groups.values()) group.reopen();
      },
      SIGTTIN: resize(1),
      SIGTTOU: resize(-1),
    };
    for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
    return () => {
      for (const [signal, handler] of Object.entries(handlers)) process.off(signal, handler);
    };
  }

  /** @param delay milliseconds. */
  #onTerm(delay: number): void {
    const grace = Math.max(...this.#plans.map((plan) => plan.grace));
    if (this.#isForced) {
      if (this.#phase !== 'ending') this.#stop();
      for (const { crew } of this.#groups.values()) crew.force();
    } else if (delay > 0 && this.#phase === 'serving') {
      logLine(retreatLine(delay, grace));
      this.#phase = 'retreating';
      this.#fleet?.end();
      this.#options.manager?.stopping();
      this.#retreat = setTimeout(() => this.#stop(true), delay);
    } else {
      logLine(`closing, within ${grace / 1000} s; a second signal closes at once`);
      this.#stop();
    }
    this.#isForced = true;
  }
}

function writePid(file: string): void {
  try {
    writeFileSync(file, `${process.pid}\n`);
  } catch (error) {
    throw startError(`--pid-file ${file}: ${whyNoFile(error)}`, error);
  }
}
