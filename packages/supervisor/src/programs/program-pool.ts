import { type Environ, onAbort, TsgiError } from '@tsgi/core';
import { logLine } from '@tsgi/core/server';
import { gatewayError } from '@tsgi/core/forward';
import type { Fate, ProgramSource, TakenProgram } from '@tsgi/fcgi-backend';
import type { Address } from '@tsgi/transport';
import { type ChildEvents, Crew, type CrewChild } from '../crew/crew.ts';
import {
  type PoolAction,
  type PoolEvent,
  type PoolSettings,
  PoolStates,
  type ProgramState,
  type Refusal,
} from './pool-states.ts';
import { type ProgramCommand, ProgramProcess } from './program-process.ts';

/** How the programs of a pool are kept. Durations are milliseconds. */
export interface ProgramSettings extends PoolSettings {
  readonly command: ProgramCommand;
  /** What the program is called in the log. */
  readonly name: string;
  /** Requests after which a program is replaced, a tenth more or less. */
  readonly maxRequests: number;
  readonly startTimeout: number;
  readonly grace: number;
  /** Takes lines without their end. */
  log(line: string): void;
}

/** What is known of the programs of a pool. */
export interface ProgramsFigures {
  readonly programs: readonly {
    /** As lines of the log have it. */
    readonly name: string;
    readonly pid: number | undefined;
    readonly state: ProgramState;
    /** That it was given so far. */
    readonly requests: number;
  }[];
  /** Requests that wait for a program. */
  readonly waiting: number;
  /** Programs that are gone because there was no more use for them, or after as many requests as they should have. */
  readonly ended: number;
  /** Those that are gone otherwise. */
  readonly crashed: number;
}

/** A request that waits for a program. */
interface Waiting {
  readonly environ: Environ;
  resolve(program: TakenProgram): void;
  reject(reason: unknown): void;
}

/** A program, and its place in the crew. */
interface Member {
  readonly process: ProgramProcess;
  readonly events: ChildEvents;
  /** Requests after which it is replaced. */
  readonly most: number;
  isProven: boolean;
}

/** FastCGI programs that are started, given requests, watched and ended: carries out what `PoolStates` and the crew decide. */
export class ProgramPool implements ProgramSource {
  /**
   * Resolves when as many programs accept connections as there should be at first. Rejects when the first one cannot start,
   * unless programs are started by requests: then each request learns it.
   */
  readonly ready: Promise<void>;
  readonly #settings: ProgramSettings;
  readonly #states: PoolStates;
  readonly #crew: Crew;
  readonly #members = new Map<number, Member>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #leftovers = new Set<ProgramProcess>();
  #lastRequest = 0;
  #ended = 0;
  #crashed = 0;
  #events: PoolEvent[] = [];
  #isTaking = false;
  #timer: NodeJS.Timeout | undefined;
  #wasReady: boolean;
  /** A start has failed, and no program has shown since that it can run. */
  #hasFailed = false;
  #settle: { resolve(): void; reject(reason: unknown): void } = { resolve() {}, reject() {} };

  constructor(settings: ProgramSettings) {
    this.#settings = settings;
    this.#states = new PoolStates(settings);
    this.#wasReady = settings.mode === 'ondemand';
    this.ready = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Whoever does not ask learns it from the first request.
    this.ready.catch(() => {});
    this.#crew = new Crew({
      size: this.#states.size,
      least: 0,
      name: 'program',
      startTimeout: settings.startTimeout,
      grace: settings.grace,
      log: (line) => this.#log(line),
      start: (id, events) => this.#start(id, events),
      onReady: () => this.#settle.resolve(),
      onReloaded: (succeeded) => succeeded && this.#log('the programs were replaced'),
    });
    this.#crew.start();
  }

  /** Process ids of the programs that run. */
  get pids(): readonly number[] {
    return [...this.#members.values()].flatMap(({ process }) => process.pid ?? []);
  }

  /** How it is now. */
  get figures(): ProgramsFigures {
    const programs = [...this.#members].map(([id, { process }]) => ({
      name: `program ${id}`,
      pid: process.pid,
      state: this.#states.stateOf(id) ?? 'ending',
      requests: process.requests,
    }));
    return { programs, waiting: this.#states.waiting, ended: this.#ended, crashed: this.#crashed };
  }

  take(environ: Environ): Promise<TakenProgram> {
    return new Promise((resolve, reject) => {
      const request = ++this.#lastRequest;
      this.#waiting.set(request, { environ, resolve, reject });
      this.#take({ type: 'request', request });
      if (!this.#waiting.has(request)) return;
      onAbort(environ, (reason) => {
        if (!this.#waiting.delete(request)) return;
        this.#take({ type: 'leave', request });
        reject(reason);
      });
    });
  }

  /** Replaces all programs, one after another, each when its successor accepts connections. */
  reload(): void {
    this.#crew.reload();
  }

  /** Ends the programs: those that are busy have their grace, unless it is `forced`. Resolves when nothing is left. */
  async close(forced: boolean): Promise<void> {
    this.#take({ type: 'stop' });
    if (forced) this.#crew.force();
    else this.#crew.stop();
    await this.#crew.ended;
    for (const left of this.#leftovers) left.abandon();
    await Promise.all([...this.#leftovers].map(({ over }) => over));
    clearTimeout(this.#timer);
    this.#settle.reject(ended());
  }

  #start(id: number, events: ChildEvents): CrewChild {
    const { command, maxRequests } = this.#settings;
    const gone = (code: number | null, signal: string | null): void => this.#gone(id, events, code, signal);
    try {
      const process = ProgramProcess.start(command, {
        ready: () => {
          this.#wasReady = true;
          events.ready();
          this.#take({ type: 'ready', program: id });
        },
        free: () => this.#take({ type: 'free', program: id }),
        ends: () => this.#take({ type: 'ends', program: id }),
        gone,
        said: (line) => this.#settings.log(`program ${id}: ${logLine(line)}`),
      });
      this.#leftovers.add(process);
      void process.over.then(() => this.#leftovers.delete(process));
      // Those that were started together are not to end together.
      const most = Math.max(1, Math.round(maxRequests * (0.9 + 0.2 * Math.random())));
      this.#members.set(id, { process, events, most, isProven: false });
      this.#take({ type: 'started', program: id });
      return process;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      queueMicrotask(() => gone(null, `it could not be started: ${why}`));
      return { drain() {}, kill() {} };
    }
  }

  #gone(id: number, events: ChildEvents, code: number | null, signal: string | null): void {
    const member = this.#members.get(id);
    const wasToEnd = this.#states.stateOf(id) === 'ending';
    this.#members.delete(id);
    this.#take({ type: 'gone', program: id });
    if (wasToEnd || (code === 0 && member?.isProven === true)) this.#ended++;
    else this.#crashed++;
    // One that has served and ends by itself without complaint, as php-cgi does after PHP_FCGI_MAX_REQUESTS, has not crashed.
    if (code === 0 && member?.isProven === true) events.leaving();
    else this.#hasFailed = true;
    const how = signal ?? `exit code ${code}`;
    if (!this.#wasReady) {
      const { name, startTimeout } = this.#settings;
      const late = `it accepted no connection within ${startTimeout / 1000} s, and was killed`;
      this.#cannotStart(
        `${name}: ${signal === 'SIGKILL' ? late : `it ended before it accepted a connection (${how})`}`,
      );
    }
    // A code of 3 is a worker's word to its crew; what it says of a program is the program's own affair.
    events.gone(null, how);
  }

  /** There is nothing to go on for: what cannot start at first will not start later. */
  #cannotStart(why: string): void {
    this.#settle.reject(new TsgiError(why, { code: 'PROGRAM_CANNOT_START', side: 'app' }));
    this.#take({ type: 'stop' });
    this.#crew.stop();
  }

  #take(event: PoolEvent): void {
    this.#events.push(event);
    // What is done about one event may bring the next.
    if (this.#isTaking) return;
    this.#isTaking = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      for (const action of this.#states.take(next, performance.now())) this.#carryOut(action);
    }
    this.#isTaking = false;
  }

  #carryOut(action: PoolAction): void {
    switch (action.type) {
      case 'assign':
        return this.#assign(action.request, action.program);
      case 'refuse': {
        const waiting = this.#waiting.get(action.request);
        this.#waiting.delete(action.request);
        waiting?.reject(this.#refusal(action.why));
        return;
      }
      case 'check':
        this.#members.get(action.program)?.process.check();
        return;
      case 'stuck': {
        const { checkTimeout } = this.#settings;
        this.#log(
          `program ${action.program} is not free ${checkTimeout / 1000} s after its request was over: it is ended`,
        );
        this.#members.get(action.program)?.process.end();
        return;
      }
      case 'size':
        this.#crew.resize(action.size, action.spare);
        return;
      default:
        this.#wakeAt(action.at);
    }
  }

  #assign(request: number, id: number): void {
    const waiting = this.#waiting.get(request);
    const member = this.#members.get(id);
    this.#waiting.delete(request);
    if (member === undefined || waiting === undefined) return;
    member.process.occupy();
    if (member.process.requests === member.most) member.events.spent('requests');
    waiting.resolve(
      new Taken(
        member.process,
        waiting.environ,
        (said) => this.#over(id, member, said),
        (line) => this.#log(line),
        id,
      ),
    );
  }

  #over(id: number, member: Member, said: boolean): void {
    member.process.vacate();
    if (said && (!member.isProven || this.#hasFailed)) {
      member.isProven = true;
      this.#hasFailed = false;
      member.events.proven();
    }
    this.#take({ type: 'over', program: id, said });
  }

  #refusal(why: Refusal): TsgiError {
    const { queueTimeout } = this.#settings;
    if (why === 'late') {
      return gatewayError('QUEUE_TIMEOUT', 503, `no program was free within ${queueTimeout} ms`);
    }
    return why === 'full'
      ? gatewayError('QUEUE_FULL', 503, `${this.#states.waiting} requests wait for a program`)
      : ended();
  }

  #log(line: string): void {
    // What is wrong with the first start is said by whoever asked for it.
    if (this.#wasReady) this.#settings.log(line);
  }

  #wakeAt(at: number): void {
    clearTimeout(this.#timer);
    if (at === Infinity) return;
    const wait = Math.min(Math.max(1, Math.ceil(at - performance.now())), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#take({ type: 'time' }), wait).unref();
  }
}

/** A program that has a request. */
class Taken implements TakenProgram {
  readonly address: Address;
  readonly #process: ProgramProcess;
  readonly #environ: Environ;
  readonly #giveBack: (said: boolean) => void;
  readonly #log: (line: string) => void;
  readonly #id: number;

  constructor(
    process: ProgramProcess,
    environ: Environ,
    giveBack: (said: boolean) => void,
    log: (line: string) => void,
    id: number,
  ) {
    this.address = { type: 'unix', path: process.path };
    this.#process = process;
    this.#environ = environ;
    this.#giveBack = giveBack;
    this.#log = log;
    this.#id = id;
  }

  giveBack(said: boolean): void {
    this.#giveBack(said);
  }

  end(): void {
    const { REQUEST_METHOD: method, REQUEST_URI: target } = this.#environ;
    this.#log(logLine(`program ${this.#id} is busy for too long with ${method} ${target}: it is ended`));
    this.#process.end();
  }

  fate(): Promise<Fate> {
    return this.#process.fate();
  }
}

function ended(): TsgiError {
  return gatewayError('PROGRAMS_ENDED', 503, 'the programs have ended');
}
