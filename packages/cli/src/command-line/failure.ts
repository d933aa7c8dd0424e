import { fileURLToPath } from 'node:url';

/** What the command ends with. */
export const EXIT = { done: 0, failed: 1, usage: 2, cannotStart: 3 } as const;

/** What a person gets to read as one line on standard error, without a stack. */
export class CommandFailure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** The command line, the environment or the config file asks for something that makes no sense: exit 2. */
export function usageError(message: string): CommandFailure {
  return new CommandFailure(message, EXIT.usage);
}

/** What was asked for makes sense, but cannot start here: exit 3. A supervisor must not try again. */
export function startError(message: string, cause?: unknown): CommandFailure {
  return new CommandFailure(message, EXIT.cannotStart, cause);
}

/** The application has called `process.exit`, or died of an error that nobody caught: exit 1. */
export function endedByApp(): CommandFailure {
  return new CommandFailure('the application ended the process', EXIT.failed);
}

/** Why a file cannot be used, for a line that names it already: the system's words without Node's `open 'FILE'`. */
export function whyNoFile(error: unknown): string {
  const line = firstLine(error);
  return error instanceof Error && 'syscall' in error ? line.replace(/, \w+(?: '.*')?$/, '') : line;
}

/** The first line of what went wrong: a log has one line for one event. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.split('\n', 1)[0] ?? '';
}

/**
 * What was thrown, and where by the application, in one line: `TypeError: boom (/srv/app.js:2:7)`. Never throws, though
 * looking at a revoked proxy does, or at an error whose getters throw.
 */
export function describeThrown(error: unknown, otherwise?: string): string {
  try {
    if (!(error instanceof Error)) return `it threw ${shown(error)}`;
    const place = placeOf(error) ?? otherwise;
    return `${error.name}: ${firstLine(error)}${place === undefined ? '' : ` (${place})`}`;
  } catch {
    return 'it threw an object that cannot be looked at';
  }
}

/** The uppermost line of the stack that is neither Node's nor ours. */
export function placeOf(error: Error): string | undefined {
  const places =
    error.stack?.replace(error.message, '').matchAll(/(?:^|file:\/\/|\()(\/[^\n()]{1,4096}:\d+(?::\d+)?)\)?$/gm) ?? [];
  const own = fileURLToPath(new URL('../', import.meta.url));
  return [...places].map(([, place]) => place).find((place) => place?.startsWith(own) === false);
}

/** What is no error may be anything, an object that cannot be made text too. */
function shown(value: unknown): string {
  try {
    return firstLine(value);
  } catch {
    return typeof value;
  }
}
