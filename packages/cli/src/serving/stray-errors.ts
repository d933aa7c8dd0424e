import { logLine } from '../command-line/standard-streams.ts';
import { describeThrown } from '../command-line/failure.ts';

/** Lines for what follows the first error: an interval that throws could fill a disk within the grace. */
const MOST_LINES = 20;

/**
 * Calls `end` when the application throws where no request can be failed for it: in a timer, in an event, in a promise that
 * nobody awaits. Node ends the process there and then, and every other request with it; here they get their time. The
 * first one is logged with the application's own place, and so are some that follow.
 *
 * An application that listens to these events itself decides itself, as in Node.
 *
 * @returns what stops listening.
 */
export function onStrayError(end: () => void): () => void {
  let count = 0;
  const heed = (event: 'uncaughtException' | 'unhandledRejection', what: string) => {
    const listener = (error: unknown): void => {
      if (process.listenerCount(event) > 1) return;
      count++;
      if (count <= MOST_LINES) logLine(`${what}: ${describeThrown(error)}`);
      if (count === MOST_LINES) logLine('further ones are not logged');
      if (count === 1) end();
    };
    process.on(event, listener);
    return () => process.off(event, listener);
  };
  const offs = [
    heed('uncaughtException', 'the application threw outside of a request'),
    heed('unhandledRejection', 'a promise of the application was rejected, and nobody handled it'),
  ];
  return () => {
    for (const off of offs) off();
  };
}
