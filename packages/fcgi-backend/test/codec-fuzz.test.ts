import { TsgiError } from '@tsgi/core';
import { expect, test } from 'vitest';
import { decodePairs, encodePairs } from '../src/codec/pairs.ts';
import { decodeRequests, decodeResponses, type Event } from './decoded.ts';
import { begin, pairs, record } from './records.ts';

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

const limits = { headSize: 64, headerCount: 4 };
const HEAD = pairs({ REQUEST_METHOD: 'GET', A: '' });
const MANY = pairs({ A: '1', B: '2', C: '3', D: '4', E: '5' });

/** A conversation that is mostly sensible, of few ids so that its records meet, with some of its bytes changed. */
function conversation(next: (below: number) => number): Buffer {
  const records: Buffer[] = [];
  for (let count = next(9); count >= 0; count--) {
    const id = next(8) === 0 ? next(65_536) : 1 + next(3);
    const noise = Buffer.from(Array.from({ length: next(60) }, () => next(256)));
    const kind = next(12);
    if (kind < 3) records.push(begin(id, next(8) === 0 ? next(65_536) : 1 + next(3), next(2)));
    else if (kind < 5) records.push(record(4, id, [HEAD, MANY, noise][next(3)] ?? noise, next(9)));
    else if (kind < 7) records.push(record(4, id));
    else if (kind < 9) records.push(record([5, 8][next(2)] ?? 5, id, next(3) === 0 ? '' : noise, next(256)));
    else if (kind === 9) records.push(record(2, id));
    else if (kind === 10) records.push(record(next(256), next(2) === 0 ? 0 : id, noise));
    else records.push(record(9, 0, [HEAD, noise][next(2)] ?? noise));
  }
  const bytes = Buffer.concat(records);
  for (let count = [0, 0, 0, 1, 2][next(5)] ?? 0; count > 0 && bytes.length > 0; count--)
    bytes[next(bytes.length)] = next(256);
  return next(6) === 0 ? bytes.subarray(0, next(bytes.length + 1)) : bytes;
}

function pieces(bytes: Buffer, next: (below: number) => number): Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + 1 + next(next(3) === 0 ? 4 : 90));
    cut.push(bytes.subarray(at, end));
    at = end;
  }
  return cut;
}

/** The events, or the declared error; nothing else may come. */
function outcome(decode: () => Event[]): string {
  try {
    return JSON.stringify(decode());
  } catch (error) {
    if (error instanceof TsgiError && error.rule === 'R95' && error.side === 'peer') return error.message;
    throw error;
  }
}

function each(check: (next: (below: number) => number) => void): void {
  const next = random(seed);
  for (let run = 0; run < runs; run++) {
    const start = next(0x7fff_ffff);
    try {
      check(random(start));
    } catch (error) {
      throw new Error(`FUZZ_SEED=${seed}, run ${run}`, { cause: error });
    }
  }
}

test(`${runs} conversations with an application, however they are cut`, { timeout }, () => {
  let refused = 0;
  each((next) => {
    const bytes = conversation(next);
    const whole = outcome(() => decodeRequests([bytes], limits));
    if (whole.includes('PARAMS_TOO_LARGE')) refused++;
    const cut = outcome(() => decodeRequests(pieces(bytes, next), limits));
    if (cut !== whole) expect(cut).toBe(whole);
    for (const event of whole.startsWith('[') ? (JSON.parse(whole) as Event[]) : []) {
      if (event[0] !== 'params') continue;
      // An event, an id, names and values: no more than both limits let through.
      expect(event.length).toBeLessThanOrEqual(2 + 2 * limits.headerCount);
      expect(event.slice(2).join('').length).toBeLessThanOrEqual(limits.headSize);
    }
  });
  expect(refused).toBeGreaterThan(0);
});

test(`${runs} conversations with a gateway, however they are cut`, { timeout }, () => {
  each((next) => {
    const bytes = conversation(next);
    const whole = outcome(() => decodeResponses([bytes]));
    const cut = outcome(() => decodeResponses(pieces(bytes, next)));
    if (cut !== whole) expect(cut).toBe(whole);
  });
});

test(`${runs} blocks of pairs: those that decode are the ones that were encoded`, { timeout }, () => {
  each((next) => {
    const words = Array.from({ length: 2 * next(5) }, () => 'x'.repeat(next(4) === 0 ? next(300) : next(5)));
    const bytes = encodePairs(words);
    const block = bytes.toString('latin1');
    expect(decodePairs(block, 100)).toEqual(words);
    for (let count = next(3); count > 0 && bytes.length > 0; count--) bytes[next(bytes.length)] = next(256);
    const changed = bytes.subarray(0, bytes.length - next(3)).toString('latin1');
    const found = outcome(() => [decodePairs(changed, 100)]);
    // No byte is read twice, and none beyond the end.
    if (found.startsWith('['))
      expect((JSON.parse(found) as string[][]).flat().join('').length).toBeLessThanOrEqual(changed.length);
  });
});
