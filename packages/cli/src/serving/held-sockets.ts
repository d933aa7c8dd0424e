import { TsgiError } from '@tsgi/core';
import { FIRST_DESCRIPTOR } from '@tsgi/supervisor';
import { formatAddress, type HeldSocket, holdSocket } from '@tsgi/transport';
import type { Bind } from '../settings/bind.ts';
import { startFailure } from './start-failure.ts';
import type { WorkerBind } from './worker.ts';

/** The sockets that a process holds for its workers, by the place that asked for them. */
export type Sockets = ReadonlyMap<string, HeldSocket>;

/** One of the servers that share a process, and where it listens. */
export interface Listener {
  readonly name: string | undefined;
  readonly binds: readonly Bind[];
}

/** A place for each address of a server. With port 0 each has a port of its own, or two servers would share their clients. */
export function placesOf({ name = '', binds }: Listener): string[] {
  return binds.map(({ scheme, address }, index) => {
    const where = formatAddress(scheme, address);
    return 'port' in address && address.port === 0 ? `${where} ${index} ${name}` : where;
  });
}

/**
 * The sockets of these servers: those that are held already, and new ones for the rest.
 *
 * @throws CommandFailure (exit 3) naming an address that cannot be had; nothing new is held then.
 */
export async function holdAll(listeners: readonly Listener[], held: Sockets): Promise<Sockets> {
  const sockets = new Map<string, HeldSocket>();
  try {
    for (const listener of listeners) {
      const places = placesOf(listener);
      for (const [index, bind] of listener.binds.entries()) {
        const place = places[index] ?? '';
        try {
          sockets.set(place, held.get(place) ?? (await holdSocket(bind.scheme, bind.address)));
        } catch (error) {
          throw error instanceof TsgiError ? startFailure(error, bind) : error;
        }
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
export function workerBinds(listener: Listener, sockets: Sockets): WorkerBind[] {
  const held = [...sockets.keys()];
  const places = placesOf(listener);
  const addresses = addressesOf(listener, sockets);
  return listener.binds.map(({ scheme }, index) => ({
    scheme,
    fd: FIRST_DESCRIPTOR + held.indexOf(places[index] ?? ''),
    where: addresses[index] ?? '',
  }));
}

/** Where they are, with the ports that the system chose. */
export function addressesOf(listener: Listener, sockets: Sockets): string[] {
  const places = placesOf(listener);
  return listener.binds.map(({ scheme, address }, index) => {
    const found = sockets.get(places[index] ?? '');
    return formatAddress(scheme, found?.address ?? address);
  });
}
