import { createErrorStream, type ServerObserver, type ServerTraits } from '@tsgi/core/server';
import { type BindOptions, logSink } from '@tsgi/transport';
import type { HttpServerContext } from './server-context.ts';
import { checkedLimits, type Limits } from './limits.ts';
import type { TlsOptions } from './tls-server.ts';
import { TrustedPeers } from '../environ/trusted-peers.ts';

/** What an HTTP server can be told, wherever it listens. */
export interface HttpOptions extends Partial<Limits> {
  /** The value of the Server header where the application gives none, and SERVER_SOFTWARE; empty: no header. Default `TSGI`. */
  serverHeader?: string;
  /** Where the application is mounted: SCRIPT_NAME. Default: at the root. */
  scriptName?: string;
  /** Other processes serve this application too. Default false. */
  multiprocess?: boolean;
  /** Other threads of this process do. Default false. */
  multithread?: boolean;
  /** TLS on this address. Default: none. */
  tls?: TlsOptions;
  /** HTTP/2: by ALPN, with `tls`. Default true. */
  http2?: boolean;
  /** HTTP/2 without TLS, for clients that know beforehand ("prior knowledge"). Default false. */
  h2c?: boolean;
  /**
   * Proxies whose `Forwarded` and `X-Forwarded-*` are believed: addresses, networks (`10.0.0.0/8`), and `unix` for peers
   * on a UNIX socket. Default: none; their headers then are headers like others.
   */
  trustedPeers?: readonly string[];
  /** Every connection begins with a PROXY header, version 1 or 2; one that does not is closed. Default false. */
  proxyProtocol?: boolean;
  /** Connections at a time; further ones are closed at once. Default: no limit. */
  maxConnections?: number;
  /** Is told of requests and connections. Default: nobody is. */
  observer?: ServerObserver;
  /** Where `tsgi.errors` and faults of the server go. Default: standard error. */
  errors?(text: string): void;
}

/** What `serve` can be told. The port is 8000 by default. */
export interface ServeOptions extends HttpOptions, BindOptions {}

export function contextOf(options: HttpOptions): HttpServerContext {
  const { serverHeader = 'TSGI' } = options;
  if (!/^[\x20-\x7e\x80-\xff]*$/.test(serverHeader)) {
    throw new RangeError(`serverHeader: expected text that a header can hold, found ${JSON.stringify(serverHeader)}`);
  }
  const limits = checkedLimits(options);
  const traits10: ServerTraits = {
    multithread: options.multithread ?? false,
    multiprocess: options.multiprocess ?? false,
    runOnce: false,
    concurrent: true,
    serverSoftware: serverHeader,
    errors: createErrorStream(logSink(options.errors)),
  };
  if (options.scriptName !== undefined) traits10.scriptName = options.scriptName;
  if (options.observer !== undefined) traits10.observer = options.observer;
  return {
    scheme: options.tls === undefined ? 'http' : 'https',
    trusted: options.trustedPeers === undefined ? undefined : new TrustedPeers(options.trustedPeers),
    limits,
    traits: { ...traits10, earlyHints: true },
    traits10,
    serverLine: serverHeader === '' ? '' : `Server: ${serverHeader}\r\n`,
  };
}
