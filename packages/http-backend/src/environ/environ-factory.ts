import { isIPv6, type Socket } from 'node:net';
import type { Environ } from '@tsgi/core';
import { type ConnectionFacts, environFromHead, type RequestHead, type ServerTraits } from '@tsgi/core/server';
import { requestError } from '../http1/codec/request-error.ts';
import { plainAddress } from '@tsgi/transport';
import { applyForwarded } from './forwarded.ts';
import { tlsVariables } from './tls-variables.ts';
import type { TrustedPeers } from './trusted-peers.ts';

/** What the environs of one server have in common. */
export interface EnvironSettings {
  readonly scheme: 'http' | 'https';
  /** For clients that know interim responses. */
  readonly traits: ServerTraits;
  /** For HTTP/1.0. */
  readonly traits10: ServerTraits;
  readonly trusted: TrustedPeers | undefined;
}

/** Makes the environs of one connection; what the connection tells is found out once, with its first request. */
export class EnvironFactory {
  readonly #socket: Socket;
  readonly #settings: EnvironSettings;
  #facts: ConnectionFacts | undefined;
  #fromFrontEnd: boolean | undefined;
  #variables: Record<string, string> | undefined;

  /** @param proxied what a PROXY header said of the connection, in place of its own addresses. */
  constructor(socket: Socket, settings: EnvironSettings, proxied?: ConnectionFacts) {
    this.#socket = socket;
    this.#settings = settings;
    this.#facts = proxied;
  }

  /** Whether what the peer says of others is believed; known once a request was made. */
  get fromFrontEnd(): boolean {
    return (this.#fromFrontEnd ??= this.#settings.trusted?.includes(this.#facts?.remoteAddress) === true);
  }

  /** @throws TsgiError (400), as `environFromHead`. */
  make(head: RequestHead): Environ {
    const { scheme, traits, traits10, trusted } = this.#settings;
    const facts = (this.#facts ??= connectionFacts(this.#socket, scheme));
    const environ = environFromHead(head, facts, head.protocol === 'HTTP/1.0' ? traits10 : traits);
    if (facts.remoteAddress === undefined && environ.HTTP_HOST !== undefined) {
      const named = factsFromHost(facts, environ.HTTP_HOST);
      environ.SERVER_NAME = named.serverName;
      environ.SERVER_PORT = named.serverPort;
    }
    if (scheme === 'https') Object.assign(environ, (this.#variables ??= tlsVariables(this.#socket)));
    if (trusted !== undefined) applyForwarded(environ, trusted);
    return environ;
  }
}

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
