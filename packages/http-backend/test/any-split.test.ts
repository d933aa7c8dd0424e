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

test('chunks of any size, cut anywhere, hold their data and nothing else', () => {
  const head = Buffer.from('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
  // Data that look like framing, around and beyond what llhttp is shown at once.
  const size = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 400, max: 1_200 }), fc.constant(70_000));
  const chunk = fc.record({ size, extension: fc.constantFrom('', ';a=b', ';c="d;e"') });
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 8 }), (chunks, at) => {
      const data = chunks.map((each, index) => '\r\n0\r\n\r\nabc'.repeat(each.size).slice(index, index + each.size));
      const body = chunks.map(({ size, extension }, index) => `${size.toString(16)}${extension}\r\n${data[index]}\r\n`);
      const whole = `${head.toString()}${body.join('')}0\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n`;
      const { requests, refused } = parse(cut(whole, at));
      expect(refused).toBeUndefined();
      expect(requests).toMatchObject([{ method: 'POST', body: data.join('') }, { target: '/next' }]);
    }),
    { numRuns: 500 },
  );
});
