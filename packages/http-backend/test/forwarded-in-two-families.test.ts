import { expect, test } from 'vitest';
import type { Environ } from '@tsgi/core';
import { serve } from '../src/index.ts';
import { applyForwarded } from '../src/environ/forwarded.ts';
import { plainAddress } from '@tsgi/transport';
import { TrustedPeers } from '../src/environ/trusted-peers.ts';
import { localhost } from './support/certificates.ts';
import { RawClient } from './support/raw-client.ts';
import { hello } from './support/serving.ts';
import { connect } from 'node:tls';

const trusted = new TrustedPeers(['10.0.0.0/8', '::ffff:192.0.2.0/120', '2001:db8:ffff::/48']);

interface Given {
  Forwarded?: string;
  'X-Forwarded-For'?: string;
  'X-Forwarded-Proto'?: string;
  'X-Forwarded-Host'?: string;
  'X-Forwarded-Port'?: string;
}

function applied(headers: Given, peer = '10.0.0.1', scheme: 'http' | 'https' = 'http'): Environ {
  const environ = { __proto__: null } as unknown as Environ;
  Object.assign(environ, { REMOTE_ADDR: peer, REMOTE_PORT: '1234', HTTP_HOST: 'inner', SERVER_PORT: '8000' });
  environ['tsgi.url_scheme'] = scheme;
  if (scheme === 'https') environ.HTTPS = 'on';
  for (const [name, value] of Object.entries(headers)) {
    environ[`HTTP_${name.toUpperCase().replaceAll('-', '_')}`] = value;
  }
  applyForwarded(environ, trusted);
  return environ;
}

/** What is seen: address, scheme, host. */
function seen(headers: Given): string {
  const { REMOTE_ADDR, HTTP_HOST, 'tsgi.url_scheme': scheme } = applied(headers);
  return `${REMOTE_ADDR} ${scheme} ${HTTP_HOST}`;
}

const theirs = 'for=203.0.113.9;proto=https;host=example.com';

test.each<[string, Given, string]>([
  // One family.
  ['Forwarded', { Forwarded: theirs }, '203.0.113.9 https example.com'],
  ['Forwarded, quoted', { Forwarded: 'For="203.0.113.9:80";PROTO="https"' }, '203.0.113.9 https inner'],
  [
    'Forwarded, quoted pairs',
    { Forwarded: 'for="203.0\\.113.9";host="ex\\ample.com"' },
    '203.0.113.9 http example.com',
  ],
  ['Forwarded, blanks', { Forwarded: ' \tfor=203.0.113.9 ; proto=https\t,' }, '203.0.113.9 https inner'],
  ['Forwarded, a scheme alone', { Forwarded: 'proto=https' }, '10.0.0.1 https inner'],
  ['Forwarded, hidden', { Forwarded: 'for=unknown;proto=https' }, '10.0.0.1 https inner'],
  ['X-Forwarded-Proto alone', { 'X-Forwarded-Proto': 'https' }, '10.0.0.1 https inner'],
  ['X-Forwarded-Host alone', { 'X-Forwarded-Host': 'example.com' }, '10.0.0.1 http example.com'],
  [
    'a list that is shorter',
    { 'X-Forwarded-For': '203.0.113.9, 10.0.0.2', 'X-Forwarded-Proto': 'https' },
    '203.0.113.9 https inner',
  ],
  [
    'lists side by side',
    { 'X-Forwarded-For': '203.0.113.9, 10.0.0.2', 'X-Forwarded-Proto': 'https, http' },
    '203.0.113.9 https inner',
  ],
  [
    'what the client wrote left of it',
    { 'X-Forwarded-For': '6.6.6.6, 203.0.113.9', 'X-Forwarded-Proto': 'http, https' },
    '203.0.113.9 https inner',
  ],
  // Names of schemes.
  ['wss', { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'wss' }, '203.0.113.9 https inner'],
  ['ws', { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'WS' }, '203.0.113.9 http inner'],
  [
    'a scheme that is none',
    { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'gopher' },
    '203.0.113.9 http inner',
  ],
  // Spellings of addresses.
  ['IPv4 within IPv6', { 'X-Forwarded-For': '::ffff:203.0.113.9' }, '203.0.113.9 http inner'],
  ['IPv4 within IPv6, in digits', { Forwarded: 'for="[::FFFF:cb00:7109]:1"' }, '203.0.113.9 http inner'],
  [
    'a trusted one within IPv6',
    { 'X-Forwarded-For': '203.0.113.9, ::ffff:10.1.2.3, ::ffff:192.0.2.7' },
    '203.0.113.9 http inner',
  ],
  ['a long spelling', { 'X-Forwarded-For': '2001:0DB8:0:0:0:0:0:1' }, '2001:db8::1 http inner'],
  [
    'two spellings of one',
    { Forwarded: 'for="[2001:DB8::1]"', 'X-Forwarded-For': '2001:0db8::0001' },
    '2001:db8::1 http inner',
  ],
  // Two families that agree.
  [
    'both, of one mind',
    { Forwarded: 'for=203.0.113.9', 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'https' },
    '203.0.113.9 https inner',
  ],
  [
    'the same host in another case',
    { Forwarded: theirs, 'X-Forwarded-Host': 'EXAMPLE.com' },
    '203.0.113.9 https example.com',
  ],
  [
    'the same scheme by another name',
    { Forwarded: theirs, 'X-Forwarded-Proto': 'wss' },
    '203.0.113.9 https example.com',
  ],
  // The client wrote the other one, and erases nothing.
  ['an empty X-Forwarded-For', { Forwarded: theirs, 'X-Forwarded-For': '' }, '203.0.113.9 https example.com'],
  ['an X-Forwarded-For of commas', { Forwarded: theirs, 'X-Forwarded-For': ' , ,' }, '203.0.113.9 https example.com'],
  [
    'an X-Forwarded-Host besides',
    { Forwarded: 'for=203.0.113.9', 'X-Forwarded-Host': 'evil' },
    '203.0.113.9 http inner',
  ],
  [
    'an X-Forwarded-Proto besides',
    { Forwarded: 'for=203.0.113.9', 'X-Forwarded-Proto': 'https' },
    '203.0.113.9 http inner',
  ],
  ['a Forwarded besides', { Forwarded: 'host=evil', 'X-Forwarded-For': '203.0.113.9' }, '203.0.113.9 http inner'],
  ['an empty Forwarded', { Forwarded: '', 'X-Forwarded-For': '203.0.113.9' }, '203.0.113.9 http inner'],
  // The client wrote something malformed, and the proxy put its own behind it.
  ['a quote left of it', { Forwarded: 'for=", for=203.0.113.9;proto=https' }, '203.0.113.9 https inner'],
  ['nonsense left of a trusted one', { Forwarded: 'for=6.6.6.6 x, for=10.0.0.2' }, '10.0.0.2 http inner'],
  ['a name twice in the nearest', { Forwarded: 'for=203.0.113.9;for=6.6.6.6' }, '10.0.0.1 http inner'],
])('%s', (_name, headers, expected) => {
  expect(seen(headers)).toBe(expected);
});

test.each<[string, Given]>([
  ['clients', { Forwarded: theirs, 'X-Forwarded-For': '6.6.6.6' }],
  ['schemes', { Forwarded: theirs, 'X-Forwarded-Proto': 'http' }],
  ['hosts', { Forwarded: theirs, 'X-Forwarded-Host': 'evil' }],
  ['a hidden client, and one', { Forwarded: 'for=_hidden', 'X-Forwarded-For': '6.6.6.6' }],
  ['a client, and a hidden one', { Forwarded: theirs, 'X-Forwarded-For': 'unknown' }],
  ['schemes, without a client', { Forwarded: 'proto=https', 'X-Forwarded-Proto': 'http' }],
])('two families that differ are refused: %s', (_name, headers) => {
  expect(() => applied(headers)).toThrow(expect.objectContaining({ statusHint: 400, side: 'peer' }));
});

test.each<[string, 'http' | 'https', Given, string | undefined]>([
  ['http under TLS', 'https', { 'X-Forwarded-Proto': 'http' }, undefined],
  ['https in the clear', 'http', { 'X-Forwarded-Proto': 'https' }, 'on'],
  ['wss in the clear', 'http', { Forwarded: 'proto=wss' }, 'on'],
  ['nothing under TLS', 'https', { 'X-Forwarded-For': '203.0.113.9' }, 'on'],
])('HTTPS says what the scheme says (R39): %s', (_name, scheme, headers, expected) => {
  expect(applied(headers, '10.0.0.1', scheme).HTTPS).toBe(expected);
});

test.each<[Given, string]>([
  [{ 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Port': '443' }, '443'],
  [{ 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Port': '65536' }, '8000'],
  [{ 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Port': '443, 80' }, '8000'],
  [{ Forwarded: 'for=203.0.113.9', 'X-Forwarded-Port': '443' }, '8000'],
])('X-Forwarded-Port %#', (headers, port) => {
  expect(applied(headers).SERVER_PORT).toBe(port);
});

test('beyond a hundred trusted proxies nobody is believed', () => {
  expect(seen({ 'X-Forwarded-For': `203.0.113.9${', 10.0.0.2'.repeat(99)}` })).toContain('203.0.113.9');
  expect(seen({ 'X-Forwarded-For': `203.0.113.9${', 10.0.0.2'.repeat(100)}` })).toContain('10.0.0.2');
});

test('a peer that is not trusted says nothing, however its own address is written', () => {
  expect(applied({ Forwarded: theirs }, '203.0.113.1').REMOTE_ADDR).toBe('203.0.113.1');
  expect(trusted.includes('192.0.2.200')).toBe(true);
  expect(trusted.includes('192.0.3.1')).toBe(false);
});

test.each([
  ['::ffff:1.2.3.4', '1.2.3.4'],
  ['::FFFF:1.2.3.4', '1.2.3.4'],
  ['0:0:0:0:0:ffff:102:304', '1.2.3.4'],
  ['::1.2.3.4', '::102:304'],
  ['2001:DB8::0:1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['1.2.3.4', '1.2.3.4'],
  ['nonsense', 'nonsense'],
])('%s is written %s', (address, plain) => {
  expect(plainAddress(address)).toBe(plain);
});

test('over TLS, a proxy that was asked without: HTTPS is not on', async () => {
  const environs: Environ[] = [];
  const server = await serve(
    (environ, startResponse) => {
      environs.push(environ);
      return hello(environ, startResponse);
    },
    { port: 0, tls: localhost, trustedPeers: ['127.0.0.1'] },
  );
  const client = new RawClient(connect({ port: server.port ?? 0, host: '127.0.0.1', rejectUnauthorized: false }));
  client.send('GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: http\r\nConnection: close\r\n\r\n');
  await client.rest();
  client.destroy();
  await server.close({ grace: 0 });
  expect(environs[0]).toMatchObject({ 'tsgi.url_scheme': 'http' });
  expect(environs[0]?.HTTPS).toBeUndefined();
});
