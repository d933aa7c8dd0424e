import type { App, Bytes, Environ } from '@tsgi/core';
import { variablesFromEnviron } from '@tsgi/core/cgi';
import {
  askTargets,
  CgiAnswer,
  type ConnectTime,
  type ForwardedBody,
  forwardedBody,
  type ForwardingApp,
  forwardingApp,
  type ForwardOptions,
  type ForwardSettings,
  forwardSettings,
  passOnAnswer,
  sendBody,
  type SentRequest,
  type Targets,
} from '@tsgi/core/forward';
import { checkedNumbers, duration, type NumberRules } from '@tsgi/core/options';
import type { Address } from '../address/address.ts';
import { connectWithin } from '../connect/connect.ts';
import { type TargetAddresses, targetsAt } from '../connect/targets.ts';
import { openSpoolFile } from '../files/spool-file.ts';
import { UpstreamConnection } from './upstream-connection.ts';

/** Where and how such a gateway forwards. Durations are milliseconds, sizes bytes. */
export interface SingleRequestGatewayOptions extends ForwardOptions {
  /**
   * The server: an address, or its text: `HOST:PORT`, `unix:PATH`, and what `--to` or `RunningServer.address` says. Several are
   * servers that answer the same: each request goes to the one with the fewest under way.
   */
  address: TargetAddresses;
  /** Until a connection is made, to whichever target; then 502. Default 3,000. */
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
  readonly targets: Targets<Address>;
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
export function singleRequestGateway(
  encoding: SingleRequestEncoding,
  options: SingleRequestGatewayOptions,
): ForwardingApp {
  const settings: GatewaySettings = {
    ...forwardSettings(options, openSpoolFile),
    encoding,
    targets: targetsAt(options.address, encoding.scheme, (address) => address),
    ...checkedNumbers(RULES, options),
  };
  const app: App = async (environ, startResponse) =>
    passOnAnswer(await ask(environ, settings), environ, startResponse, app, settings);
  return forwardingApp(app, settings.targets);
}

async function ask(environ: Environ, settings: GatewaySettings): Promise<CgiAnswer> {
  const { encoding, params, targets, connectTimeout } = settings;
  const body = await forwardedBody(environ, settings, targets.all.length > 1);
  try {
    const head = encoding.head(variablesFromEnviron(environ, params), body.length ?? 0);
    return await askTargets(
      targets,
      { environ, body, connectTimeout },
      { send: (address, time) => send(address, time, head, environ, body, settings) },
    );
  } finally {
    body.release();
  }
}

/** Connects and begins to send. */
async function send(
  address: Address,
  time: ConnectTime,
  head: Bytes,
  environ: Environ,
  body: ForwardedBody,
  settings: GatewaySettings,
): Promise<SentRequest> {
  const hasBody = (body.length ?? 0) > 0;
  const socket = await connectWithin(address, time);
  const connection = new UpstreamConnection(socket, address.type === 'tcp', settings.encoding.answer?.());
  const answer = new CgiAnswer(connection, environ, settings);
  connection.begin(head, hasBody, answer);
  if (hasBody) sendBody(body, connection, answer);
  return { answer, reused: false };
}
