import { isIP } from 'node:net';
import type { Environ } from '@tsgi/core';

/** What a `net.Socket` tells of a connection's two ends; over a UNIX socket there is none of it. */
export interface SocketAddresses {
  readonly environ: Environ;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly remoteFamily: string | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly localFamily: string | undefined;
  /** As on a `tls.TLSSocket`: there only where it is true. A plain socket has none, and middleware behind a proxy sets it. */
  encrypted: unknown;
}

function portOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

function localAddress({ SERVER_ADDR: address, SERVER_NAME: name }: Environ): string | undefined {
  if (typeof address === 'string') return address;
  const bare = name.replace(/^\[|\]$/g, '');
  return isIP(bare) === 0 ? undefined : bare;
}

function family(address: string | undefined): 'IPv4' | 'IPv6' | undefined {
  return address === undefined ? undefined : address.includes(':') ? 'IPv6' : 'IPv4';
}

const getters: Record<Exclude<keyof SocketAddresses, 'environ' | 'encrypted'>, (this: SocketAddresses) => unknown> = {
  remoteAddress() {
    return this.environ.REMOTE_ADDR;
  },
  remotePort() {
    return portOf(this.environ.REMOTE_PORT);
  },
  remoteFamily() {
    return family(this.remoteAddress);
  },
  localAddress() {
    return localAddress(this.environ);
  },
  localPort() {
    return portOf(this.environ.SERVER_PORT);
  },
  localFamily() {
    return family(this.localAddress);
  },
};

/** Gives a class of sockets the accessors, which read the environ of the socket when they are asked. */
export function defineAddresses(prototype: SocketAddresses): void {
  for (const [name, get] of Object.entries(getters))
    Object.defineProperty(prototype, name, { get, configurable: true });
  Object.defineProperty(prototype, 'encrypted', {
    get(this: SocketAddresses) {
      return this.environ['tsgi.url_scheme'] === 'https' ? true : undefined;
    },
    set(this: SocketAddresses, value: unknown) {
      Object.defineProperty(this, 'encrypted', { value, writable: true, configurable: true });
    },
    configurable: true,
  });
}
