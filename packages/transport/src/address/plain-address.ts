import { isIPv6 } from 'node:net';

/**
 * An address as everybody writes it: IPv4 within IPv6 (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) is IPv4, and IPv6 is short and
 * in lower case (RFC 5952), so that two spellings of one address are equal. What is no address stays as it is.
 */
export function plainAddress(address: string): string {
  if (!isIPv6(address) || address.includes('%')) return address;
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short) ?? [];
  if (high === undefined || low === undefined) return short;
  return [high, low].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]).join('.');
}
