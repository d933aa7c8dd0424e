import { expect, it } from 'vitest';
import { gateway as cgi } from '@tsgi/cgi-backend';
import { gateway as fcgi } from '@tsgi/fcgi-backend';
import { gateway as scgi } from '@tsgi/scgi-backend';

const address = 'unix:/nonexistent/s';

it.each([
  ['responseTimeout', NaN],
  ['responseTimeout', 0],
  ['idleTimeout', -1],
  ['idleTimeout', '30s'],
  ['maxBody', -1],
  ['maxSpool', NaN],
])('%s: %s is refused by every gateway, at once and by name', (name, value) => {
  const options: object = { [name]: value };
  const refusal = expect.objectContaining({
    name: 'RangeError',
    message: expect.stringContaining(`${name}: expected `),
  });
  expect(() => fcgi({ address, ...options })).toThrow(refusal);
  expect(() => scgi({ address, ...options })).toThrow(refusal);
  expect(() => cgi({ program: '/bin/true', ...options })).toThrow(refusal);
});

it('what one wire alone has, too; and Infinity lifts every limit', () => {
  expect(() => fcgi({ address, connectTimeout: 0 })).toThrow(/^connectTimeout: expected a number above 0/);
  expect(() => scgi({ address, connectTimeout: NaN })).toThrow(/^connectTimeout: expected a number above 0/);
  expect(() => fcgi({ address, pool: -1 })).toThrow(/^pool: expected a whole number of 0 or more, found -1/);
  expect(() => fcgi({ address, pool: 1.5 })).toThrow(/^pool: /);
  expect(() => cgi({ program: '/bin/true', maxProcesses: 0 })).toThrow(
    /^maxProcesses: expected a whole number above 0/,
  );
  const most = { responseTimeout: Infinity, idleTimeout: Infinity, maxBody: Infinity, maxSpool: Infinity };
  expect(fcgi({ address, ...most, pool: Infinity })).toBeTypeOf('function');
  expect(scgi({ address, ...most, maxSpool: 0, maxBody: 0 })).toBeTypeOf('function');
});
