import { TsgiError } from '@tsgi/core';
import { Target, Targets } from '@tsgi/core/forward';
import { type Address, formatAddress, parseAddress } from '../address/address.ts';

/** Where a gateway forwards: one server, or several that answer the same. */
export type TargetAddresses = Address | string | readonly (Address | string)[];

/**
 * The servers behind a gateway.
 *
 * @param scheme of the wire: it may stand before the text of an address, and names the targets.
 * @param way how to get to one of them.
 * @throws TsgiError `BAD_ADDRESS` for none, for one that is none or is named twice.
 */
export function targetsAt<Way>(
  addresses: TargetAddresses,
  scheme: string,
  way: (address: Address) => Way,
): Targets<Way> {
  const list = isList(addresses) ? addresses : [addresses];
  if (list.length === 0) throw badAddress('a gateway needs an address to forward to');
  const names = new Set<string>();
  return new Targets(
    list.map((given) => {
      const address = typeof given === 'string' ? parseAddress(given, scheme) : given;
      const name = formatAddress(scheme, address);
      if (names.has(name)) throw badAddress(`${name} is named twice among the targets`);
      names.add(name);
      return new Target(name, way(address));
    }),
  );
}

function isList(addresses: TargetAddresses): addresses is readonly (Address | string)[] {
  return Array.isArray(addresses);
}

function badAddress(message: string): TsgiError {
  return new TsgiError(message, { code: 'BAD_ADDRESS', side: 'app' });
}
