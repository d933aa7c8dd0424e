import { lookup } from 'node:dns/promises';
import net, { isIP, isIPv6 } from 'node:net';
import { getSystemErrorMap } from 'node:util';
import { TsgiError } from '@tsgi/core';
import { type Address, checkAddress, formatAddress } from '../address/address.ts';
import { listenError } from './listen.ts';
import { bindToPath, type PathBinder } from './unix-socket.ts';

/** A bound socket that this process holds and never accepts from: its children listen on the descriptor. */
export interface HeldSocket {
  readonly fd: number;
  /** With the port that the system chose. */
  readonly address: Address;
  /** Lets go of it; children that listen go on. */
  close(): void;
}

/** What `node:cluster` makes its shared sockets with; Node has had it under this name since 0.6. */
interface ServerHandle {
  readonly fd: number;
  getsockname(out: { address?: string; port?: number }): number;
  close(): void;
}
type CreateServerHandle = (address: string | null, port: number, type: 4 | 6 | -1) => ServerHandle | number;

/**
 * Binds an address without accepting there. What connects waits in the kernel's queue from the moment in which the first
 * child listens, and no queue is lost when one child makes way for the next: all of them listen on this one socket.
 *
 * @throws TsgiError `BAD_ADDRESS`, `ADDRESS_IN_USE` or `LISTEN_FAILED`, each naming the address.
 */
export async function holdSocket(scheme: string, address: Address): Promise<HeldSocket> {
  checkAddress(address);
  const where = formatAddress(scheme, address);
  if (address.type === 'fd') return { fd: address.fd, address, close() {} };
  if (address.type === 'unix') return holdPath(address, where);
  const { host, port } = address;
  const handle = bindTcp(where, await addressesOf(host, where), port);
  const bound: { address?: string; port?: number } = {};
  handle.getsockname(bound);
  return {
    fd: handle.fd,
    address: { type: 'tcp', host: bound.address ?? host, port: bound.port ?? port },
    close: () => handle.close(),
  };
}

async function holdPath(address: Address & { type: 'unix' }, where: string): Promise<HeldSocket> {
  let handle: ServerHandle | undefined;
  const binder: PathBinder = {
    async bind(path) {
      const made = createHandle(path, -1, -1);
      if (typeof made === 'number') throw systemError(made);
      handle = made;
    },
    close: () => handle?.close(),
  };
  try {
    const file = await bindToPath(binder, address);
    const close = (): void => {
      file.remove();
      handle?.close();
    };
    return { fd: handle?.fd ?? -1, address, close };
  } catch (error) {
    throw listenError(error, where);
  }
}

async function addressesOf(host: string, where: string): Promise<string[]> {
  // As Node listens on every interface: IPv6 and IPv4 at once, or IPv4 where there is no IPv6.
  if (host === '') return ['::', '0.0.0.0'];
  if (isIP(host) !== 0) return [host];
  try {
    return [(await lookup(host)).address];
  } catch (error) {
    throw failed(where, error instanceof Error ? error.message : String(error), error);
  }
}

function bindTcp(where: string, candidates: readonly string[], port: number): ServerHandle {
  let failure: unknown;
  for (const candidate of candidates) {
    const handle = createHandle(candidate, port, isIPv6(candidate) ? 6 : 4);
    if (typeof handle !== 'number') return handle;
    failure = systemError(handle);
  }
  throw listenError(failure, where);
}

function createHandle(address: string, port: number, type: 4 | 6 | -1): ServerHandle | number {
  const { _createServerHandle: create } = net as unknown as { _createServerHandle: CreateServerHandle };
  const handle = create(address, port, type);
  if (typeof handle === 'number' || port === -1) return handle;
  // libuv keeps to itself that an address is in use until somebody asks (uv_tcp_bind).
  const failed = handle.getsockname({});
  if (failed === 0) return handle;
  handle.close();
  return failed;
}

/** What `net` itself would fail with. */
function systemError(errno: number): Error {
  const [code = 'UNKNOWN', text = `system error ${errno}`] = getSystemErrorMap().get(errno) ?? [];
  return Object.assign(new Error(text), { errno, code });
}

function failed(where: string, why: string, cause?: unknown): TsgiError {
  return new TsgiError(`cannot listen on ${where}: ${why}`, { code: 'LISTEN_FAILED', side: 'app', cause });
}
