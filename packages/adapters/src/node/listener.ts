import { IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { type Environ, TsgiError } from '@tsgi/core';
import { requestTarget } from '../environ/request-target.ts';

/** What Node calls for each request: Express's app, Koa's callback, Fastify's `routing`, `handler` of a build. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A request's way into an application: its listener, and the server that it may listen on. */
export interface NodeTarget {
  readonly listener: NodeListener;
  readonly server: Server | undefined;
}

function isServer(given: unknown): given is Server {
  return (
    typeof given === 'object' && given !== null && 'emit' in given && 'listenerCount' in given && 'listen' in given
  );
}

/** @throws TypeError for what is neither a listener nor a server. */
export function targetOf(given: unknown): NodeTarget {
  if (typeof given === 'function') return { listener: given as NodeListener, server: undefined };
  if (!isServer(given)) throw new TypeError('fromNode takes a function (req, res), or an http.Server');
  const server = given;
  return {
    server,
    listener(request, response) {
      const waits = request.headers.expect?.toLowerCase() === '100-continue';
      // R52: reading the body is what sends the 100.
      server.emit(waits && server.listenerCount('checkContinue') > 0 ? 'checkContinue' : 'request', request, response);
    },
  };
}

/** Node gives CONNECT to no request listener. */
export function refuseConnect(environ: Environ): void {
  if (environ.REQUEST_METHOD !== 'CONNECT') return;
  throw new TsgiError('method CONNECT: a (req, res) listener is not given it', {
    code: 'METHOD_NOT_SUPPORTED',
    side: 'peer',
    statusHint: 501,
  });
}

/** What `tsgi.upgrade` hands to who takes a connection over. */
interface UpgradeRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The message of an `upgrade` event: a real one, as `ws` expects. */
export function upgradeMessage(request: UpgradeRequest, socket: Duplex, environ: Environ): IncomingMessage {
  const message = new IncomingMessage(socket as Socket);
  message.method = request.method;
  message.url = requestTarget(environ);
  message.headers = { ...request.headers };
  message.rawHeaders = Object.entries(request.headers).flat();
  message.httpVersion = '1.1';
  message.httpVersionMajor = 1;
  message.httpVersionMinor = 1;
  message.complete = true;
  return message;
}
