import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';

/**
 * A shell that holds the listening socket of a program beside it, as descriptor 0, and reads words from a pipe, descriptor 3:
 *
 * - first the process id of the program, which leads a process group.
 * - `release`: lets go of the socket, and says `released`. What nobody ever accepted there is reset then; what the program had
 *   accepted was closed with the program before. So it is known of each request whether a program that is gone had it.
 * - `end`: ends what is left of the group.
 * - The end of the pipe: the process that manages the program is gone, killed perhaps. The program has a moment to end, then the
 *   same. This is what Linux has PR_SET_PDEATHSIG for, which Node cannot ask for, and other systems do not have.
 *
 * Then it removes the socket with its folder, and ends. Signals for whole groups and terminals are nothing to it.
 */
const SCRIPT = `trap '' TERM INT HUP QUIT USR1 USR2
program= word=
read -r program <&3
while read -r word <&3; do
case $word in
release) exec </dev/null; echo released >&3;;
end) break;;
esac
done
if [ -n "$program" ]; then
if [ "$word" != end ]; then kill -s TERM -- "-$program"; sleep 1; fi
kill -s KILL -- "-$program"
fi
rm -f -- "$0"
rmdir -- "\${0%/*}"`;

/** What may keep this process alive, or not; the pipes of a child are sockets, though Node's types do not say so. */
export interface Refs {
  ref?(): unknown;
  unref?(): unknown;
}

/** What a guard tells. */
export interface GuardEvents {
  /** It has let go of the socket. */
  released(): void;
  /** It has ended, or could not be started. */
  gone(): void;
}

/** The guard of a program. */
export class Guard {
  readonly #pipe: Duplex | undefined;
  readonly #child: ChildProcess;

  /**
   * @param fd the socket.
   * @param path where it is.
   */
  constructor(fd: number, path: string, events: GuardEvents) {
    const child = spawn('/bin/sh', ['-c', SCRIPT, path], {
      env: { PATH: '/usr/bin:/bin' },
      detached: true,
      stdio: [fd, 'ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    this.#pipe = child.stdio[3] as Duplex | undefined;
    this.#pipe?.on('data', () => events.released());
    this.#pipe?.on('error', () => {});
    child.on('error', () => child.pid === undefined && events.gone());
    child.on('exit', () => events.gone());
  }

  /** The words reach it. */
  get listens(): boolean {
    return this.#pipe?.writable === true;
  }

  watch(pid: number): void {
    this.#pipe?.write(`${pid}\n`);
  }

  release(): void {
    this.#pipe?.write('release\n');
  }

  end(): void {
    this.#pipe?.write('end\n');
  }

  hold(keeps: boolean): void {
    for (const held of [this.#child, this.#pipe] as readonly (Refs | undefined)[]) {
      if (keeps) held?.ref?.();
      else held?.unref?.();
    }
  }
}
