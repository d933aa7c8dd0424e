import { placeIn } from '../command-line/failure.ts';

/** More of them say nothing new. */
const MOST_FRAMES = 10;

/**
 * The application's own frames of a stack, innermost first: `connect (/srv/db.js:2:7)`. Those of Node, of the command and of
 * packages are left out; where nothing else is there, those of packages are all that can be said.
 */
export function ownFrames(error: unknown): string[] {
  const stack = stackOf(error);
  const frames = stack.split('\n').flatMap((line) => {
    if (!/^\s{1,20}at /.test(line)) return [];
    return placeIn(line).map((place) => {
      const [, name = ''] = /^\s{1,20}at (?:async )?([^(/]{1,200}) \(/.exec(line) ?? [];
      return name === '' ? place : `${name} (${place})`;
    });
  });
  const own = frames.filter((frame) => !frame.includes('/node_modules/'));
  return (own.length > 0 ? own : frames).slice(0, MOST_FRAMES);
}

/** Looking at it may throw. */
function stackOf(error: unknown): string {
  try {
    return error instanceof Error ? (error.stack ?? '') : '';
  } catch {
    return '';
  }
}
