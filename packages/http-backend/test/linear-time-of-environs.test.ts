import { expect, test } from 'vitest';
import type { Environ, Header } from '@tsgi/core';
import { factsFromHost } from '../src/environ/environ-factory.ts';
import { applyForwarded } from '../src/environ/forwarded.ts';
import { readProxyHeader } from '../src/environ/proxy-header.ts';
import { TrustedPeers } from '../src/environ/trusted-peers.ts';
import { fields, equalNamesJoined } from '../src/http2/http2-fields.ts';
import { headOfStream } from '../src/http2/http2-request.ts';

const trusted = new TrustedPeers(['10.0.0.0/8']);
const limits = { headSize: Infinity, headerCount: Infinity, uriLength: Infinity };

/** Whatever comes of it. */
function attempt(act: () => unknown): void {
  try {
    act();
  } catch {
    // A refusal is an outcome.
  }
}

function forward(headers: Record<string, string>): () => void {
  const environ = { __proto__: null } as unknown as Environ;
  Object.assign(environ, headers, { REMOTE_ADDR: '10.0.0.1' });
  return () => attempt(() => applyForwarded({ ...environ }, trusted));
}

function head(more: readonly string[]): () => void {
  const raw = [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'a'].concat(more);
  return () => attempt(() => headOfStream(raw, limits));
}

function answer(headers: readonly Header[]): () => void {
  return () => attempt(() => equalNamesJoined(fields(headers)));
}

const spaces = (size: number): string => ' '.repeat(size);

/** What a peer, or an application for one, can make long. `size` is its length in bytes, about. */
const rows: [name: string, make: (size: number) => () => void][] = [
  ['Forwarded, spaces', (n) => forward({ HTTP_FORWARDED: `for=1.2.3.4${spaces(n)}x` })],
  ['Forwarded, spaces alone', (n) => forward({ HTTP_FORWARDED: spaces(n) })],
  [
    'Forwarded, spaces around a comma',
    (n) => forward({ HTTP_FORWARDED: `for=10.0.0.2${spaces(n / 2)},${spaces(n / 2)}x` }),
  ],
  ['Forwarded, a quote that does not end', (n) => forward({ HTTP_FORWARDED: `for="${'a'.repeat(n)}` })],
  ['Forwarded, quotes', (n) => forward({ HTTP_FORWARDED: `for=${'"'.repeat(n)}` })],
  ['Forwarded, backslashes', (n) => forward({ HTTP_FORWARDED: `for="${'\\'.repeat(n)}` })],
  ['Forwarded, quoted pairs', (n) => forward({ HTTP_FORWARDED: `for="${'\\a'.repeat(n / 2)}"` })],
  ['Forwarded, elements', (n) => forward({ HTTP_FORWARDED: 'for=10.0.0.2,'.repeat(n / 13) })],
  ['Forwarded, empty elements', (n) => forward({ HTTP_FORWARDED: ','.repeat(n) })],
  ['Forwarded, pairs', (n) => forward({ HTTP_FORWARDED: 'a=b;'.repeat(n / 4) })],
  [
    'Forwarded, names',
    (n) => forward({ HTTP_FORWARDED: Array.from({ length: n / 10 }, (_, i) => `a${i}=b`).join(';') }),
  ],
  ['Forwarded, brackets', (n) => forward({ HTTP_FORWARDED: `for="${'['.repeat(n)}"` })],
  ['Forwarded, a host', (n) => forward({ HTTP_FORWARDED: `for=1.2.3.4;host="${'a:'.repeat(n / 2)}"` })],
  ['X-Forwarded-For, addresses', (n) => forward({ HTTP_X_FORWARDED_FOR: '10.0.0.2, '.repeat(n / 10) })],
  ['X-Forwarded-For, spaces', (n) => forward({ HTTP_X_FORWARDED_FOR: `10.0.0.2${spaces(n)}x` })],
  ['X-Forwarded-For, colons', (n) => forward({ HTTP_X_FORWARDED_FOR: ':'.repeat(n) })],
  ['X-Forwarded-For, commas', (n) => forward({ HTTP_X_FORWARDED_FOR: ','.repeat(n) })],
  [
    'X-Forwarded-Proto, elements',
    (n) =>
      forward({ HTTP_X_FORWARDED_FOR: '10.0.0.2,'.repeat(n / 18), HTTP_X_FORWARDED_PROTO: 'https,'.repeat(n / 12) }),
  ],
  ['X-Forwarded-Host, letters', (n) => forward({ HTTP_X_FORWARDED_HOST: `${'a'.repeat(n)} ` })],
  [
    'X-Forwarded-Port, digits',
    (n) => forward({ HTTP_X_FORWARDED_FOR: '1.2.3.4', HTTP_X_FORWARDED_PORT: '1'.repeat(n) }),
  ],
  ['PROXY, a line without end', (n) => () => attempt(() => readProxyHeader(Buffer.from(`PROXY ${' '.repeat(n)}`)))],
  [
    'PROXY, a binary one with extensions',
    (n) => {
      const bytes = Buffer.concat([Buffer.from('\r\n\r\n\0\r\nQUIT\n\x21\x11\x0f\xff', 'latin1'), Buffer.alloc(n)]);
      return () => attempt(() => readProxyHeader(bytes));
    },
  ],
  [
    'Host of a connection without a name',
    (n) => () =>
      attempt(() => factsFromHost({ scheme: 'http', serverName: 'a', serverPort: '80' }, `[${':'.repeat(n)}`)),
  ],
  ['HTTP/2 head, equal names', (n) => head(Array.from({ length: n / 3 }, () => ['x', 'y']).flat())],
  ['HTTP/2 head, names', (n) => head(Array.from({ length: n / 6 }, (_, i) => [`x${i}`, 'y']).flat())],
  ['HTTP/2 head, a path', (n) => head(['x', 'y'.repeat(n)])],
  ['HTTP/2 head, an authority', (n) => head(['host', 'a:'.repeat(n / 2)])],
  ['HTTP/2 answer, equal names', (n) => answer(Array.from({ length: n / 3 }, (): Header => ['a', 'b']))],
  ['HTTP/2 answer, cookies', (n) => answer(Array.from({ length: n / 13 }, (): Header => ['Set-Cookie', 'a=b']))],
  ['HTTP/2 answer, a padded value', (n) => answer([['a', `${spaces(n / 2)}b${spaces(n / 2)}`]])],
  ['HTTP/2 answer, spaces within', (n) => answer([['a', `b${spaces(n)}b`]])],
  ['HTTP/2 answer, tabs and spaces', (n) => answer([['a', `b${' \t'.repeat(n / 2)}b`]])],
];

/** Milliseconds, the least of some. */
function cost(act: () => void, rounds: number): number {
  let least = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    act();
    least = Math.min(least, performance.now() - began);
  }
  return least;
}

// As in `linear-time.test.ts`: sixteen times the work where it is linear, 256 times where it is quadratic.
const TIMES = 16;
const SIZE = 65_520;

test.each(rows)('the time that %s takes grows with its length, and not with its square', (name, make) => {
  cost(make(SIZE), 3);
  const little = cost(make(SIZE), 5);
  const much = cost(make(TIMES * SIZE), 2);
  if (process.env['TSGI_TIMES'] !== undefined) {
    console.log(`| ${name} | ${little.toFixed(2)} | ${cost(make(2 * SIZE), 5).toFixed(2)} | ${much.toFixed(2)} |`);
  }
  // What is too short to be measured counts as five milliseconds.
  expect(much / Math.max(5, little)).toBeLessThan(5 * TIMES);
});
