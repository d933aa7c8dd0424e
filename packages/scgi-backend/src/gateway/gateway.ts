import { type ForwardingApp, gatewayError } from '@tsgi/core/forward';
import { singleRequestGateway, type SingleRequestGatewayOptions } from '@tsgi/transport/single-request';
import { encodeScgiHeader } from '../codec/header-encoder.ts';

/** Where and how an SCGI gateway forwards. Durations are milliseconds, sizes bytes. */
export interface GatewayOptions extends SingleRequestGatewayOptions {}

/**
 * An application that forwards every request to an SCGI server and gives its answer. Follows local redirects.
 *
 * What goes wrong before the answer's head rejects with a `TsgiError` of side 'peer' whose `statusHint` is the status to
 * answer: 502 (no connection, no CGI response), 504 (late), 413 (body too long), 507 (no room to store it), 400 (not
 * expressible). What goes wrong after it makes the body throw, so that a truncated answer stays one.
 *
 * @throws TsgiError `BAD_ADDRESS`; RangeError that names an option whose value makes no sense.
 */
export function gateway(options: GatewayOptions): ForwardingApp {
  return singleRequestGateway({ scheme: 'scgi', head: encodeHead }, options);
}

/** @throws TsgiError (400) for a value that would end early in the server's eyes: the client's path may hold a NUL. */
function encodeHead(variables: string[], contentLength: number): Buffer {
  if (variables.some((text) => text.includes('\0'))) {
    throw gatewayError('BAD_REQUEST', 400, 'a variable of the request holds a NUL, which SCGI cannot carry');
  }
  return encodeScgiHeader(variables, contentLength);
}
