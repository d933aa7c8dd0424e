/** `; did you mean --grace?`, or nothing: for whatever word was not among those that were expected. */
export function didYouMean(
  word: string,
  candidates: readonly string[],
  show = (found: string): string => found,
): string {
  const found = closest(word, candidates);
  return found === undefined ? '' : `; did you mean ${show(found)}?`;
}

/** The candidate that `word` most likely meant: it differs in case or in dashes only, or by one slip in three letters. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const given = plain(word);
  let best: string | undefined;
  let least = Math.floor(Math.min(given.length, 64) / 3) + 1;
  for (const candidate of candidates) {
    const slips = slipsBetween(given, plain(candidate), least);
    if (slips < least) [best, least] = [candidate, slips];
  }
  return best;
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Letters to be added, left out, changed or swapped with their neighbour, at most `limit` (Damerau, "optimal string alignment"). */
function slipsBetween(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) >= limit) return limit;
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const next = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const costs = [
        (last[column] ?? limit) + 1,
        (next[column - 1] ?? limit) + 1,
        (last[column - 1] ?? limit) + (same ? 0 : 1),
        ...(swapped ? [(before[column - 2] ?? limit) + 1] : []),
      ];
      next.push(Math.min(...costs));
    }
    [before, last] = [last, next];
  }
  return last[to.length] ?? limit;
}
