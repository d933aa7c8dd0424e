import { fileURLToPath } from 'node:url';
import { firstLine } from '../command-line/failure.ts';

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
