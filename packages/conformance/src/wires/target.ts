import { TsgiError } from '@tsgi/core';
import type { Peer } from './peer.ts';
import type { TaggedRequest } from './request.ts';
import type { NamedWire, Wire } from './wire.ts';

/** A wire of somebody else's, as the kit needs it: how to send a request over it and read the answer. */
export interface WireClient extends NamedWire {
  /** Connects for one request; nothing of it has been sent yet. `patience`: milliseconds. */
  open(target: SocketTarget, request: TaggedRequest, patience: number): Promise<Peer>;
}

/** A server that listens. */
export type SocketTarget = {
  readonly wire: Wire;
  /** Of a wire that is none of the kit's own. */
  readonly client?: WireClient;
  /** TLS, with whatever certificate the server has: the kit judges the wire inside. */
  readonly tls?: true;
} & ({ readonly host: string; readonly port: number } | { readonly path: string });

/** A CGI program, which the kit runs anew for each request. */
export interface ProgramTarget {
  readonly wire: 'cgi';
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** A directory for the traces: the program finds it in `TSGI_CONFORMANCE_STORE`. */
  readonly store: string;
}

/** Where the kit finds what it judges. */
export type Target = SocketTarget | ProgramTarget;

/** What the application must be told of the connection. */
export function schemeOf(target: Target): 'http' | 'https' {
  return !isProgram(target) && target.tls === true ? 'https' : 'http';
}

export function isProgram(target: Target): target is ProgramTarget {
  return 'command' in target;
}

export function clientOf(target: Target): WireClient | undefined {
  return isProgram(target) ? undefined : target.client;
}

const SCHEMES: Readonly<Record<string, Pick<SocketTarget, 'wire' | 'tls'>>> = {
  http: { wire: 'http' },
  https: { wire: 'http', tls: true },
  h2: { wire: 'http2', tls: true },
  h2c: { wire: 'http2' },
  fcgi: { wire: 'fcgi' },
  scgi: { wire: 'scgi' },
};

const TARGET =
  /^(?:([a-z][a-z0-9.-]*)(?::\/\/|\+(?=unix:)))?(?:unix:([^?]+)(?:\?.*)?|(\[[^\]]+\]|[^:/[\]]+):(\d{1,5})\/?)$/;

/**
 * Reads `[SCHEME://]HOST:PORT` or `[SCHEME+]unix:PATH`, with the schemes `http` (the default), `https`, `h2`
 * (HTTP/2 with TLS), `h2c` (without), `fcgi`, `scgi` and the names of `clients`.
 *
 * @throws TsgiError `BAD_TARGET`.
 */
export function parseTarget(text: string, clients: readonly WireClient[] = []): SocketTarget {
  const match = TARGET.exec(text);
  const [, scheme = 'http', path, host, port] = match ?? [];
  const over = overScheme(scheme, clients);
  if (over !== undefined && path !== undefined) return { ...over, path };
  if (over === undefined || host === undefined || Number(port) > 65_535) {
    throw new TsgiError(
      `bad target "${text}": expected [SCHEME://]HOST:PORT or [SCHEME+]unix:PATH, with ${schemes(clients)}`,
      { code: 'BAD_TARGET', side: 'app' },
    );
  }
  return { ...over, host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function overScheme(
  scheme: string,
  clients: readonly WireClient[],
): Pick<SocketTarget, 'wire' | 'tls' | 'client'> | undefined {
  if (Object.hasOwn(SCHEMES, scheme)) return SCHEMES[scheme];
  const client = clients.find(({ name }) => name === scheme);
  return client === undefined ? undefined : { wire: scheme, client };
}

function schemes(clients: readonly WireClient[]): string {
  return [...Object.keys(SCHEMES), ...clients.map(({ name }) => name)].join(', ');
}
