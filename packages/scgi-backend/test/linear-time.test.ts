import { expect, test } from 'vitest';
import { ScgiHeaderDecoder } from '../src/index.ts';

function head(rest: readonly string[]): Buffer {
  const block = ['CONTENT_LENGTH', '0', 'SCGI', '1', ...rest].map((text) => `${text}\0`).join('');
  return Buffer.from(`${block.length}:${block},`, 'latin1');
}

/** What a peer can send much of, so many times. */
const FLOODS: readonly (readonly [string, number, (count: number) => Buffer])[] = [
  ['one long value', 50_000, (count) => head(['A', 'x'.repeat(count)])],
  ['many pairs', 5_000, (count) => head(Array.from({ length: count }, (_, index) => [`N${index}`, '']).flat())],
  ['one name again and again', 5_000, (count) => head(Array.from({ length: count }, () => ['N', '']).flat())],
  [
    'one name again and again behind as many others',
    5_000,
    (count) => {
      const others = Array.from({ length: count }, (_, index) => [`N${index}`, '']);
      return head([...others, ...Array.from({ length: count }, () => ['N0', ''])].flat());
    },
  ],
  ['one header again and again', 5_000, (count) => head(Array.from({ length: count }, () => ['HTTP_N', '']).flat())],
  ['empty names', 5_000, (count) => head(Array.from({ length: count }, () => ['', '']).flat())],
];

/** Microseconds of CPU that decoding takes, fed in such pieces: the least of some times. */
function cost(bytes: Buffer, piece: number): number {
  let least = Infinity;
  for (let round = 0; round < 5; round++) {
    const lenient = { duplicateNames: true, emptyNames: true };
    const decoder = new ScgiHeaderDecoder({ headSize: 10_000_000, headerCount: 1_000_000, lenient });
    const before = process.cpuUsage();
    for (let at = 0; at < bytes.length; at += piece) decoder.push(bytes.subarray(at, at + piece));
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  return least;
}

// Four times as much costs four times as much. What is quadratic costs sixteen times: between them the line is drawn.
test.each(FLOODS.flatMap(([name, size, flood]) => [3, 65_536].map((piece) => [name, piece, size, flood] as const)))(
  '%s, in pieces of %i bytes',
  (_name, piece, size, flood) => {
    cost(flood(size), piece);
    const [once, fourTimes] = [cost(flood(size), piece), cost(flood(4 * size), piece)];
    expect(fourTimes / Math.max(once, 1_000)).toBeLessThan(9);
  },
);
