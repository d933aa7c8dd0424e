import { isIPv6, type Socket } from 'node:net';
import type { ConnectionFacts } from '@tsgi/core/server';
import { plainAddress } from '@tsgi/transport';
import { requestError } from '../http1/codec/request-error.ts';

/**
 * What the environ says about the connection. A UNIX socket has neither addresses nor ports: its requests take
 * SERVER_NAME from their Host header, else it is `localhost` (R32).
 *
 * @throws TsgiError when the client has reset the connection: the system has forgotten its address then, though what it
 *   sent can still be read, and without one it would pass for a peer on a UNIX socket.
 */
export function connectionFacts(socket: Socket, scheme: 'http' | 'https'): ConnectionFacts {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (socket.destroyed || (localAddress !== undefined && remoteAddress === undefined)) {
    throw requestError('the client has reset the connection');
  }
  const defaultPort = scheme === 'https' ? '443' : '80';
  if (localAddress === undefined) return { scheme, serverName: 'localhost', serverPort: defaultPort };
  const local = plainAddress(localAddress);
  const facts: ConnectionFacts = {
    scheme,
    serverName: isIPv6(local) ? `[${local}]` : local,
    serverPort: localPort === undefined ? defaultPort : String(localPort),
  };
  if (remoteAddress !== undefined) facts.remoteAddress = plainAddress(remoteAddress);
  if (remotePort !== undefined) facts.remotePort = String(remotePort);
  return facts;
}

/** SERVER_NAME and SERVER_PORT out of a Host header that was checked already. */
export function factsFromHost(facts: ConnectionFacts, host: string): ConnectionFacts {
  const match = /^(\[[^\]]*\]|[^:]+)(?::(\d*))?$/.exec(host);
  if (match === null) return facts;
  const [, serverName = facts.serverName, serverPort] = match;
  // A port may be empty, and then is the default one (RFC 3986 §3.2.3).
  return { ...facts, serverName, serverPort: serverPort || facts.serverPort };
}
