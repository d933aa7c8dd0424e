import { expect, test } from 'vitest';
import { makeServer, serve } from '../src/index.ts';

const NAMES = [
  'headersTimeout',
  'requestTimeout',
  'keepAliveTimeout',
  'sendTimeout',
  'drainTimeout',
  'headSize',
  'headerCount',
  'maxConnections',
  'maxActiveRequests',
  'maxRequestsPerConnection',
];

test.each(NAMES.flatMap((name) => [Number.NaN, -1, 0, '30s', null].map((value) => [name, value] as const)))(
  '%s: %o is refused by name',
  async (name, value) => {
    const refusal = new RegExp(`^${name}: expected a .*, found `);
    const options: object = { port: 0, [name]: value };
    await expect(serve(() => [], options)).rejects.toThrow(RangeError);
    await expect(serve(() => [], options)).rejects.toThrow(refusal);
    expect(() => makeServer('127.0.0.1', 0, () => [], options)).toThrow(refusal);
  },
);
