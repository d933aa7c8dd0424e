import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the command ends with. */
export const EXIT = { done: 0, failed: 1, usage: 2, cannotStart: 3 } as const;

/** What a person gets to read as one line on standard error, without a stack. */
export class CommandFailure extends Error {
  readonly exitCode: number;
  /** Where in the application it happened, innermost first, as `f (/srv/app.js:2:7)`; empty where that is nowhere. */
  readonly frames: readonly string[];
  /** Somebody else says it. */
  isTold = false;

  constructor(message: string, exitCode: number, cause?: unknown, frames: readonly string[] = []) {
    super(message, { cause });
    this.exitCode = exitCode;
    this.frames = frames;
  }
}

/** The command line, the environment or the config file asks for something that makes no sense: exit 2. */
export function usageError(message: string): CommandFailure {
  return new CommandFailure(message, EXIT.usage);
}

/** What was asked for makes sense, but cannot start here: exit 3. A supervisor must not try again. */
export function startError(message: string, cause?: unknown, frames: readonly string[] = []): CommandFailure {
  return new CommandFailure(message, EXIT.cannotStart, cause, frames);
}

/** The application has called `process.exit`, or died of an error that nobody caught: exit 1. */
export function endedByApp(): CommandFailure {
  return new CommandFailure('the application ended the process', EXIT.failed);
}

/** Why a file cannot be used, for a line that names it already: what is not there, else the system's words without Node's `open 'FILE'`. */
export function whyNoFile(error: unknown): string {
  const line = firstLine(error);
  if (!(error instanceof Error && 'syscall' in error)) return line;
  if ('code' in error && error.code === 'ENOENT' && 'path' in error && typeof error.path === 'string') {
    const folder = dirname(error.path);
    return existsSync(folder) ? 'there is no such file' : `there is no folder ${folder}`;
  }
  return line.replace(/, \w+(?: '.*')?$/, '');
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

/** The application's own uppermost place, or else the uppermost in a package that it uses. */
export function placeOf(error: Error): string | undefined {
  const places = (error.stack?.replace(error.message, '') ?? '').split('\n').flatMap(placeIn);
  return places.find((place) => !place.includes('/node_modules/')) ?? places[0];
}

/** Folders of the command and of what it serves with, wherever they are linked. Looked for only when something has failed. */
let ours: readonly string[] | undefined;

function ourFolders(): readonly string[] {
  ours ??= [
    new URL('../', import.meta.url),
    new URL('../../bin/', import.meta.url),
    ...['core', 'adapters', 'supervisor'].map((name) => new URL('./', import.meta.resolve(`@tsgi/${name}`))),
  ].map((url) => fileURLToPath(url));
  return ours;
}

/** `FILE:LINE` or `FILE:LINE:COLUMN` at the end of a line of a stack, if it is neither Node's nor ours; none or one. */
export function placeIn(line: string): string[] {
  const [, place = ''] = /(?:^|file:\/\/|[( ])(\/[^\n()]{1,4096}:\d+(?::\d+)?)\)?$/.exec(line) ?? [];
  return place === '' || ourFolders().some((folder) => place.startsWith(folder)) ? [] : [place];
}

/** What is no error may be anything, an object that cannot be made text too. */
function shown(value: unknown): string {
  try {
    return firstLine(value);
  } catch {
    return typeof value;
  }
}
