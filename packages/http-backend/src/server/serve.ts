import type { App, RunningServer } from '@tsgi/core';
import { assertApp } from '@tsgi/core/server';
import { serveWire } from '@tsgi/transport';
import { type ClassicOptions, type ClassicServer, makeClassicServer } from '@tsgi/transport/classic';
import type { HttpOptions, ServeOptions } from './options.ts';
import type { TlsOptions } from './tls-server.ts';
import { wireOf } from './wire.ts';

/** A running HTTP server. */
export interface HttpServer extends RunningServer {
  /**
   * Takes new certificates for new connections; those that are open go on.
   *
   * @throws what OpenSSL says of them (then the old ones stay); TypeError when the server does not speak TLS.
   */
  reloadTls(options: TlsOptions): void;
}

/**
 * Serves an application over HTTP.
 *
 * @throws RangeError for an option that is no positive number; TsgiError `BAD_ADDRESS`, `ADDRESS_IN_USE` or
 *   `LISTEN_FAILED`, naming the address; `BAD_TRUSTED_PEER`; what OpenSSL says of a key or a certificate; TypeError when
 *   the application is no function.
 */
export async function serve(app: App, options: ServeOptions = {}): Promise<HttpServer> {
  assertApp(app);
  const wire = wireOf(options);
  const running = await serveWire(app, wire, options, 8000);
  return Object.assign(running, { reloadTls: wire.reloadTls });
}

/** The classic door: wsgiref's `make_server`. The server binds at once and serves when it is told to. */
export function makeServer(
  host: string,
  port: number,
  app: App,
  options: HttpOptions & ClassicOptions = {},
): ClassicServer {
  return makeClassicServer(host, port, app, wireOf(options), options);
}
