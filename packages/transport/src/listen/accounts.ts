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
  const [, , id = ''] = lineOf('group', group) ?? [];
  if (id !== '') return Number(id);
  throw new TsgiError(`there is no group called ${group}`, { code: 'BAD_ADDRESS', side: 'app' });
}

/** A user of the system. */
export interface UserAccount {
  readonly name: string;
  readonly uid: number;
  /** Its first group. */
  readonly gid: number;
}

/**
 * A user of the system.
 *
 * @param user a name, or digits.
 * @throws TsgiError `NO_USER`.
 */
export function userAccount(user: string): UserAccount {
  const [name = '', , uid = '', gid = ''] = lineOf('passwd', user) ?? [];
  if (uid !== '' && /^\d+$/.test(gid)) return { name, uid: Number(uid), gid: Number(gid) };
  throw new TsgiError(`there is no user called ${user}`, { code: 'NO_USER', side: 'app' });
}

/** The fields of an entry in group(5) or passwd(5), `NAME:PASSWORD:NUMBER:…`, by its name or its number. */
function lineOf(database: 'group' | 'passwd', key: string): string[] | undefined {
  return entryIn(local(database), key) ?? entryIn(getent(database, key), key);
}

function entryIn(lines: string, key: string): string[] | undefined {
  for (const line of lines.split('\n')) {
    const fields = line.split(':');
    const [name, , id = ''] = fields;
    if ((name === key || id === key) && /^\d+$/.test(id)) return fields;
  }
  return undefined;
}

function local(database: string): string {
  try {
    return readFileSync(`/etc/${database}`, 'utf8');
  } catch {
    return '';
  }
}

function getent(database: string, key: string): string {
  const { stdout } = spawnSync('getent', [database, key], { encoding: 'utf8', timeout: 5000 });
  // Where there is none, nothing ran.
  return typeof stdout === 'string' ? stdout : '';
}
