import { expect, test } from 'vitest';
import { amount, checkedNumbers, count, duration, size } from '@tsgi/core/options';

const rules = {
  headersTimeout: duration(60_000),
  headSize: size(16_384),
  maxBody: amount(Infinity),
  maxConnections: count(1000),
  pool: count(0, 0),
};

test('what is not set has its default, what is set stays as it is, and other options are nobody here', () => {
  expect(checkedNumbers(rules, {})).toEqual({
    headersTimeout: 60_000,
    headSize: 16_384,
    maxBody: Infinity,
    maxConnections: 1000,
    pool: 0,
  });
  const errors = (): void => {};
  const set: object = { headersTimeout: 0.5, headSize: 1, maxBody: 0, maxConnections: Infinity, pool: 3, errors };
  expect(checkedNumbers(rules, set)).toEqual({
    headersTimeout: 0.5,
    headSize: 1,
    maxBody: 0,
    maxConnections: Infinity,
    pool: 3,
  });
  expect(checkedNumbers(rules, { headSize: undefined }).headSize).toBe(16_384);
});

test.each([
  ['headersTimeout', Number.NaN, 'headersTimeout: expected a number above 0, in milliseconds, found NaN'],
  ['headersTimeout', -1, 'headersTimeout: expected a number above 0, in milliseconds, found -1'],
  ['headersTimeout', 0, 'headersTimeout: expected a number above 0, in milliseconds, found 0'],
  ['headersTimeout', '30s', 'headersTimeout: expected a number above 0, in milliseconds, found "30s"'],
  ['headersTimeout', null, 'headersTimeout: expected a number above 0, in milliseconds, found null'],
  ['headersTimeout', 5n, 'headersTimeout: expected a number above 0, in milliseconds, found 5'],
  ['headersTimeout', Symbol('x'), 'headersTimeout: expected a number above 0, in milliseconds, found Symbol(x)'],
  ['headersTimeout', { __proto__: null }, 'headersTimeout: expected a number above 0, in milliseconds, found object'],
  ['headSize', -Infinity, 'headSize: expected a number above 0, in bytes, found -Infinity'],
  ['maxBody', -1, 'maxBody: expected a number of 0 or more, in bytes, found -1'],
  ['maxConnections', 1.5, 'maxConnections: expected a whole number above 0, found 1.5'],
  ['pool', '2', 'pool: expected a whole number of 0 or more, found "2"'],
])('%s: %o is refused by name, with what was expected and found', (name, value, message) => {
  expect(() => checkedNumbers(rules, { [name]: value })).toThrow(new RangeError(message));
});
