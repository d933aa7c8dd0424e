import { isIP } from 'node:net';
import { expect, test } from 'vitest';
import { type Environ, TsgiError } from '@tsgi/core';
import { applyForwarded } from '../src/environ/forwarded.ts';
import { readProxyHeader } from '../src/environ/proxy-header.ts';
import { TrustedPeers } from '../src/environ/trusted-peers.ts';
import { isHost } from '../src/http1/codec/request-head.ts';
import { numbers, one } from './support/random.ts';

/** `FUZZ_RUNS=1000000` for the long version. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 20_000);
const timeout = RUNS > 100_000 ? 3_600_000 : 60_000;

const trusted = new TrustedPeers(['10.0.0.0/8', 'unix']);
const VALUES = [
  'for=',
  'For=',
  'proto=',
  'host=',
  'by=',
  ';',
  ',',
  ', ',
  '"',
  '\\',
  '=',
  ' ',
  '\t',
  '[',
  ']',
  ':',
  '.',
  '%',

  '203.0.113.9',
  '10.0.0.2',
  '10.0.0.3:80',
  '2001:db8::1',
  '[2001:db8::1]:443',
  '::ffff:1.2.3.4',
  'unknown',
  '_x',
  'fe80::1%1',

  'https',
  'http',
  'wss',
  'ws',
  'HTTPS',
  'gopher',
  'example.com',
  'example.com:80',
  'a/b',
  '\xe9',
  '\0',
  '443',
  '65536',
];
const NAMES = [
  'HTTP_FORWARDED',
  'HTTP_X_FORWARDED_FOR',
  'HTTP_X_FORWARDED_PROTO',
  'HTTP_X_FORWARDED_HOST',
  'HTTP_X_FORWARDED_PORT',
] as const;

/** What a peer may throw at a reader, and what else is a fault of ours. */
function refusal(act: () => void): string | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof TsgiError && error.side === 'peer' && error.statusHint === 400) return error.code;
    throw error;
  }
  return undefined;
}

test(
  'whatever is forwarded: refused, or an environ that holds together',
  () => {
    const random = numbers(1);
    let refused = 0;
    let changed = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const headers: Record<string, string> = {};
      for (const name of NAMES) {
        if (random() < 0.5) continue;
        headers[name] = Array.from({ length: Math.floor(random() * 8) }, () => one(random, VALUES)).join('');
      }
      const from = one(random, ['10.0.0.1', '203.0.113.1', undefined]);
      const scheme = one(random, ['http', 'https'] as const);
      const environ = { __proto__: null } as unknown as Environ;
      Object.assign(environ, headers, { HTTP_HOST: 'inner', SERVER_PORT: '8000', 'tsgi.url_scheme': scheme });
      if (from !== undefined) environ.REMOTE_ADDR = from;
      if (scheme === 'https') environ.HTTPS = 'on';
      const before = { ...environ };
      if (refusal(() => applyForwarded(environ, trusted)) !== undefined) {
        refused += 1;
        expect(from).not.toBe('203.0.113.1');
        continue;
      }
      const { REMOTE_ADDR: address, HTTP_HOST: host = '', HTTPS, SERVER_PORT: port } = environ;
      const found = JSON.stringify(headers);
      if (from === '203.0.113.1') expect({ ...environ }, found).toEqual(before);
      if (address !== from) {
        changed += 1;
        if (isIP(address ?? '') === 0 || /^::ffff:|[A-F]|%/.test(address ?? '')) expect.fail(`${address}: ${found}`);
        // It stands in one of the lists, in some spelling.
        if (!/for=|X_FORWARDED_FOR/i.test(found)) expect.fail(found);
      }
      if (!isHost(host)) expect.fail(`${host}: ${found}`);
      if ((HTTPS === 'on') !== (environ['tsgi.url_scheme'] === 'https')) expect.fail(found);
      if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) expect.fail(found);
    }
    // Neither outcome may be a rarity, or this shows nothing.
    expect(refused).toBeGreaterThan(RUNS / 200);
    expect(changed).toBeGreaterThan(RUNS / 200);
  },
  timeout,
);

const LINES = [
  'PROXY ',
  'TCP4 ',
  'TCP6 ',
  'UNKNOWN',
  ' ',
  '\r\n',
  '\r',
  '\n',
  '1.2.3.4',
  '2001:db8::1',
  '::ffff:1.2.3.4',
  '0',
  '443',
  '65536',

  '\r\n\r\n\0\r\nQUIT\n',
  '\x21',
  '\x20',
  '\x11',
  '\x21',
  '\x31',
  '\0\x0c',
  '\0\x24',
  '\xff\xff',
  'GET / HTTP/1.1',
  '\0',
];
const WHOLE = [
  'PROXY TCP4 203.0.113.9 192.0.2.1 1234 443\r\n',
  'PROXY TCP6 2001:DB8::1 ::1 1234 443\r\n',
  '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\xc0\0\x02\x01\x04\xd2\x01\xbb',
  `\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24${'\x20\x01'.repeat(16)}\x04\xd2\x01\xbb`,
];

function randomHeader(random: () => number): Buffer {
  if (random() < 0.3)
    return Buffer.from(
      Array.from({ length: 1 + Math.floor(random() * 9) }, () => one(random, LINES)).join(''),
      'latin1',
    );
  const bytes = Buffer.from(one(random, WHOLE) + one(random, ['', 'GET', '\0\0']), 'latin1');
  for (let count = Math.floor(random() * 4); count > 0; count -= 1) {
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  }
  return bytes;
}

test(
  'whatever stands where a PROXY header should: refused, not whole, or read alike however it is cut',
  () => {
    const random = numbers(2);
    const outcomes = { refused: 0, waits: 0, read: 0 };
    for (let run = 0; run < RUNS; run += 1) {
      const bytes = randomHeader(random);
      const found = JSON.stringify(bytes.toString('latin1'));
      let read: ReturnType<typeof readProxyHeader>;
      if (refusal(() => (read = readProxyHeader(bytes))) !== undefined) {
        outcomes.refused += 1;
        continue;
      }
      if (read === undefined) outcomes.waits += 1;
      else {
        outcomes.read += 1;
        if (read.length > bytes.length || read.length < 15) expect.fail(found);
        const { addresses } = read;
        if (addresses !== undefined) {
          for (const address of [addresses.sourceAddress, addresses.destinationAddress])
            if (isIP(address) === 0) expect.fail(found);
          for (const port of [addresses.sourcePort, addresses.destinationPort])
            if (!(port >= 0 && port <= 65_535)) expect.fail(found);
        }
        const exact = readProxyHeader(bytes.subarray(0, read.length));
        if (JSON.stringify(exact) !== JSON.stringify(read)) expect.fail(found);
      }
      // Of what is not refused no part is, nor is a part whole that is shorter than the header.
      const cut = Math.floor(random() * (read?.length ?? bytes.length));
      if (readProxyHeader(bytes.subarray(0, cut)) !== undefined) expect.fail(found);
    }
    for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(RUNS / 100);
  },
  timeout,
);
