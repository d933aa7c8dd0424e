import { expect, test } from 'vitest';
import { plainAddress } from '../src/index.ts';

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['::FFFF:10.1.2.3', '10.1.2.3'],
  ['::ffff:0a01:0203', '10.1.2.3'],
  ['0:0:0:0:0:ffff:255.255.255.255', '255.255.255.255'],
  ['::1', '::1'],
  ['2001:0DB8:0:0::0001', '2001:db8::1'],
  // Not IPv4 within IPv6: the prefixes only look like it.
  ['::fffe:10.1.2.3', '::fffe:a01:203'],
  ['1::ffff:10.1.2.3', '1::ffff:a01:203'],
  // No addresses, or not of this system alone.
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['::ffff:localhost', '::ffff:localhost'],
  ['unix', 'unix'],
  ['', ''],
])('%s is %s', (address, plain) => {
  expect(plainAddress(address)).toBe(plain);
});
