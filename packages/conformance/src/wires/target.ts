import { TsgiError } from '@tsgi/core';
import type { Wire } from './wire.ts';

/** A server that listens. */
export type SocketTarget = {
  readonly wire: Exclude<Wire, 'cgi'>;
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
  return target.wire !== 'cgi' && target.tls === true ? 'https' : 'http';
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
  /^(?:(https?|h2c?|fcgi|scgi)(?::\/\/|\+(?=unix:)))?(?:unix:([^?]+)(?:\?.*)?|(\[[^\]]+\]|[^:/[\]]+):(\d{1,5})\/?)$/;

/**
 * Reads `[SCHEME://]HOST:PORT` or `[SCHEME+]unix:PATH`, with the schemes `http` (the default), `https`, `h2`
 * (HTTP/2 with TLS), `h2c` (without), `fcgi` and `scgi`.
 *
 * @throws TsgiError `BAD_TARGET`.
 */
export function parseTarget(text: string): SocketTarget {
  const match = TARGET.exec(text);
  const [, scheme = 'http', path, host, port] = match ?? [];
  const over = SCHEMES[scheme] ?? { wire: 'http' };
  if (path !== undefined) return { ...over, path };
  if (host === undefined || Number(port) > 65_535) {
    throw new TsgiError(
      `bad target "${text}": expected [SCHEME://]HOST:PORT or [SCHEME+]unix:PATH, with http, https, h2, h2c, fcgi or scgi`,
      { code: 'BAD_TARGET', side: 'app' },
    );
  }
  return { ...over, host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
