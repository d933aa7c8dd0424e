import type { App, Backend, RunningServer } from '@tsgi/core';
import type { WireClient } from '@tsgi/conformance';
import { type BindOptions, serveWire } from '@tsgi/transport';
import {
  singleRequestGateway,
  type SingleRequestGatewayOptions,
  singleRequestLimitRules,
  type SingleRequestOptions,
  singleRequestWire,
} from '@tsgi/transport/single-request';
import { cgiFromHttp, httpHeadText, httpRefusal } from './http-head.ts';
import { UwsgiPacketDecoder } from './packet-decoder.ts';
import { encodeUwsgiPacket } from './packet-encoder.ts';

/** Where and how `serve` listens. */
export interface ServeOptions extends BindOptions, SingleRequestOptions {}

/** The port of uWSGI's own examples. */
const DEFAULT_PORT = 3031;

/**
 * Serves an application over uwsgi: one request a connection, many connections at a time.
 *
 * @throws RangeError for a limit that is none; TsgiError `BAD_ADDRESS`, `ADDRESS_IN_USE` or `LISTEN_FAILED`.
 */
export async function serve(app: App, options: ServeOptions = {}): Promise<RunningServer> {
  const wire = singleRequestWire(
    ({ headSize, headerCount }) => ({
      name: 'uwsgi',
      decoder: () => new UwsgiPacketDecoder(headSize, headerCount),
      headText: httpHeadText,
      refusal: httpRefusal,
      framingError: 'UWSGI_FRAMING',
    }),
    options,
  );
  return serveWire(app, wire, options, DEFAULT_PORT);
}

/** An application that forwards every request to a uwsgi server, such as uWSGI, and gives its answer. */
export function gateway(options: SingleRequestGatewayOptions): App {
  const head = (variables: string[], length: number): Buffer =>
    encodeUwsgiPacket([...without(variables, 'CONTENT_LENGTH'), 'CONTENT_LENGTH', String(length)]);
  return singleRequestGateway({ scheme: 'uwsgi', head, answer: cgiFromHttp }, options);
}

function without(variables: readonly string[], name: string): string[] {
  return variables.filter((_, index) => variables[index - (index % 2)] !== name);
}

/** What `--plugins` looks for. */
const uwsgiBackend: Backend<ServeOptions> = {
  name: 'uwsgi',
  serve,
  obeys: Object.keys(singleRequestLimitRules),
  gateway: (options) => gateway(options as SingleRequestGatewayOptions),
};
export default uwsgiBackend;

/** What the conformance kit looks for. */
export async function conformance(): Promise<WireClient> {
  const { uwsgiClient } = await import('./kit-client.ts');
  return uwsgiClient;
}
