import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TsgiError } from '@tsgi/core';
import { decodeRequests, decodeResponses, type Event, singly } from './decoded.ts';
import { begin, record } from './records.ts';

const byte = fc.integer({ min: 0, max: 255 });
const content = fc.uint8Array({ maxLength: 40 });

/** Records as a peer may send them, most of them sensible, ids few so that they meet. */
const anyRecord: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 1 }))
    .map((a) => begin(...a)),
  fc
    .tuple(fc.constantFrom(2, 4, 5, 8, 3, 6, 7, 200), fc.integer({ min: 1, max: 3 }), content, byte)
    .map(([type, id, bytes, padding]) => record(type, id, bytes, padding)),
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(4, 4, 5, 8)).map(([id, type]) => record(type, id)),
  fc.constantFrom(
    record(4, 1, '\x01\x02Axy'),
    record(4, 2, '\x80\0\0\x03\x01AB'),
    record(4, 2, 'Cv'),
    record(9, 0, '\x01\0A\x01\0A'),
  ),
);

/** A conversation and the places where it is cut. */
const conversation = fc.array(anyRecord, { maxLength: 12 }).chain((records) => {
  const bytes = Buffer.concat(records);
  return fc.tuple(fc.constant(bytes), fc.array(fc.nat(Math.max(bytes.length, 1)), { maxLength: 10 }));
});

function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

/** What came of it: events up to an error, and the error. Only the declared error may come. */
function outcome(decode: (input: Iterable<Uint8Array>) => Event[], input: Uint8Array[]): Event[] | string {
  try {
    return decode(input);
  } catch (error) {
    if (error instanceof TsgiError && error.rule === 'R95' && error.side === 'peer') return error.message;
    throw error;
  }
}

describe.each([
  ['requests', decodeRequests],
  ['responses', decodeResponses],
] as const)('%s', (_name, decode) => {
  test('any split of a conversation gives the same events, or the same error', () => {
    fc.assert(
      fc.property(conversation, ([bytes, cuts]) => {
        const whole = outcome(decode, [bytes]);
        expect(outcome(decode, pieces(bytes, cuts))).toEqual(whole);
        expect(outcome(decode, singly(bytes))).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  test('arbitrary bytes throw nothing but the declared error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void outcome(decode, [bytes])),
      { numRuns: 1000 },
    );
  });

  test('bytes changed in a conversation throw nothing but the declared error', () => {
    fc.assert(
      fc.property(conversation, fc.array(fc.tuple(fc.nat(), byte), { maxLength: 4 }), ([bytes, cuts], changes) => {
        const changed = Buffer.from(bytes);
        for (const [at, value] of changes) if (changed.length > 0) changed[at % changed.length] = value;
        expect(outcome(decode, pieces(changed, cuts))).toEqual(outcome(decode, [changed]));
      }),
      { numRuns: 500 },
    );
  });
});
