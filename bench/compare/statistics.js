// What may be said of two servers that took turns: no more than the noise lets.

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The same numbers for the same seed: a report can be made again. */
function randomBelow(seed) {
  let state = seed >>> 0;
  return (limit) => {
    // xorshift32.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

const RESAMPLES = 2000;

/**
 * The median ratio and its interval of 95 %, by resampling: processes first, for one process of a program is faster than
 * another by some percent for all of its life, and then the rounds of each.
 *
 * @param ratios for each process, the ratios of its rounds.
 * @returns {{ ratio: number, low: number, high: number }}
 */
export function interval(ratios) {
  const below = randomBelow(1);
  const found = [];
  for (let sample = 0; sample < RESAMPLES; sample++) {
    const values = [];
    for (let process = 0; process < ratios.length; process++) {
      const rounds = ratios[below(ratios.length)];
      for (let round = 0; round < rounds.length; round++) values.push(rounds[below(rounds.length)]);
    }
    found.push(median(values));
  }
  found.sort((a, b) => a - b);
  return { ratio: median(ratios.flat()), low: found[RESAMPLES * 0.025], high: found[RESAMPLES * 0.975 - 1] };
}

/**
 * Whether one differs from the first: only where its interval is without 1, and where it is further from 1 than the first server
 * came, measured against itself.
 *
 * @returns {'more' | 'less' | 'within the noise'}
 */
export function verdict({ ratio, low, high }, none) {
  const noise = Math.max(Math.abs(none.low - 1), Math.abs(none.high - 1));
  if (low > 1 && ratio - 1 > noise) return 'more';
  if (high < 1 && 1 - ratio > noise) return 'less';
  return 'within the noise';
}
