import type { Spent } from '../crew/crew-states.ts';
import { CHILD_VARIABLE, type FromChild, messageOf } from './messages.ts';

/** The crew that this process belongs to. */
export interface Supervision {
  /**
   * Calls back when the process should finish what it has and end, within so many milliseconds, or in its usual time: the
   * crew said so, or is gone. `replaced`: others serve on, so clients that have kept connections may have time to learn of it;
   * a later call may take that back. Until somebody listens, the process ends at once.
   */
  onDrain(callback: (grace: number | undefined, replaced: boolean) => void): void;
  /** Calls back when log files are to be opened anew. */
  onReopen(callback: () => void): void;
  /** It serves. */
  ready(): void;
  /** It should be replaced; it goes on until it is told to drain. */
  spent(why: Spent): void;
  /** It ends by itself, gracefully: a signal came. */
  leaving(): void;
  /** Lets the process end by itself. */
  release(): void;
}

/** Whether this process is the child of a crew, and if so its way to tell it. To be asked once. */
export function supervised(): Supervision | undefined {
  if (process.env[CHILD_VARIABLE] === undefined) return undefined;
  delete process.env[CHILD_VARIABLE];
  if (process.send === undefined || !process.connected) return undefined;
  let drain = (_grace: number | undefined, _replaced: boolean): void => process.exit();
  let reopen = (): void => {};
  process.on('message', (message: unknown) => {
    const word = messageOf(message);
    if (word === 'alive?') tell('alive');
    else if (word === 'reopen') reopen();
    else if (word === 'drain') drain(graceOf(message), isReplaced(message));
  });
  // What keeps the process alive is what it serves: one that cannot start ends.
  process.channel?.unref();
  process.on('disconnect', () => drain(undefined, false));
  return {
    onDrain: (callback) => {
      drain = callback;
    },
    onReopen: (callback) => {
      reopen = callback;
    },
    ready: () => tell('ready'),
    spent: (why) => tell('spent', why),
    leaving: () => tell('leaving'),
    release: () => {
      if (process.connected) process.disconnect();
    },
  };
}

function tell(word: FromChild['tsgi'], why?: Spent): void {
  if (!process.connected) return;
  process.send?.(
    { tsgi: word, ...(why === undefined ? undefined : { why }) } satisfies FromChild,
    undefined,
    undefined,
    () => {
      // Nobody is there to hear it: `disconnect` says so.
    },
  );
}

function graceOf(message: unknown): number | undefined {
  if (typeof message !== 'object' || message === null || !('grace' in message)) return undefined;
  return typeof message.grace === 'number' ? message.grace : undefined;
}

function isReplaced(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'replaced' in message && message.replaced === true;
}
