import type { NetConnectOpts } from 'node:net';
import { TsgiError } from '@tsgi/core';
import { Deadline } from '@tsgi/core/clock';
import type { ConnectTime } from '@tsgi/core/forward';
import { type Address, checkAddress, formatAddress } from '../address/address.ts';
import { UpstreamSocket } from './upstream-socket.ts';

/** How `connectTo` connects. */
export interface ConnectOptions {
  /** Milliseconds. */
  timeout: number;
}

/** What this process has no more of: it says nothing of the server. */
const OUR_OWN: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/**
 * Connects a gateway to its server.
 *
 * @throws TsgiError `CONNECT_FAILED` or `CONNECT_TIMEOUT` (502 both: the next server is at fault, not the client), `NO_SOCKET`
 *   when this process can have no more of them, `BAD_ADDRESS` for an inherited descriptor, which nobody connects to.
 */
export async function connectTo(address: Address, options: ConnectOptions): Promise<UpstreamSocket> {
  checkAddress(address);
  const where = formatAddress('', address).replace(/^(?::\/\/|\+)/, '');
  const target = connectOptions(address, where);
  return new Promise((resolve, reject) => {
    const socket = new UpstreamSocket();
    socket.setNoDelay(true);
    socket.connect(target);
    const deadline = new Deadline(() => {
      socket.destroy();
      reject(connectError(`no connection to ${where} within ${options.timeout} ms`, 'CONNECT_TIMEOUT'));
    });
    deadline.in(options.timeout);
    const onError = (error: Error): void => {
      deadline.clear();
      // Several addresses of one name fail as an AggregateError, which has no message of its own.
      const why = error instanceof AggregateError ? String(error.errors[0]) : error.message;
      const code = 'code' in error && OUR_OWN.has(error.code) ? 'NO_SOCKET' : 'CONNECT_FAILED';
      reject(connectError(`cannot connect to ${where}: ${why}`, code, error));
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      deadline.clear();
      socket.off('error', onError);
      resolve(socket);
    });
  });
}

/** As `connectTo`, for one of several attempts. */
export async function connectWithin(address: Address, time: ConnectTime): Promise<UpstreamSocket> {
  const begun = performance.now();
  try {
    return await connectTo(address, { timeout: time.share });
  } catch (error) {
    time.spend(performance.now() - begun);
    throw error;
  }
}

function connectOptions(address: Address, where: string): NetConnectOpts {
  if (address.type === 'unix') return { path: address.path };
  if (address.type === 'tcp') {
    return { host: address.host === '' ? 'localhost' : address.host, port: address.port };
  }
  throw new TsgiError(`cannot connect to ${where}: a descriptor is for listening; expected HOST:PORT or unix:PATH`, {
    code: 'BAD_ADDRESS',
    side: 'app',
  });
}

function connectError(message: string, code: string, cause?: unknown): TsgiError {
  return new TsgiError(message, { code, side: 'peer', statusHint: 502, cause });
}
