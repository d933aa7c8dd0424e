import type { App, RunningServer } from '@tsgi/core';
import {
  type ClassicOptions,
  type ClassicServer,
  type ClassicWire,
  makeClassicServer,
  serveSockets,
} from '@tsgi/transport';
import { HttpConnection } from './http-connection.ts';
import { createSharedReadServer } from './shared-read-socket.ts';
import { addressOf, contextOf, type HttpOptions, type ServeOptions } from './options.ts';

function wireOf(options: HttpOptions): ClassicWire {
  const context = contextOf(options);
  const { maxConnections, errors } = options;
  return {
    scheme: context.scheme,
    createServer: createSharedReadServer,
    accept: (app, socket) => new HttpConnection(app, socket, context),
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(errors === undefined ? {} : { errors }),
  };
}

/**
 * Serves an application over HTTP.
 *
 * @throws RangeError for an option that is no positive number; TsgiError `BAD_ADDRESS`, `ADDRESS_IN_USE` or
 *   `LISTEN_FAILED`, naming the address.
 */
export async function serve(app: App, options: ServeOptions = {}): Promise<RunningServer> {
  const wire = wireOf(options);
  return serveSockets({ ...wire, address: addressOf(options), accept: (socket) => wire.accept(app, socket) });
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
