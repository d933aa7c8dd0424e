import { BlockList, isIP } from 'node:net';
import { TsgiError } from '@tsgi/core';
import { plainAddress } from '@tsgi/transport';

/** The peers whose word about the client is taken: addresses, networks in CIDR notation, and `unix`. */
export class TrustedPeers {
  readonly #networks = new BlockList();
  #unix = false;

  /** @throws TsgiError `BAD_TRUSTED_PEER` for an entry that is none of the three. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) this.#add(entry);
  }

  /** @param address `undefined` for a peer on a UNIX socket. */
  includes(address: string | undefined): boolean {
    if (address === undefined) return this.#unix;
    const family = isIP(address);
    return family !== 0 && this.#networks.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }

  #add(entry: string): void {
    if (entry === 'unix') {
      this.#unix = true;
      return;
    }
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address);
    const most = family === 6 ? 128 : 32;
    const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (family === 0 || !(bits <= most)) {
      throw new TsgiError(
        `trusted peer ${JSON.stringify(entry)}: expected an address, a network such as 10.0.0.0/8, or unix`,
        {
          code: 'BAD_TRUSTED_PEER',
          side: 'app',
        },
      );
    }
    const plain = plainAddress(address);
    // Peers are compared as IPv4 where they are that.
    if (family === 6 && isIP(plain) === 4 && bits >= 96) this.#networks.addSubnet(plain, bits - 96, 'ipv4');
    else this.#networks.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4');
  }
}
