import { TsgiError } from '@tsgi/core';
import { groupId, userAccount, type UserAccount } from '@tsgi/transport/accounts';
import { startError, usageError } from '../command-line/failure.ts';
import { type Layer, sourceOf } from '../settings/layers.ts';
import type { Settings } from '../settings/settings.ts';

/** Whom a worker becomes. */
export interface Identity {
  readonly user: UserAccount | undefined;
  readonly gid: number;
}

/**
 * Whom the workers are to become; `undefined` when they stay who started them.
 *
 * @throws CommandFailure (exit 2) for a user or a group that there is not; (exit 3) when this process may not.
 */
export function identityOf(layer: Layer<Settings>): Identity | undefined {
  const { user: userName, group: groupName } = layer.values;
  if (userName === undefined && groupName === undefined) return undefined;
  const user = userName === undefined ? undefined : known('user', layer, () => userAccount(userName));
  const gid = groupName === undefined ? user?.gid : known('group', layer, () => groupId(groupName));
  if (gid === undefined || isAlready(user, gid)) return undefined;
  if (process.geteuid?.() === 0) return { user, gid };
  const source = sourceOf(userName === undefined ? 'group' : 'user', layer);
  throw startError(`${source} ${userName ?? groupName}: only root can become another user or group`);
}

/** Node has had it since 0.9, and its types have not. */
interface WithGroups {
  initgroups?(user: string, extraGroup: number): void;
}

/** For good: what is only root's, this process has read or holds. */
export function becomeUser({ user, gid }: Identity): void {
  if (user === undefined) process.setgroups?.([gid]);
  else (process as WithGroups).initgroups?.(user.name, gid);
  process.setgid?.(gid);
  if (user !== undefined) process.setuid?.(user.uid);
}

function known<Found>(key: 'user' | 'group', layer: Layer<Settings>, find: () => Found): Found {
  try {
    return find();
  } catch (error) {
    throw error instanceof TsgiError ? usageError(`${sourceOf(key, layer)}: ${error.message}`) : error;
  }
}

function isAlready(user: UserAccount | undefined, gid: number): boolean {
  return (user === undefined || user.uid === process.geteuid?.()) && gid === process.getegid?.();
}
