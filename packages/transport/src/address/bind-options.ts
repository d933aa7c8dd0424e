import type { Address } from './address.ts';

/** Where `serve` of every socket backend listens. Of several, `address` wins, then `fd`, then `path`. */
export interface BindOptions {
  /** Default `127.0.0.1`; empty means every interface. */
  host?: string;
  /** Default: the backend's; 0 lets the system choose. */
  port?: number;
  /** A UNIX socket. */
  path?: string;
  /** The socket's permission bits. Without them the umask decides; with a group, 0o660. */
  mode?: number;
  /** The socket's group, by name or number: those who may connect besides its owner. Default: the process's. */
  group?: string | number;
  /** An inherited listening socket. */
  fd?: number;
  /** What `parseAddress` gives. */
  address?: Address;
  /**
   * Other processes may listen at the same TCP address, and the system spreads connections over them (SO_REUSEPORT). From
   * Node 22.12 and 23.1, where the system has it. Default false.
   */
  reusePort?: boolean;
}

/** The one address that these options mean. */
export function bindAddress(options: BindOptions, defaultPort: number): Address {
  const { host = '127.0.0.1', port = defaultPort, path, mode, group, fd, address } = options;
  if (address !== undefined) return address;
  if (fd !== undefined) return { type: 'fd', fd };
  if (path !== undefined) {
    const ofMode = mode === undefined ? undefined : { mode };
    return { type: 'unix', path, ...ofMode, ...(group === undefined ? undefined : { group: String(group) }) };
  }
  return { type: 'tcp', host, port };
}
