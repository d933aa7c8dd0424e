import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteByByte, parse, parseText } from './support/events.ts';
import { cut, mutated } from './support/mutated-requests.ts';

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
