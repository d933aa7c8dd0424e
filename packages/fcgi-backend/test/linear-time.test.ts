import { expect, test } from 'vitest';
import { RequestDecoder } from '../src/index.ts';
import { ABORT, begin, GET_VALUES, PARAMS, record, STDIN } from './records.ts';

const SIZE = 10_000;
const repeat = (piece: Buffer, count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => piece));

/** What a peer can send much of, so many times. */
const FLOODS: readonly (readonly [string, (count: number) => Buffer])[] = [
  ['PARAMS in records of one byte', (count) => Buffer.concat([begin(1), repeat(record(PARAMS, 1, 'a'), count)])],
  ['records of nobody', (count) => repeat(record(STDIN, 9), count)],
  [
    'STDIN in records of one byte',
    (count) => Buffer.concat([begin(1), record(PARAMS, 1), repeat(record(STDIN, 1, 'a'), count)]),
  ],
  [
    'requests that begin and are aborted beside a thousand others',
    (count) =>
      Buffer.concat([
        ...Array.from({ length: 1000 }, (_, index) => begin(1000 + index)),
        repeat(Buffer.concat([begin(1), record(PARAMS, 1, 'ab'), record(ABORT, 1)]), count),
      ]),
  ],
  ['GET_VALUES of one byte', (count) => repeat(record(GET_VALUES, 0, '\x01\0A'), count)],
  ['unknown management records', (count) => repeat(record(200, 0), count)],
];

/** Microseconds of CPU that decoding takes, fed in such pieces: the least of some times. */
function cost(bytes: Buffer, piece: number): number {
  let least = Infinity;
  for (let round = 0; round < 3; round++) {
    const decoder: RequestDecoder<number> = new RequestDecoder<number>(
      {
        begin: (id) => id,
        params: () => {},
        paramsRefused: (id) => decoder.release(id),
        stdin: () => {},
        stdinEnd: () => {},
        data: () => {},
        dataEnd: () => {},
        abort: (id) => decoder.release(id),
        getValues: () => {},
        unknownType: () => {},
      },
      { headSize: 1_000_000 },
    );
    const before = process.cpuUsage();
    for (let at = 0; at < bytes.length; at += piece) decoder.push(bytes.subarray(at, at + piece));
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  return least;
}

// Four times as much costs four times as much. What is quadratic costs sixteen times: between them the line is drawn.
test.each(FLOODS.flatMap(([name, flood]) => [5, 65_536].map((piece) => [name, piece, flood] as const)))(
  '%s, in pieces of %i bytes',
  (_name, piece, flood) => {
    cost(flood(SIZE), piece);
    const [once, fourTimes] = [cost(flood(SIZE), piece), cost(flood(4 * SIZE), piece)];
    expect(fourTimes / Math.max(once, 1_000)).toBeLessThan(9);
  },
);
