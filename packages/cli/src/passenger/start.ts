import { createServer, type Server } from 'node:http';
import { join, resolve } from 'node:path';
import type { Interface } from '@tsgi/adapters';
import { toNode } from '@tsgi/adapters/node';
import type { App } from '@tsgi/core';
import { writeToStderr } from '@tsgi/transport/log';
import { endWithoutApp } from '../command-line/end-without-app.ts';
import { guardStandardStreams, logLine } from '../command-line/standard-streams.ts';
import { startError } from '../command-line/failure.ts';
import { loadApp } from '../serving/load-app.ts';
import { onStrayError } from '../serving/stray-errors.ts';
import { withClientFacts } from './client-facts.ts';
import { type Loader, loaderOf } from './loader.ts';
import { FAILURE_FILE, failureServer, forgetFailure, recordFailure } from './start-failure.ts';

/** What the start file knows. */
export interface StartOptions {
  /** Where the start file is, an absolute path: what keeps the application from starting is written there. */
  readonly folder: string;
  /** The module of the application, from that folder; `app.js:name` for an export called `name`. */
  readonly app: string;
  /** How it is called. Default: as its shape says. */
  readonly interface?: Interface;
  /** Where it is mounted. Default: where Passenger says (`PassengerBaseURI`), else the root. */
  readonly scriptName?: string;
  /** Proxies in front of the web server, a CDN say, that may name the client: addresses and networks. Default: none. */
  readonly trustedPeers?: readonly string[];
}

/** As large as for FastCGI: the web server adds its own. */
const HEAD_SIZE = 128 * 1024;

/** How long running requests may take at the end. */
const GRACE_MS = 10_000;

const LAST_WORK_MS = 1000;

/** Without a loader, `node app.cjs`, it listens here, unless PORT says another. */
const PORT_BY_HAND = 3000;

/**
 * Serves an application under Phusion Passenger or LiteSpeed, whatever `tsgi serve` would recognise. Never rejects: what
 * keeps it from starting is answered, logged, and written to `start-error.log` beside the start file.
 */
export async function start(options: StartOptions): Promise<void> {
  guardStandardStreams();
  const loader = loaderOf();
  const failureFile = join(options.folder, FAILURE_FILE);
  let server: Server;
  try {
    refuseOldNode();
    const app = await applicationOf(options, loader);
    server = serverOf(app, options);
    forgetFailure(failureFile);
  } catch (error) {
    server = failureServer(recordFailure(error, failureFile));
  }
  if (loader.isTaken()) {
    logLine(`${options.app} listens itself: it is served as it is, without TSGI`);
    return;
  }
  endGracefully(server, loader);
  server.on('error', (error) => logLine(`cannot listen: ${error.message}`));
  // The loaders take their own address and the callback.
  server.listen(Number(process.env['PORT'] || PORT_BY_HAND), '127.0.0.1', () => {
    if (loader.name === 'none') logLine(`listening on http://127.0.0.1:${portOf(server)}, as no loader has taken over`);
  });
}

function refuseOldNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw startError(`Node ${process.versions.node} is too old: choose 20.19 or newer where the application is set up`);
}

async function applicationOf(options: StartOptions, loader: Loader): Promise<App> {
  const { trustedPeers } = options;
  const { app } = await loadApp(resolve(options.folder, options.app), options.interface);
  if (trustedPeers === undefined) return withClientFacts(app, loader.name);
  const { forwarded } = await import('@tsgi/adapters/middleware');
  return withClientFacts(forwarded(app, { trustedPeers }), loader.name);
}

function serverOf(app: App, { scriptName = process.env['PASSENGER_BASE_URI'] ?? '' }: StartOptions): Server {
  const listener = toNode(app, { errors: writeToStderr, scriptName });
  const server = createServer({ maxHeaderSize: HEAD_SIZE }, (request, response) => listener(request, response));
  server.on('checkContinue', (request, response) => listener(request, response));
  // The web server in front has its own patience, and decides how long a connection is kept.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  return server;
}

/** A signal, Passenger's word, or an error that nobody caught: what runs gets its time. */
function endGracefully(server: Server, loader: Loader): void {
  let isEnding = false;
  const end = (exitCode: number): void => {
    if (isEnding) return;
    isEnding = true;
    process.exitCode = exitCode;
    // `tsgi.after_response` hooks may still run.
    server.close(() => endWithoutApp(LAST_WORK_MS));
    server.closeIdleConnections();
    endWithoutApp(GRACE_MS);
  };
  onStrayError(() => end(1));
  process.once('SIGTERM', () => end(0));
  process.once('SIGINT', () => end(0));
  loader.onExit(() => end(0));
}

function portOf(server: Server): number | undefined {
  const address = server.address();
  return typeof address === 'object' ? address?.port : undefined;
}
