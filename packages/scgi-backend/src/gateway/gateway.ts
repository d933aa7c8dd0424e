import type { App, Environ } from '@tsgi/core';
import { variablesFromEnviron } from '@tsgi/core/cgi';
import {
  CgiAnswer,
  type ForwardedBody,
  forwardedBody,
  type ForwardOptions,
  type ForwardSettings,
  forwardSettings,
  gatewayError,
  passOnAnswer,
  pumpBody,
} from '@tsgi/core/forward';
import { checkedNumbers, duration, type NumberRules } from '@tsgi/core/options';
import { type Address, connectTo, parseAddress } from '@tsgi/transport';
import { openSpoolFile } from '@tsgi/transport/files';
import { encodeScgiHeader } from '../codec/header-encoder.ts';
import { UpstreamConnection } from './upstream-connection.ts';

/** Where and how an SCGI gateway forwards. Durations are milliseconds, sizes bytes. */
export interface GatewayOptions extends ForwardOptions {
  /** The SCGI server: an address, or its text: `HOST:PORT`, `unix:PATH`, and what `--to` or `RunningServer.address` says. */
  address: Address | string;
  /** Until the connection is made; then 502. Default 3,000. */
  connectTimeout?: number;
}

const RULES: NumberRules<'connectTimeout'> = { connectTimeout: duration(3000) };

/** `GatewayOptions` with their defaults. */
interface GatewaySettings extends ForwardSettings {
  readonly address: Address;
  readonly connectTimeout: number;
}

/**
 * An application that forwards every request to an SCGI server and gives its answer. Follows local redirects.
 *
 * What goes wrong before the answer's head rejects with a `TsgiError` of side 'peer' whose `statusHint` is the status to
 * answer: 502 (no connection, no CGI response), 504 (late), 413 (body too long), 507 (no room to store it), 400 (not
 * expressible). What goes wrong after it makes the body throw, so that a truncated answer stays one.
 *
 * @throws TsgiError `BAD_ADDRESS`; RangeError that names an option whose value makes no sense.
 */
export function gateway(options: GatewayOptions): App {
  const { address } = options;
  const settings: GatewaySettings = {
    ...forwardSettings(options, openSpoolFile),
    address: typeof address === 'string' ? parseAddress(address, 'scgi') : address,
    ...checkedNumbers(RULES, options),
  };
  const app: App = async (environ, startResponse) =>
    passOnAnswer(await ask(environ, settings), environ, startResponse, app, settings);
  return app;
}

async function ask(environ: Environ, settings: GatewaySettings): Promise<CgiAnswer> {
  const body = await forwardedBody(environ, settings);
  try {
    return await send(environ, body, settings);
  } catch (error) {
    body.release();
    throw error;
  }
}

/** Connects and sends the request, or begins to. */
async function send(environ: Environ, body: ForwardedBody, settings: GatewaySettings): Promise<CgiAnswer> {
  const { address, connectTimeout } = settings;
  const { length = 0 } = body;
  const header = encodeScgiHeader(sendable(environ, settings), length);
  const socket = await connectTo(address, { timeout: connectTimeout });
  const connection = new UpstreamConnection(socket, address.type === 'tcp');
  const answer = new CgiAnswer(connection, environ, settings);
  connection.begin(header, length > 0, answer);
  if (length === 0) body.release();
  else {
    pumpBody(body, connection, () => answer.requestProgressed()).catch((error: unknown) => {
      // The client's body was cut short: what the server makes of the half must not pass for an answer.
      answer.fail(error);
    });
  }
  return answer;
}

/** @throws TsgiError (400) for a value that would end early in the server's eyes: the client's path may hold a NUL. */
function sendable(environ: Environ, { params }: GatewaySettings): string[] {
  const variables = variablesFromEnviron(environ, params);
  if (variables.some((text) => text.includes('\0'))) {
    throw gatewayError('BAD_REQUEST', 400, 'a variable of the request holds a NUL, which SCGI cannot carry');
  }
  return variables;
}
