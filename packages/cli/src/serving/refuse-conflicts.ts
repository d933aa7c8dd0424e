import { resolve } from 'node:path';
import { usageError } from '../command-line/failure.ts';
import type { Bind } from '../settings/bind.ts';
import { sourceOf } from '../settings/layers.ts';
import type { NamedServer } from '../settings/named-servers.ts';
import type { Settings } from '../settings/settings.ts';
import type { Plan } from './plan.ts';

/** Of the process that holds or serves them all: it has one of each. */
const OF_THE_PROCESS = ['umask', 'pidFile'] as const satisfies readonly (keyof Settings)[];

/**
 * Servers of one command share a process, or the one that watches their workers: what they cannot both have is refused.
 *
 * @throws CommandFailure (exit 2) naming both.
 */
export function refuseConflicts(servers: readonly (NamedServer & { readonly plan: Plan })[]): void {
  const taken = new Map<string, string>();
  const set = new Map<string, NamedServer>();
  for (const server of servers) {
    const { name = '', layer, plan } = server;
    if (plan.type === 'cgi') throw usageError(`${name}: a CGI program serves one application; choose it with --server`);
    for (const bind of plan.binds) {
      const where = placeOf(bind);
      const other = taken.get(where);
      if (other !== undefined && where !== '') {
        const twice =
          other === name ? `${name} listens on ${where} twice` : `${other} and ${name} both listen on ${where}`;
        throw usageError(`${twice}; choose another address for one of them`);
      }
      taken.set(where, name);
    }
    for (const key of OF_THE_PROCESS) {
      const before = set.get(key);
      if (before !== undefined && before.layer.values[key] !== layer.values[key]) {
        const found = [before, server].map((each) => `${each.name} has ${each.layer.values[key] ?? 'none'}`);
        throw usageError(`${sourceOf(key, layer)}: it is one for all servers: ${found.join(', ')}`);
      }
      if (before === undefined) set.set(key, server);
    }
  }
}

/**
 * One server listens at an address once. With workers the second socket would be found out as late as in the first of them.
 *
 * @throws CommandFailure (exit 2) naming the address.
 */
export function refuseTwice(binds: readonly Bind[], source: string): void {
  const places = binds.map(placeOf);
  const twice = places.find((place, index) => place !== '' && places.indexOf(place) !== index);
  if (twice !== undefined)
    throw usageError(`${source}: ${twice} is there twice; choose another address for one of them`);
}

/** Where nobody else can listen, whatever the wire; empty where everybody can. */
function placeOf({ address }: Bind): string {
  if (address.type === 'fd') return `fd:${address.fd}`;
  if (address.type === 'unix') return `unix:${resolve(address.path)}`;
  return address.port === 0 ? '' : `${address.host}:${address.port}`;
}
