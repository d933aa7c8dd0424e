import { type ChildProcess, fork } from 'node:child_process';
import type { ChildEvents, CrewChild } from '../crew/crew.ts';
import { CHILD_VARIABLE, messageOf, type ToChild } from './messages.ts';

/** A program of Node's that says when it is ready: see `supervised`. */
export interface ProcessOptions {
  readonly module: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Descriptors of this process, listening sockets for the most part; the child has them from 4 on, in this order. */
  readonly descriptors: readonly number[];
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Milliseconds in which the event loop of a ready child must turn; `Infinity` asks for nothing. */
  readonly responseTimeout: number;
  /** Takes what the child says on the channel that is no crew's affair. */
  readonly heard?: ((message: unknown) => void) | undefined;
}

/** A child that is a process. */
export interface ProcessChild extends CrewChild {
  readonly pid: number | undefined;
  /** Tells it to open its log files anew. */
  reopen(): void;
}

/** The first descriptor of a child that is not one of Node's: 3 is the channel to this process. */
export const FIRST_DESCRIPTOR = 4;

/** Starts a process as a child of a crew. Its standard output and error are ours. */
export function startProcess(options: ProcessOptions, events: ChildEvents): ProcessChild {
  const { uid, gid } = options;
  const child = fork(options.module, options.args, {
    env: { ...options.env, [CHILD_VARIABLE]: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...options.descriptors],
    ...(uid === undefined ? undefined : { uid }),
    ...(gid === undefined ? undefined : { gid }),
  });
  const heartbeat = new Heartbeat(child, options.responseTimeout, () => events.silent());
  child.on('message', (message: unknown) => {
    switch (messageOf(message)) {
      case 'ready':
        heartbeat.start();
        events.ready();
        break;
      case 'alive':
        heartbeat.answered();
        break;
      case 'spent':
        events.spent(isForMemory(message) ? 'memory' : 'requests');
        break;
      case 'leaving':
        events.leaving();
        break;
      default:
        options.heard?.(message);
    }
  });
  child.on('error', () => {
    // It could not be started, signalled or written to. One that never ran has no `exit`.
    if (child.pid === undefined) events.gone(null, 'it could not be started');
  });
  child.on('exit', (code, signal) => {
    heartbeat.stop();
    events.gone(code, signal);
  });
  let isDraining = false;
  return {
    pid: child.pid,
    reopen() {
      if (child.connected) send(child, { tsgi: 'reopen' });
    },
    drain(grace, replaced) {
      heartbeat.stop();
      if (child.connected) send(child, { tsgi: 'drain', grace, replaced });
      // One that was told before, and has let go of the channel, is about to end.
      else if (!isDraining || grace === 0) child.kill('SIGTERM');
      isDraining = true;
    },
    kill() {
      heartbeat.stop();
      child.kill('SIGKILL');
    },
  };
}

function isForMemory(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'why' in message && message.why === 'memory';
}

function send(child: ChildProcess, message: ToChild): void {
  child.send(message, () => {
    // A child that is gone does not listen: its `exit` says so.
  });
}

/** Asks a child whether its event loop turns. Nothing wakes up where nobody asked for that. */
class Heartbeat {
  readonly #child: ChildProcess;
  readonly #timeout: number;
  readonly #onSilent: () => void;
  #timer: NodeJS.Timeout | undefined;
  #waiting = false;

  constructor(child: ChildProcess, timeout: number, onSilent: () => void) {
    this.#child = child;
    this.#timeout = timeout;
    this.#onSilent = onSilent;
  }

  start(): void {
    if (this.#timeout === Infinity) return;
    this.#timer = setInterval(() => this.#ask(), this.#timeout);
    this.#ask();
  }

  answered(): void {
    this.#waiting = false;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #ask(): void {
    if (!this.#child.connected) return;
    if (this.#waiting) {
      // The answer may be there already: this process may have been the one that stood still.
      setImmediate(() => {
        if (this.#waiting) this.#onSilent();
      });
      return;
    }
    this.#waiting = true;
    send(this.#child, { tsgi: 'alive?' });
  }
}
