import type { App, Bytes, Environ } from '@tsgi/core';
import { variablesFromEnviron } from '@tsgi/core/cgi';
import { forwardedBody, gatewayError, passOnAnswer, type RedirectSettings } from '@tsgi/core/forward';
import { type Address, connectTo, parseAddress, timerTime, type UpstreamSocket } from '@tsgi/transport';
import { Answer, type AnswerSettings } from './answer.ts';
import { encodeScgiHeader } from '../codec/header-encoder.ts';
import { sendBody } from './send-body.ts';

/** Where and how an SCGI gateway forwards. Durations are milliseconds, sizes bytes. */
export interface GatewayOptions {
  /** The SCGI server: an address, or its text: `HOST:PORT`, `unix:PATH`, and what `--to` or `RunningServer.address` says. */
  address: Address | string;
  /** Until the connection is made; then 502. Default 3 000. */
  connectTimeout?: number;
  /** From the last byte of the request that was sent to the end of the answer's head; then 504. Default 60 000. */
  responseTimeout?: number;
  /** Between two pieces of the answer's body; then the answer is cut off, visibly. Default 60 000. */
  idleTimeout?: number;
  /** The longest request body; beyond it 413. Default: unlimited. */
  maxBody?: number;
  /**
   * The longest body whose length the client did not announce; beyond it 413. SCGI wants the length first, so such a
   * body is held in memory until its end. Default 16 777 216.
   */
  maxSpool?: number;
  /**
   * Answers local redirects (RFC 3875 §6.2.2), with the whole path in PATH_INFO. Default: the gateway itself, for a path
   * inside its mount; any other becomes a redirect of the client.
   */
  redirectTo?: App;
}

/** `GatewayOptions` with their defaults. */
interface GatewaySettings extends AnswerSettings, RedirectSettings {
  readonly address: Address;
  readonly connectTimeout: number;
  readonly maxBody: number;
  readonly maxSpool: number;
}

/**
 * An application that forwards every request to an SCGI server and gives its answer. Follows local redirects.
 *
 * What goes wrong before the answer's head rejects with a `TsgiError` of side 'peer' whose `statusHint` is the status to
 * answer: 502 (no connection, no CGI response), 504 (late), 413 (body too long), 400 (not expressible). What goes wrong
 * after it makes the body throw, so that a truncated answer stays one.
 *
 * @throws TsgiError `BAD_ADDRESS`.
 */
export function gateway(options: GatewayOptions): App {
  const { address, connectTimeout = 3000, responseTimeout = 60_000, idleTimeout = 60_000 } = options;
  const server = typeof address === 'string' ? parseAddress(address, 'scgi') : address;
  const settings: GatewaySettings = {
    address: server,
    overTcp: server.type === 'tcp',
    connectTimeout,
    responseTimeout: timerTime(responseTimeout),
    idleTimeout: timerTime(idleTimeout),
    maxBody: options.maxBody ?? Infinity,
    maxSpool: options.maxSpool ?? 16_777_216,
    redirectTo: options.redirectTo,
  };
  const app: App = async (environ, startResponse) =>
    passOnAnswer(await ask(environ, settings), environ, startResponse, app, settings);
  return app;
}

/** Connects and sends the request, or begins to. */
async function ask(environ: Environ, settings: GatewaySettings): Promise<Answer> {
  const { length = 0, chunks } = await forwardedBody(environ, settings.maxBody, settings.maxSpool);
  const header = encodeScgiHeader(sendable(environ), length);
  const socket = await connectTo(settings.address, { timeout: settings.connectTimeout });
  const answer = new Answer(socket, environ['tsgi.signal'], settings);
  socket.write(header);
  if (length > 0) sendOn(chunks, socket, answer);
  else answer.requestSent();
  return answer;
}

/** Runs beside the answer: a server may begin to answer before it has read the whole body. */
function sendOn(body: Iterable<Bytes> | AsyncIterable<Bytes>, socket: UpstreamSocket, answer: Answer): void {
  sendBody(body, socket, () => answer.requestProgressed()).then(
    () => answer.requestSent(),
    // The client's body was cut short: what the server makes of the half must not pass for an answer.
    (error: unknown) => answer.fail(error),
  );
}

/** @throws TsgiError (400) for a value that would end early in the server's eyes: the client's path may hold a NUL. */
function sendable(environ: Environ): string[] {
  const variables = variablesFromEnviron(environ);
  if (variables.some((text) => text.includes('\0'))) {
    throw gatewayError('BAD_REQUEST', 400, 'a variable of the request holds a NUL, which SCGI cannot carry');
  }
  return variables;
}
