import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteByByte, parse, parseText } from './support/events.ts';
import { refusedRequests } from './support/refused-requests.ts';
import { validRequests } from './support/valid-requests.ts';

const rows = [...validRequests, ...refusedRequests].map(({ bytes }) => bytes).filter((bytes) => bytes.length < 4_000);

/** Requests, some of them spoilt: a byte changed, taken out or put in. */
const mutated = fc
  .tuple(
    fc.array(fc.constantFrom(...rows), { minLength: 1, maxLength: 3 }),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('', '\r', '\n', '\0', ' ', '\t', ':', ',', 'x', '0', '\xff', '\r\n')), {
      maxLength: 3,
    }),
    fc.boolean(),
  )
  .map(([requests, edits, replace]) => {
    let text = requests.join('');
    for (const [at, what] of edits) {
      const index = at % (text.length + 1);
      text = text.slice(0, index) + what + text.slice(index + (replace || what === '' ? 1 : 0));
    }
    return text;
  });

function cut(text: string, at: readonly number[]): Uint8Array[] {
  const bytes = Buffer.from(text, 'latin1');
  const cuts = [...new Set(at.map((one) => one % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length));
}

test('requests cut anywhere give the same events', () => {
  fc.assert(
    fc.property(mutated, fc.array(fc.nat(), { maxLength: 6 }), (text, at) => {
      const whole = parseText(text);
      const pieces = parse(cut(text, at));
      expect(pieces.refused, pieces.message).toBe(whole.refused);
      expect(pieces.requests).toEqual(whole.requests);
    }),
    { numRuns: 2_000 },
  );
});

test('requests byte by byte give the same events', () => {
  fc.assert(
    fc.property(mutated, (text) => {
      const whole = parseText(text);
      const pieces = parse(byteByByte(text));
      expect(pieces.refused, pieces.message).toBe(whole.refused);
      expect(pieces.requests).toEqual(whole.requests);
    }),
    { numRuns: 300 },
  );
});

test("arbitrary bytes raise the codec's own error or none", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (pieces) => {
      parse(pieces);
    }),
    { numRuns: 2_000 },
  );
});

test("arbitrary bytes behind a good head raise the codec's own error or none", () => {
  const head = Buffer.from('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (pieces) => {
      expect(parse([head, ...pieces]).requests[0]).toMatchObject({ method: 'POST' });
    }),
    { numRuns: 1_000 },
  );
});
