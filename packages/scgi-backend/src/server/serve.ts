import type { App, Backend, RunningServer } from '@tsgi/core';
import { cgiHeadText, cgiRefusal } from '@tsgi/core/cgi';
import { type BindOptions, serveWire, type Wire } from '@tsgi/transport';
import { type ClassicOptions, type ClassicServer, makeClassicServer } from '@tsgi/transport/classic';
import { type SingleRequestOptions, singleRequestWire } from '@tsgi/transport/single-request';
import { ScgiHeaderDecoder } from '../codec/header-decoder.ts';
import type { ScgiDecoderOptions } from '../codec/limits.ts';

/** How an SCGI server treats its connections. */
export interface ScgiOptions extends SingleRequestOptions, ScgiDecoderOptions {}

/** Where and how `serve` listens. */
export interface ServeOptions extends BindOptions, ScgiOptions {}

/** The port of flup's and Python's scgi servers, for there is no registered one. */
const DEFAULT_PORT = 4000;

/**
 * Serves an application over SCGI: one request a connection, many connections at a time.
 *
 * @throws RangeError for a limit that is none; TsgiError `BAD_ADDRESS`, `ADDRESS_IN_USE` or `LISTEN_FAILED`.
 */
export async function serve(app: App, options: ServeOptions = {}): Promise<RunningServer> {
  return serveWire(app, scgiWire(options), options, DEFAULT_PORT);
}

/** The classic door: binds `host` and `port`, and serves when its `serveForever` or `handleRequest` is called. */
export function makeServer(
  host: string,
  port: number,
  app: App,
  options: ScgiOptions & ClassicOptions = {},
): ClassicServer {
  return makeClassicServer(host, port, app, scgiWire(options), options);
}

/** SCGI as a value, for what works with any backend. */
export const scgiBackend: Backend<ServeOptions> = { name: 'scgi', serve };

function scgiWire({ lenient = {}, ...options }: ScgiOptions): Wire {
  return singleRequestWire(
    (bounds) => ({
      name: 'scgi',
      decoder: () => new ScgiHeaderDecoder({ ...bounds, lenient }),
      headText: cgiHeadText,
      refusal: cgiRefusal,
      framingError: 'SCGI_FRAMING',
    }),
    options,
  );
}
