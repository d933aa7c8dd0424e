import { isIP } from 'node:net';
import type { Environ } from '@tsgi/core';

function portOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

/** A connection's two ends, as a `net.Socket` tells them; over a UNIX socket there are none. */
export const addresses = {
  remoteAddress: (environ: Environ): string | undefined => environ.REMOTE_ADDR,
  remotePort: (environ: Environ): number | undefined => portOf(environ.REMOTE_PORT),
  localPort: (environ: Environ): number | undefined => portOf(environ.SERVER_PORT),
  localAddress(environ: Environ): string | undefined {
    const { SERVER_ADDR: address, SERVER_NAME: name } = environ;
    if (typeof address === 'string') return address;
    const bare = name.replace(/^\[|\]$/g, '');
    return isIP(bare) === 0 ? undefined : bare;
  },
  family(address: string | undefined): 'IPv4' | 'IPv6' | undefined {
    return address === undefined ? undefined : address.includes(':') ? 'IPv6' : 'IPv4';
  },
};
