import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TsgiError } from '@tsgi/core';
import { formatAddress } from '@tsgi/transport';
import type { Bind } from '../settings/bind.ts';
import { type CommandFailure, startError } from '../command-line/failure.ts';

/** A server that cannot start at its address: exit 3, with what can be done about it. */
export function startFailure(error: TsgiError, { scheme, address, where: bound }: Bind): CommandFailure {
  if (error.code === 'ADDRESS_IN_USE' && bound !== undefined) {
    return startError(`${bound} is already in use; choose another address with --bind`, error);
  }
  if (error.code === 'ADDRESS_IN_USE') return startError(`${error.message}; choose another address with --bind`, error);
  if (error.code === 'LISTEN_FAILED' && address.type === 'unix') {
    const folder = dirname(address.path);
    // libuv says EACCES, permission denied, where a socket's folder is missing.
    if (!existsSync(folder)) {
      return startError(`cannot listen on ${formatAddress(scheme, address)}: there is no folder ${folder}`, error);
    }
  }
  const where = formatAddress(scheme, address);
  if (error.message.includes('EACCES') && 'port' in address && address.port < 1024) {
    const how = 'a port below 1024 is for root, or for a socket that systemd hands over';
    return startError(`${error.message}; ${how}`, error);
  }
  // A group that there is not, for one, does not say whose it was to be.
  const names = error.message.includes(where) || error.message.startsWith('cannot listen on');
  return startError(names ? error.message : `cannot listen on ${where}: ${error.message}`, error);
}
