import { expect, test } from 'vitest';
import { parse } from './support/events.ts';
import { type HostileRequest, hostileRequests } from './support/hostile-requests.ts';

/** Nothing is refused for its size: what it costs is to be seen. */
const limits = { headSize: Infinity, headerCount: Infinity, uriLength: Infinity };

function packets({ make, packet }: HostileRequest, size: number): Uint8Array[] {
  const whole = Buffer.from(make(size), 'latin1');
  if (packet === undefined) return [whole];
  return Array.from({ length: Math.ceil(whole.length / packet) }, (_, index) =>
    whole.subarray(index * packet, (index + 1) * packet),
  );
}

/** Milliseconds, the least of some. */
function cost(pieces: readonly Uint8Array[], times: number): number {
  let least = Infinity;
  for (let round = 0; round < times; round++) {
    const began = performance.now();
    parse(pieces, limits);
    least = Math.min(least, performance.now() - began);
  }
  return least;
}

// Sixteen times the length: sixteen times the work where that is linear, 256 times where it is quadratic.
const TIMES = 16;

test.each(hostileRequests)('the time that $name takes grows with its length, and not with its square', (row) => {
  const size = row.packet === undefined ? 60_000 : 6_000;
  cost(packets(row, size), 3);
  let little = cost(packets(row, size), 5);
  let much = cost(packets(row, TIMES * size), 2);
  // What is too short to be measured counts as a millisecond. A busy machine or a collection may have been in between: what is
  // quadratic stays so however often it is looked at.
  const grown = (): number => much / Math.max(1, little);
  for (let again = 0; again < 6 && grown() > 2 * TIMES; again++) {
    little = Math.max(little, cost(packets(row, size), 2));
    much = Math.min(much, cost(packets(row, TIMES * size), 1));
  }
  if (process.env['TSGI_TIMES'] !== undefined) {
    const twice = cost(packets(row, 2 * size), 5);
    console.log(`| ${row.name} | ${little.toFixed(2)} | ${twice.toFixed(2)} | ${much.toFixed(2)} |`);
  }
  expect(grown()).toBeLessThan(5 * TIMES);
});
