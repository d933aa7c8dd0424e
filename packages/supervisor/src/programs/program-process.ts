import { type ChildProcess, spawn } from 'node:child_process';
import { type Fate, knock } from '@tsgi/fcgi-backend';
import { type HandedSocket, handSocket } from '@tsgi/transport';
import type { CrewChild } from '../crew/crew.ts';
import { Guard, type Refs } from './guard.ts';
import { logOutput } from './program-output.ts';

/** What is started, and with what. */
export interface ProgramCommand {
  /** The program as a path. */
  readonly file: string;
  /** What it is called, and its arguments. */
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
}

/** What a program tells whoever started it. */
export interface ProgramEvents {
  /** It accepts connections. */
  ready(): void;
  /** It is free again, after `check`. */
  free(): void;
  /** It gets no further requests. */
  ends(): void;
  /** Its process has ended. Once, and last. `code` and `signal` as Node has them. */
  gone(code: number | null, signal: string | null): void;
  /** A line that it has said. */
  said(line: string): void;
}

/** From SIGTERM to SIGKILL, in milliseconds. */
const KILL_AFTER = 2000;
/** How long the exit is waited for of a program that has closed a connection. */
const EXIT_TIME = 250;
/** Between two questions to one that has closed the connection without an answer. */
const KNOCK_AGAIN = 50;
const CONNECT_TIMEOUT = 3000;

/**
 * A FastCGI program that is this process's alone: it listens on descriptor 0 (FCGI_LISTENSOCK_FILENO, FastCGI 1.0 §2.2), on a
 * socket that no other program has. So it is known who is busy, and of each request whether a program that is gone had it.
 */
export class ProgramProcess implements CrewChild {
  /** Where it listens. */
  readonly path: string;
  /** Resolves when nothing of it is left: processes of its group, its socket. */
  readonly over: Promise<void>;
  /** Requests that it was given. */
  requests = 0;
  readonly #child: ChildProcess;
  readonly #guard: Guard;
  readonly #removeSocket: () => void;
  readonly #events: ProgramEvents;
  readonly #exited: Promise<number | null>;
  /**
   * - `running`
   * - `settling`: it has ended; the ends of the connections that it had are read.
   * - `releasing`: what ends from now on had not been accepted; the guard lets go of the socket.
   * - `released`: what is still open is its children's.
   */
  #phase: 'running' | 'settling' | 'releasing' | 'released' = 'running';
  #occupied = false;
  #isEnding = false;
  #endTimer: NodeJS.Timeout | undefined;
  #killTimer: NodeJS.Timeout | undefined;
  #finish: () => void = () => {};

  /** @throws TsgiError `LISTEN_FAILED`; what `spawn` throws. */
  static start(command: ProgramCommand, events: ProgramEvents): ProgramProcess {
    return handSocket((socket) => new ProgramProcess(socket, command, events));
  }

  private constructor({ fd, path, remove }: HandedSocket, command: ProgramCommand, events: ProgramEvents) {
    this.path = path;
    this.#removeSocket = remove;
    this.#events = events;
    this.over = new Promise((resolve) => {
      this.#finish = resolve;
    });
    // First: the program is not to run a moment without it.
    this.#guard = new Guard(fd, path, { released: () => this.#released(), gone: () => this.#guardGone() });
    const [argv0 = '', ...args] = command.words;
    const child = spawn(command.file, args, {
      argv0,
      cwd: command.cwd,
      env: command.env,
      // A group of its own: what a terminal sends is for this process to judge, and all of it can be ended at once.
      detached: true,
      stdio: [fd, 'pipe', 'pipe'],
    });
    this.#child = child;
    if (child.pid !== undefined) this.#guard.watch(child.pid);
    for (const stream of [child.stdout, child.stderr]) if (stream) logOutput(stream, (line) => events.said(line));
    this.#exited = new Promise((resolve) => {
      child.on('exit', (code, signal) => {
        resolve(code);
        this.#ended(code, signal);
      });
      child.on('error', (error) => {
        // It could not be started or signalled. One that never ran has no `exit`.
        if (child.pid !== undefined) return;
        resolve(null);
        this.#phase = 'released';
        events.gone(null, `it could not be started: ${error.message}`);
        this.#endGroup();
      });
    });
    void this.#knock().then((accepts) => {
      if (!accepts) return;
      if (!this.#isEnding) this.#hold(false);
      events.ready();
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** It has a request. */
  occupy(): void {
    this.#occupied = true;
    this.requests += 1;
  }

  /** Its request is over. */
  vacate(): void {
    this.#occupied = false;
    if (this.#isEnding && this.#phase === 'running') this.#terminate();
    if (this.#phase === 'released') this.#endGroup();
  }

  /** Asks it whether it is free; `free` tells. */
  check(): void {
    void this.#knock().then((accepts) => accepts && this.#events.free());
  }

  /** What became of a request whose connection was lost before its answer: see `Fate`. */
  async fate(): Promise<Fate> {
    if (this.#phase === 'releasing') return 'untouched';
    if (this.#phase === 'released') return 'crashed';
    const code = await Promise.race([this.#exited, after(EXIT_TIME)]);
    return code === undefined || code === 0 ? 'closed' : 'crashed';
  }

  drain(grace: number): void {
    if (this.#phase !== 'running') return;
    this.#hold(true);
    this.#isEnding = true;
    this.#events.ends();
    if (!this.#occupied || grace === 0) this.#terminate();
    else if (grace !== Infinity) this.#endTimer = setTimeout(() => this.#terminate(), Math.min(grace, 2 ** 31 - 1));
  }

  kill(): void {
    this.#hold(true);
    this.#signal('SIGKILL');
  }

  /** Ends it politely, and then by force. */
  end(): void {
    if (this.#phase !== 'running') return;
    this.#hold(true);
    this.#events.ends();
    this.#terminate();
    this.#killTimer ??= setTimeout(() => this.#signal('SIGKILL'), KILL_AFTER);
  }

  /** Nobody waits any more for what its children still do. */
  abandon(): void {
    if (this.#phase === 'released') this.#endGroup();
  }

  #terminate(): void {
    clearTimeout(this.#endTimer);
    this.#signal('SIGTERM');
  }

  #signal(name: NodeJS.Signals): void {
    // Its number may be somebody else's once it was waited for.
    if (this.#phase === 'running') this.#child.kill(name);
  }

  #ended(code: number | null, signal: string | null): void {
    clearTimeout(this.#endTimer);
    clearTimeout(this.#killTimer);
    this.#phase = 'settling';
    // The kernel closed what it had before it said that it had ended.
    afterPolls(() => {
      this.#phase = 'releasing';
      if (this.#guard.listens) this.#guard.release();
      else this.#released();
      this.#events.gone(code, signal);
    });
  }

  #released(): void {
    if (this.#phase !== 'releasing') return;
    // What was reset with the socket was so before the guard said it.
    afterPolls(() => {
      this.#phase = 'released';
      if (!this.#occupied) this.#endGroup();
    });
  }

  #endGroup(): void {
    this.#hold(true);
    if (this.#guard.listens) this.#guard.end();
    else this.#nothingLeft();
  }

  /** Its last, or it was killed by somebody: then this process alone is left to end the program. */
  #guardGone(): void {
    if (this.#phase === 'released') this.#nothingLeft();
    else if (this.#phase === 'releasing') this.#released();
  }

  #nothingLeft(): void {
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.destroy();
    this.#removeSocket();
    this.#finish();
  }

  /** What keeps this process alive is what it serves, and the end of its programs; not the programs themselves. */
  #hold(keeps: boolean): void {
    this.#guard.hold(keeps);
    const { stdout, stderr } = this.#child;
    for (const held of [this.#child, stdout, stderr] as readonly (Refs | null)[]) {
      if (keeps) held?.ref?.();
      else held?.unref?.();
    }
  }

  /** Waits until it accepts a connection. False: it has ended. */
  async #knock(): Promise<boolean> {
    while (this.#isRunning()) {
      const heard = await knock({ type: 'unix', path: this.path }, CONNECT_TIMEOUT);
      if (heard !== 'answer') await Promise.race([this.#exited, after(KNOCK_AGAIN)]);
      // Closed without an answer: it does not know the question, but has taken it; unless it is gone.
      if (heard !== 'refusal') break;
    }
    return this.#isRunning();
  }

  #isRunning(): boolean {
    return this.#phase === 'running' && this.#child.pid !== undefined;
  }
}

/** Once all that the system has told by now has been heard, to the `close` events of sockets. */
function afterPolls(act: () => void, polls = 3): void {
  setImmediate(() => (polls === 1 ? act() : afterPolls(act, polls - 1)));
}

function after(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), milliseconds);
  });
}
