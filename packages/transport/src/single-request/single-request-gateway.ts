import type { App, Bytes, Environ } from '@tsgi/core';
import { variablesFromEnviron } from '@tsgi/core/cgi';
import {
  CgiAnswer,
  type ForwardedBody,
  forwardedBody,
  type ForwardOptions,
  type ForwardSettings,
  forwardSettings,
  passOnAnswer,
  pumpBody,
} from '@tsgi/core/forward';
import { checkedNumbers, duration, type NumberRules } from '@tsgi/core/options';
import { type Address, parseAddress } from '../address/address.ts';
import { connectTo } from '../connect/connect.ts';
import { openSpoolFile } from '../files/spool-file.ts';
import { UpstreamConnection } from './upstream-connection.ts';

/** Where and how such a gateway forwards. Durations are milliseconds, sizes bytes. */
export interface SingleRequestGatewayOptions extends ForwardOptions {
  /** The server: an address, or its text: `HOST:PORT`, `unix:PATH`, and what `--to` or `RunningServer.address` says. */
  address: Address | string;
  /** Until the connection is made; then 502. Default 3,000. */
  connectTimeout?: number;
}

/** What is a wire's own on its gateway's end. */
export interface SingleRequestEncoding {
  /** May stand before the text of an address. */
  readonly scheme: string;
  /**
   * The head of a request.
   *
   * @param variables names and values alternate, byte strings.
   * @param contentLength bytes of the body that will follow.
   * @throws TsgiError with the status to answer for what the wire cannot carry.
   */
  head(variables: string[], contentLength: number): Bytes;
  /** Makes a CGI response of the server's bytes, as they come. Default: they are one. */
  answer?(): (chunk: Bytes) => Bytes;
}

const RULES: NumberRules<'connectTimeout'> = { connectTimeout: duration(3000) };

/** The options with their defaults. */
interface GatewaySettings extends ForwardSettings {
  readonly encoding: SingleRequestEncoding;
  readonly address: Address;
  readonly connectTimeout: number;
}

/**
 * An application that forwards every request over a connection of its own and gives the answer. Follows local redirects.
 *
 * What goes wrong before the answer's head rejects with a `TsgiError` of side 'peer' whose `statusHint` is the status to
 * answer: 502 (no connection, no CGI response), 504 (late), 413 (body too long), 507 (no room to store it), 400 (not
 * expressible). What goes wrong after it makes the body throw, so that a truncated answer stays one.
 *
 * @throws TsgiError `BAD_ADDRESS`; RangeError that names an option whose value makes no sense.
 */
export function singleRequestGateway(encoding: SingleRequestEncoding, options: SingleRequestGatewayOptions): App {
  const { address } = options;
  const settings: GatewaySettings = {
    ...forwardSettings(options, openSpoolFile),
    encoding,
    address: typeof address === 'string' ? parseAddress(address, encoding.scheme) : address,
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
  const { address, connectTimeout, encoding, params } = settings;
  const { length = 0 } = body;
  const head = encoding.head(variablesFromEnviron(environ, params), length);
  const socket = await connectTo(address, { timeout: connectTimeout });
  const connection = new UpstreamConnection(socket, address.type === 'tcp', encoding.answer?.());
  const answer = new CgiAnswer(connection, environ, settings);
  connection.begin(head, length > 0, answer);
  if (length === 0) body.release();
  else {
    pumpBody(body, connection, () => answer.requestProgressed()).catch((error: unknown) => {
      // The client's body was cut short: what the server makes of the half must not pass for an answer.
      answer.fail(error);
    });
  }
  return answer;
}
