import { TsgiError } from '@tsgi/core';

/** A server that listens. */
export type SocketTarget = { readonly wire: 'http' | 'fcgi' | 'scgi' } & (
  | { readonly host: string; readonly port: number }
  | { readonly path: string }
);

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

const TARGET =
  /^(?:(http|fcgi|scgi)(?::\/\/|\+(?=unix:)))?(?:unix:([^?]+)(?:\?.*)?|(\[[^\]]+\]|[^:/[\]]+):(\d{1,5})\/?)$/;

/**
 * Reads `[SCHEME://]HOST:PORT` or `[SCHEME+]unix:PATH`, with the schemes `http` (the default), `fcgi` and `scgi`.
 *
 * @throws TsgiError `BAD_TARGET`.
 */
export function parseTarget(text: string): SocketTarget {
  const match = TARGET.exec(text);
  const [, scheme = 'http', path, host, port] = match ?? [];
  const wire = scheme === 'fcgi' || scheme === 'scgi' ? scheme : 'http';
  if (path !== undefined) return { wire, path };
  if (host === undefined || Number(port) > 65_535) {
    throw new TsgiError(
      `bad target "${text}": expected [SCHEME://]HOST:PORT or [SCHEME+]unix:PATH, with http, fcgi or scgi`,
      { code: 'BAD_TARGET', side: 'app' },
    );
  }
  return { wire, host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
