import { TsgiError } from '@tsgi/core';
import { expect, test } from 'vitest';
import { type ScgiDecoderOptions, ScgiHeaderDecoder } from '../src/index.ts';

/** `FUZZ_RUNS=1000000` for the long version; what fails is found again with the `FUZZ_SEED` that it names. */
const runs = Number(process.env.FUZZ_RUNS ?? 3_000);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000_007);
const timeout = runs > 100_000 ? 3_600_000 : 60_000;

/** Mulberry32: small, and the same everywhere. */
function random(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const LENIENCIES = [
  'leadingZeros',
  'missingComma',
  'missingNul',
  'emptyNames',
  'duplicateNames',
  'missingScgi',
  'lateContentLength',
  'missingContentLength',
] as const;
const WORDS = [
  '',
  '0',
  '7',
  '-1',
  '99999999999999999999',
  'CONTENT_LENGTH',
  'SCGI',
  '1',
  'A',
  'HTTP_A',
  '\xff',
  'x'.repeat(50),
];
const limits = { headSize: 200, headerCount: 8 };

function request(next: (below: number) => number): Buffer {
  const words = next(4) === 0 ? [] : ['CONTENT_LENGTH', String(next(20)), 'SCGI', '1'];
  for (let count = next(14); count > 0; count--) words.push(WORDS[next(WORDS.length)] ?? '');
  const block = words
    .map((word) => `${word}\0`)
    .join('')
    .slice(next(8) === 0 ? 1 : 0);
  const length = next(8) === 0 ? block.length + next(3) - 1 : block.length;
  const text = `${next(10) === 0 ? '0' : ''}${length}:${block}${next(8) === 0 ? ';' : ','}${'b'.repeat(next(20))}`;
  const bytes = Buffer.from(text, 'latin1');
  for (let count = [0, 0, 0, 1, 2][next(5)] ?? 0; count > 0; count--) bytes[next(bytes.length)] = next(256);
  return bytes;
}

/** What is said of these pieces; nothing but the declared errors may come. */
function verdict(pieces: readonly Buffer[], options: ScgiDecoderOptions): string {
  const decoder = new ScgiHeaderDecoder(options);
  try {
    for (const [index, piece] of pieces.entries()) {
      const start = decoder.push(piece);
      if (start === undefined) continue;
      expect(start.variables.length).toBeLessThanOrEqual(2 * limits.headerCount);
      expect(start.variables.join('').length).toBeLessThanOrEqual(limits.headSize);
      expect(Number.isSafeInteger(start.contentLength) && start.contentLength >= 0).toBe(true);
      return JSON.stringify({
        ...start,
        rest: Buffer.concat([start.rest, ...pieces.slice(index + 1)]).toString('latin1'),
      });
    }
    return 'more';
  } catch (error) {
    if (error instanceof TsgiError && error.side === 'peer' && error.code.startsWith('SCGI_')) return error.message;
    throw error;
  }
}

test(`${runs} headers, however they are cut`, { timeout }, () => {
  const next = random(seed);
  const found = { headers: 0, errors: 0 };
  for (let run = 0; run < runs; run++) {
    const own = random(next(0x7fff_ffff));
    const lenient = Object.fromEntries(LENIENCIES.filter(() => own(4) === 0).map((name) => [name, true]));
    const bytes = request(own);
    const cut: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = Math.min(bytes.length, at + 1 + own(own(3) === 0 ? 4 : 90));
      cut.push(bytes.subarray(at, end));
      at = end;
    }
    try {
      const whole = verdict([bytes], { ...limits, lenient });
      if (whole.startsWith('{')) found.headers++;
      else found.errors++;
      const inPieces = verdict(cut, { ...limits, lenient });
      if (inPieces !== whole) expect(inPieces).toBe(whole);
    } catch (error) {
      throw new Error(`FUZZ_SEED=${seed}, run ${run}: ${JSON.stringify(bytes.toString('latin1'))}`, { cause: error });
    }
  }
  // Neither all accepted nor all refused.
  expect(found.headers).toBeGreaterThan(runs / 50);
  expect(found.errors).toBeGreaterThan(runs / 50);
});
