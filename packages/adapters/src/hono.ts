import type { Environ } from '@tsgi/core';

/** As Hono's own `ConnInfo`. */
export interface ConnInfo {
  remote: { address?: string; port?: number; addressType?: 'IPv4' | 'IPv6'; transport?: 'tcp' };
}

/**
 * Where the client is: `getConnInfo(c).remote.address`, with the signature of Hono's `getConnInfo` helpers for other
 * runtimes.
 *
 * @param c Hono's context; `c.env` is the environ.
 */
export function getConnInfo(c: { env: unknown }): ConnInfo {
  const { REMOTE_ADDR: address, REMOTE_PORT: port } = c.env as Environ;
  const remote: ConnInfo['remote'] = {};
  // Over a UNIX socket nobody has an address.
  if (address !== undefined) {
    remote.address = address;
    remote.addressType = address.includes(':') ? 'IPv6' : 'IPv4';
    remote.transport = 'tcp';
  }
  if (port !== undefined && /^\d{1,5}$/.test(port)) remote.port = Number(port);
  return { remote };
}
