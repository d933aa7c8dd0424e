/** Takes text, whole lines of it. Nothing about a log may reach a request or the process: it never throws and never blocks. */
export type LogSink = (text: string) => void;

/**
 * Bytes that may wait for a reader of standard error. A pipe is written to without blocking on POSIX, so a reader that stands
 * still would let Node's own queue grow without end.
 */
const MOST_WAITING = 1_048_576;

let leftOut = 0;

/**
 * Where the log of a server goes unless its options say otherwise: standard error.
 *
 * What cannot be written is lost, and nothing else: the reader has died (EPIPE), the disk is full. As with `console.error`, the
 * error of our own write is swallowed and no other: a program that writes to `process.stderr` itself hears of its own. While
 * a reader stands still, entries beyond 1 MiB are left out, and counted once it reads again.
 */
export function writeToStderr(text: string): void {
  try {
    const { stderr } = process;
    if (stderr.writableLength > MOST_WAITING) {
      leftOut++;
      return;
    }
    if (leftOut > 0) {
      stderr.write(`tsgi: ${leftOut} entries of the log were left out here: nobody read standard error\n`, onWritten);
      leftOut = 0;
    }
    stderr.write(text, onWritten);
  } catch {
    // Descriptor 2 is closed, or is nothing that Node can write to.
  }
}

/** An `error` event of the stream follows; without a listener it would end the process. */
function onWritten(error?: Error | null): void {
  if (error && process.stderr.listenerCount('error') === 0) process.stderr.once('error', ignore);
}

function ignore(): void {
  // The log is lost, and there is no other place to say so.
}

/**
 * The log of a server: what its option `errors` takes, or standard error. A function of the user's that throws, or rejects,
 * loses nothing but its own line, which goes to standard error.
 */
export function logSink(errors: ((text: string) => unknown) | undefined): LogSink {
  if (errors === undefined || errors === writeToStderr) return writeToStderr;
  let hasFailed = false;
  const failed = (text: string, error: unknown): void => {
    if (!hasFailed) writeToStderr(`tsgi: the option errors failed, what it does not take is here: ${shown(error)}\n`);
    hasFailed = true;
    writeToStderr(text);
  };
  return (text) => {
    try {
      const result = errors(text);
      if (result instanceof Promise) result.catch((error: unknown) => failed(text, error));
    } catch (error) {
      failed(text, error);
    }
  };
}

/** Its first line, as long as it can be had. */
function shown(error: unknown): string {
  try {
    return String(error).replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  } catch {
    return 'an error that cannot be shown';
  }
}
