import { plainAddress } from '@tsgi/transport';

/**
 * The peers that FCGI_WEB_SERVER_ADDRS names (section 3.2).
 *
 * @returns `undefined` when it names none: then everybody may connect.
 */
export function webServerSet(addresses: readonly string[] | undefined): ReadonlySet<string> | undefined {
  const named = (addresses ?? []).map((address) => address.trim()).filter((address) => address !== '');
  return named.length === 0 ? undefined : new Set(named.map(plainAddress));
}

/** Whether a peer may talk to us: only over TCP, and from an address that is named. */
export function isWebServer(named: ReadonlySet<string>, remoteAddress: string | undefined): boolean {
  // A dual-stack socket shows an IPv4 peer as ::ffff:127.0.0.1.
  return remoteAddress !== undefined && named.has(plainAddress(remoteAddress));
}
