import { spawn } from 'node:child_process';
import { logLine } from '../command-line/standard-streams.ts';

/** What a service manager is told of this process: sd_notify(3). */
export interface ServiceManager {
  ready(): void;
  /** `ready` follows, whatever has become of it. */
  reloading(): void;
  stopping(): void;
}

/**
 * The service manager that waits at NOTIFY_SOCKET. Node has no datagrams over UNIX sockets, so its own `systemd-notify` speaks
 * for this process; where there is none, a line says so, and nobody is told. With WATCHDOG_USEC it hears twice in that time
 * that the event loop turns.
 *
 * The variables are taken out: they are for this process, and not for what it starts.
 */
export function serviceManager(variables: NodeJS.ProcessEnv): ServiceManager {
  const { NOTIFY_SOCKET: socket = '', WATCHDOG_USEC: usec = '', WATCHDOG_PID: owner = '' } = variables;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete variables[name];
  const messages = new Messages(socket);
  const interval = Number(usec) / 2000;
  if (interval >= 1 && (owner === '' || owner === String(process.pid))) {
    setInterval(() => messages.send('WATCHDOG=1'), interval).unref();
  }
  return {
    ready: () => messages.send('READY=1'),
    // Since systemd 253 it wants to know when (Type=notify-reload).
    reloading: () => messages.send('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: () => messages.send('STOPPING=1'),
  };
}

/** Messages, one after another: each is a process, and they must not overtake. */
class Messages {
  readonly #socket: string;
  readonly #waiting: (readonly string[])[] = [];
  #sending = false;
  #isMissing = false;

  constructor(socket: string) {
    this.#socket = socket;
  }

  send(...assignments: readonly string[]): void {
    if (this.#isMissing) return;
    // Nobody needs to hear twice that all is well.
    if (assignments[0] === 'WATCHDOG=1' && this.#waiting.length > 0) return;
    this.#waiting.push(assignments);
    if (!this.#sending) this.#next();
  }

  #next(): void {
    const assignments = this.#waiting.shift();
    this.#sending = assignments !== undefined;
    if (assignments === undefined) return;
    const child = spawn('systemd-notify', assignments, {
      env: { ...process.env, NOTIFY_SOCKET: this.#socket },
      stdio: 'ignore',
    });
    child.unref();
    child.once('error', () => {
      this.#isMissing = true;
      this.#sending = false;
      logLine('NOTIFY_SOCKET is set, and there is no systemd-notify: the service manager is told nothing');
    });
    child.once('exit', () => this.#next());
  }
}
