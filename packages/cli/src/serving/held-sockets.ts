import { TsgiError } from '@tsgi/core';
import { FIRST_DESCRIPTOR } from '@tsgi/supervisor';
import { formatAddress, type HeldSocket, holdSocket } from '@tsgi/transport';
import type { Bind } from '../settings/bind.ts';
import { startFailure } from './start-failure.ts';
import type { WorkerBind } from './worker.ts';

/** The sockets that a process holds for its workers, by the address that asked for them. */
export type Sockets = ReadonlyMap<string, HeldSocket>;

/**
 * The sockets of these addresses: those that are held already, and new ones for the rest.
 *
 * @throws CommandFailure (exit 3) naming an address that cannot be had; nothing new is held then.
 */
export async function holdAll(binds: readonly Bind[], held: Sockets): Promise<Sockets> {
  const sockets = new Map<string, HeldSocket>();
  try {
    for (const bind of binds) {
      const where = formatAddress(bind.scheme, bind.address);
      try {
        sockets.set(where, held.get(where) ?? (await holdSocket(bind.scheme, bind.address)));
      } catch (error) {
        throw error instanceof TsgiError ? startFailure(error, bind) : error;
      }
    }
  } catch (error) {
    closeAllBut(held.values(), sockets);
    throw error;
  }
  return sockets;
}

export function closeAllBut(keep: Iterable<HeldSocket>, sockets: Sockets): void {
  const kept = new Set(keep);
  for (const socket of sockets.values()) if (!kept.has(socket)) socket.close();
}

/** What a worker is given of them. */
export function workerBinds(binds: readonly Bind[], sockets: Sockets): WorkerBind[] {
  const places = [...sockets.keys()];
  return binds.map(({ scheme, address }) => ({
    scheme,
    fd: FIRST_DESCRIPTOR + places.indexOf(formatAddress(scheme, address)),
  }));
}

/** Where they are, with the ports that the system chose. */
export function addressesOf(binds: readonly Bind[], sockets: Sockets): string[] {
  return binds.map(({ scheme, address }) => {
    const found = sockets.get(formatAddress(scheme, address));
    return formatAddress(scheme, found?.address ?? address);
  });
}
