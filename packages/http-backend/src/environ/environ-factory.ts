import type { Socket } from 'node:net';
import type { Environ } from '@tsgi/core';
import { type ConnectionFacts, environFromHead, type RequestHead, type ServerTraits } from '@tsgi/core/server';
import { connectionFacts, factsFromHost } from './connection-facts.ts';
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
  #variables: Record<string, string> | undefined;

  /** @param proxied what a PROXY header said of the connection, in place of its own addresses. */
  constructor(socket: Socket, settings: EnvironSettings, proxied?: ConnectionFacts) {
    this.#socket = socket;
    this.#settings = settings;
    this.#facts = proxied;
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
