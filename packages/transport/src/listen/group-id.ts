import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { TsgiError } from '@tsgi/core';

/**
 * The number of a group. A name is looked for in `/etc/group`, then by `getent`, which knows what a directory service has.
 *
 * @param group a name, or digits.
 * @throws TsgiError `BAD_ADDRESS` for a name that no group has.
 */
export function groupId(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  const id = idIn(localGroups(), group) ?? idIn(getent(group), group);
  if (id !== undefined) return id;
  throw new TsgiError(`there is no group called ${group}`, { code: 'BAD_ADDRESS', side: 'app' });
}

/** In the lines of group(5): `name:password:GID:members`. */
function idIn(groups: string, name: string): number | undefined {
  for (const line of groups.split('\n')) {
    const [found, , id = ''] = line.split(':');
    if (found === name && /^\d+$/.test(id)) return Number(id);
  }
  return undefined;
}

function localGroups(): string {
  try {
    return readFileSync('/etc/group', 'utf8');
  } catch {
    return '';
  }
}

function getent(name: string): string {
  const { stdout } = spawnSync('getent', ['group', name], { encoding: 'utf8', timeout: 5000 });
  // Where there is none, nothing ran.
  return typeof stdout === 'string' ? stdout : '';
}
