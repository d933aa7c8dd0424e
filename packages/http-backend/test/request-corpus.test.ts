import { describe, expect, test } from 'vitest';
import { byteByByte, parse, parseText } from './support/events.ts';
import { refusedRequests } from './support/refused-requests.ts';
import { validRequests } from './support/valid-requests.ts';

describe('requests that pass', () => {
  test.each(validRequests)('$why', ({ bytes, requests }) => {
    const outcome = parseText(bytes);
    expect(outcome.refused, outcome.message).toBeUndefined();
    expect(outcome.requests).toMatchObject(requests);
    expect(outcome.requests).toHaveLength(requests.length);
  });

  test.each(validRequests)('byte by byte: $why', ({ bytes }) => {
    expect(parse(byteByByte(bytes))).toEqual(parseText(bytes));
  });
});

describe('requests that are refused', () => {
  test.each(refusedRequests)('$status: $why', ({ bytes, status }) => {
    expect(parseText(bytes)).toMatchObject({ refused: status });
  });

  test.each(refusedRequests)('byte by byte: $why', ({ bytes }) => {
    const whole = parseText(bytes);
    const split = parse(byteByByte(bytes));
    expect(split.refused, split.message).toBe(whole.refused);
  });

  test.each(refusedRequests.filter(({ bytes }) => bytes.endsWith('\r\n\r\n')))(
    'with another request behind it: $why',
    ({ bytes, status }) => {
      expect(parseText(`${bytes}GET / HTTP/1.1\r\nHost: a\r\n\r\n`)).toMatchObject({ refused: status });
    },
  );
});
