import { rmSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { isMetaVariable } from '@tsgi/cgi-backend/program';
import type { App } from '@tsgi/core';
import type { ObservedConnection, RequestObserver, ServerObserver } from '@tsgi/core/server';
import { serve } from '@tsgi/fcgi-backend';
import { guardStandardStreams, logLine } from '../command-line/standard-streams.ts';
import { onStrayError } from '../serving/stray-errors.ts';
import { failedApp, loaded, type Program } from './bundled-app.ts';

/** What a resident process is made of, besides what a CGI program is. */
export interface Resident extends Program {
  /** Milliseconds without a request after which the process ends. */
  readonly idleExit: number;
}

/** As FastCGI programs are started: descriptor 0 listens. */
const LISTENING = 0;

/** Who connected just before the socket was removed waits in its queue: it is served. */
const QUEUE_MS = 1000;

/** What runs when the process is to end gets so long. */
const GRACE_MS = 30_000;

/** Where the application does not load, the next request soon tries anew. */
const FAILED_MS = 1000;

/** How often the socket is looked for where the system watches no folder: a shared host has few watches for each user. */
const LOOK_MS = 2000;

/**
 * Serves what the CGI programs in front pass on, over the socket that one of them has made and listens on, until nobody has asked
 * for a while, the socket is removed (the application or Node has changed, and another process is there), or a signal comes.
 *
 * @param socket its path.
 */
export async function reside(program: Resident, socket: string): Promise<void> {
  guardStandardStreams();
  forgetTheRequest();
  const onExit = (): void => logLine(`cannot load ${program.spec}: it ended the process`);
  process.once('exit', onExit);
  const found = await loaded(program);
  process.off('exit', onExit);
  const app =
    found ?? saying(`tsgi: cannot load ${program.spec}: the reason is in the log of its process\n`, failedApp);
  const { scriptName, environ = [] } = program.options;
  const served = new Residence(found === undefined ? FAILED_MS : program.idleExit);
  const server = await serve(withRequestAlone(app, new Set(environ)), {
    fd: LISTENING,
    observer: served,
    maxConnections: Infinity,
    maxActiveRequests: Infinity,
    ...(scriptName === undefined ? undefined : { scriptName }),
  });
  const own = identityOf(socket);
  let leaves = false;
  const leave = (queue: number): void => {
    if (leaves) return;
    leaves = true;
    if (identityOf(socket) === own) rmSync(socket, { force: true });
    setTimeout(() => void server.close({ grace: GRACE_MS }), queue);
  };
  served.onIdle = () => leave(QUEUE_MS);
  const look = (): void => {
    if (own === undefined || identityOf(socket) !== own) leave(QUEUE_MS);
  };
  whenChanged(socket, look);
  // It may be gone already: an application can take its time to load.
  look();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => leave(0));
  onStrayError(() => leave(0));
  await server.closed;
  process.exit(0);
}

/** The environment is that of the request which came first: none of it is the application's, `HTTP_PROXY` least of all (R36). */
function forgetTheRequest(): void {
  for (const name of Object.keys(process.env)) if (isMetaVariable(name)) Reflect.deleteProperty(process.env, name);
}

/** As under CGI (R42): the client passes its whole environment on. */
function withRequestAlone(app: App, allowed: ReadonlySet<string>): App {
  return (environ, startResponse) => {
    for (const name of Object.keys(environ))
      if (!name.includes('.') && !isMetaVariable(name) && !allowed.has(name)) Reflect.deleteProperty(environ, name);
    return app(environ, startResponse);
  };
}

function saying(line: string, app: App): App {
  return (environ, startResponse) => {
    environ['tsgi.errors'].write(line);
    return app(environ, startResponse);
  };
}

const UNWATCHED: RequestObserver = { requestId: undefined, ended() {} };

/** How long nobody has been connected. Each program in front of it has a connection of its own. */
class Residence implements ServerObserver {
  onIdle: () => void = () => {};
  readonly #idleExit: number;
  #connections = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(idleExit: number) {
    this.#idleExit = idleExit;
    this.#wait();
  }

  begins(): RequestObserver {
    return UNWATCHED;
  }

  refused(): void {}

  connected(connection: ObservedConnection): void {
    this.#connections++;
    clearTimeout(this.#timer);
    connection.once('close', () => {
      this.#connections--;
      if (this.#connections === 0) this.#wait();
    });
  }

  #wait(): void {
    if (this.#idleExit !== Infinity) this.#timer = setTimeout(() => this.onIdle(), this.#idleExit);
  }
}

/** A file system may give the number of what is gone to what comes. */
function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.ino} ${found.ctimeNs}`;
}

function whenChanged(socket: string, look: () => void): void {
  try {
    const watcher = watch(dirname(socket), (_event, name) => {
      // The log is in the same folder.
      if (name === null || !name.endsWith('log')) look();
    });
    watcher.on('error', () => {});
  } catch {
    // The system has no more of them for this user.
    setInterval(look, LOOK_MS).unref();
  }
}
