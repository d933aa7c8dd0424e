import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { App, Body, Environ, StartResponse } from '@tsgi/core';
import { createRequest } from './incoming-message.ts';
import { type NodeListener, type NodeTarget, refuseConnect, targetOf, upgradeMessage } from './listener.ts';
import { loopback } from './loopback.ts';
import { nodeIsAsKnown } from './self-test.ts';
import { createResponse } from './server-response.ts';
import { teachThatListenersDieYoung } from './short-lived-listeners.ts';
import { WireSocket } from './wire-socket.ts';

type Upgrade = (
  environ: Environ,
  startResponse: StartResponse,
  takeOver: (request: never, socket: Duplex, head: Buffer) => void,
) => Body;

/**
 * Runs a Node `(req, res)` application as a TSGI application: Express, Koa's `callback()`, Fastify's `routing`, what
 * SvelteKit, Astro and Nitro build. It gets a real `IncomingMessage` and a real `ServerResponse`; no HTTP is made up and
 * parsed in between. `req.url` begins below `SCRIPT_NAME`. A listener that throws, or whose promise rejects, is a 500.
 *
 * @param target a listener, or an `http.Server` that listens nowhere: its `upgrade` listeners, `ws`'s say, get what
 *   `tsgi.upgrade` offers.
 * @throws TypeError for anything else.
 */
export function fromNode(target: NodeListener | Server): App {
  const found = targetOf(target);
  return withUpgrades(found.server, nodeIsAsKnown() ? direct(found) : loopback(found));
}

function direct({ listener, server }: NodeTarget): App {
  return (environ, startResponse) => {
    refuseConnect(environ);
    if (!environ['tsgi.run_once']) teachThatListenersDieYoung();
    const socket = new WireSocket(environ, startResponse, server);
    const request = createRequest(environ, socket);
    const response = createResponse(request, socket);
    socket.attach(request, response);
    const returned = call(listener, request, response, socket);
    if (returned instanceof Promise) {
      returned.catch((error: unknown) => {
        if (socket.writableEnded)
          environ['tsgi.errors'].write(`the listener rejected after its answer: ${String(error)}\n`);
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
      });
    }
    return socket.body();
  };
}

function call(listener: NodeListener, request: IncomingMessage, response: ServerResponse, socket: WireSocket): unknown {
  try {
    return listener(request, response);
  } catch (error) {
    socket.abandon();
    throw error;
  }
}

/** `tsgi.upgrade` for the `upgrade` listeners of a server; without one a request that asks is like any other. */
function withUpgrades(server: Server | undefined, app: App): App {
  if (server === undefined) return app;
  return (environ, startResponse) => {
    const upgrade = environ['tsgi.upgrade'] as Upgrade | undefined;
    if (upgrade === undefined || server.listenerCount('upgrade') === 0) return app(environ, startResponse);
    return upgrade(environ, startResponse, (request, socket, head) => {
      server.emit('upgrade', upgradeMessage(request, socket, environ), socket, head);
    });
  };
}
