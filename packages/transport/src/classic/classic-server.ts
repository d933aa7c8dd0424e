import type { Socket } from 'node:net';
import { type App, type CloseOptions, type RunningServer, TsgiError } from '@tsgi/core';
import { assertApp } from '@tsgi/core/server';
import { type Address, parseAddress } from '../address/address.ts';
import type { Connection } from '../connection/connection.ts';
import { ParkedConnection } from './parked-connection.ts';
import { handlerApp, RequestHandler, type RequestHandlerClass } from './request-handler.ts';
import { serveSockets } from '../listen/socket-server.ts';
import type { Wire } from '../listen/wire.ts';

/** Connections that wait to be served, at most; wsgiref's queue has 5. Beyond it those that were left go first, then the new. */
const MOST_PARKED = 128;

/** A class of servers; the constructor arguments are those of `ClassicServer`. */
export type ClassicServerClass = new (
  host: string,
  port: number,
  wire: Wire,
  handlerClass: RequestHandlerClass,
) => ClassicServer;

/** The options of every backend's `makeServer` beside its own. */
export interface ClassicOptions {
  /** Default: `ClassicServer`. */
  serverClass?: ClassicServerClass;
  /** Default: `RequestHandler`. */
  handlerClass?: RequestHandlerClass;
}

/**
 * `makeServer` of every socket backend: makes the server, which binds at once, and gives it the application.
 *
 * @throws TypeError when that is no function.
 */
export function makeClassicServer(
  host: string,
  port: number,
  app: App,
  wire: Wire,
  options: ClassicOptions = {},
): ClassicServer {
  assertApp(app);
  const { serverClass = ClassicServer, handlerClass = RequestHandler } = options;
  const server = new serverClass(host, port, wire, handlerClass);
  server.setApp(app);
  return server;
}

/**
 * The classic door, wsgiref's `WSGIServer`: it binds when it is made and serves when it is told to. Until then, and
 * between two calls of `handleRequest`, connections wait, as they wait in the kernel's queue under wsgiref.
 *
 * A subclass may override `setupEnviron` (variables for every request), `verifyRequest` (which connections are served),
 * `getApp` and `setApp`.
 */
export class ClassicServer {
  /** The bind: resolves when the server listens, rejects as `serveForever` would. */
  readonly listening: Promise<void>;
  readonly #wire: Wire;
  readonly #handlerApp: App;
  readonly #binding: Promise<RunningServer>;
  /** Connections that wait, the oldest first. */
  readonly #parked = new Set<ParkedConnection>();
  readonly #wanted: ((connection: ParkedConnection | undefined) => void)[] = [];
  #app: App = noApp;
  #baseEnviron: Readonly<Record<string, string>> | undefined;
  #running: RunningServer | undefined;
  #forever = false;
  #closing: Promise<void> | undefined;

  /**
   * @param host empty for every interface; a path that begins with `/`, or `unix:PATH[?mode=660]`, is a UNIX socket.
   * @param port 0 lets the system choose; not used for a UNIX socket.
   * @throws nothing: a bad or occupied address comes out of `serveForever`, `handleRequest` and `listening`.
   */
  constructor(host: string, port: number, wire: Wire, handlerClass: RequestHandlerClass = RequestHandler) {
    this.#wire = wire;
    this.#handlerApp = handlerApp(this, handlerClass);
    this.#binding = this.#bind(host, port);
    this.listening = this.#binding.then((running) => {
      this.#running = running;
    });
    // Reported by whichever method is called next, not as an unhandled rejection before.
    this.listening.catch(() => {});
  }

  /** What `--bind` would take to listen here again; `undefined` before the server listens. */
  get address(): string | undefined {
    return this.#running?.address;
  }

  /** The bound port; `undefined` before the server listens, and for a UNIX socket. */
  get port(): number | undefined {
    return this.#running?.port;
  }

  /** What `setupEnviron` returned. */
  get baseEnviron(): Readonly<Record<string, string>> {
    this.#baseEnviron ??= this.setupEnviron();
    return this.#baseEnviron;
  }

  getApp(): App {
    return this.#app;
  }

  /** @throws TypeError for what is no function. */
  setApp(app: App): void {
    assertApp(app);
    this.#app = app;
  }

  /**
   * Serves until `close`.
   *
   * @throws TsgiError `BAD_ADDRESS`, `ADDRESS_IN_USE` or `LISTEN_FAILED` when the bind failed.
   */
  async serveForever(): Promise<void> {
    this.#forever = true;
    const running = await this.#binding;
    for (const connection of this.#parked) connection.start(this.#wire, this.#handlerApp);
    this.#parked.clear();
    await running.closed;
  }

  /**
   * Serves one connection and on it one request, kept connection or not; resolves when that connection has closed, or
   * when the server was closed before one came.
   *
   * @throws TsgiError as `serveForever`; `SERVER_BUSY` while that one runs, `SERVER_CLOSED` after `close`.
   */
  async handleRequest(): Promise<void> {
    if (this.#closing !== undefined) {
      throw new TsgiError('the server is closed', { code: 'SERVER_CLOSED', side: 'app' });
    }
    const forever = this.#forever;
    // Where the bind failed nothing runs, and that is what there is to say.
    await this.#binding;
    if (forever) throw new TsgiError('serveForever takes every request', { code: 'SERVER_BUSY', side: 'app' });
    const connection = await this.#next();
    if (connection === undefined) return;
    const app: App = (environ, startResponse) => {
      // Before the application answers: the answer then says that the connection closes.
      connection.shutDown();
      return this.#handlerApp(environ, startResponse);
    };
    connection.start(this.#wire, app);
    await connection.closed;
  }

  /** Ends the server as `RunningServer.close` does; connections that still wait are closed unserved. */
  close(options?: CloseOptions): Promise<void> {
    this.#closing = this.#close(options);
    return this.#closing;
  }

  /** Variables for the environ of every request that lacks them. Called once, before the first one. */
  protected setupEnviron(): Record<string, string> {
    return {};
  }

  /** Whether this connection is to be served; a refused one is closed at once. */
  protected verifyRequest(_socket: Socket): boolean {
    return true;
  }

  async #bind(host: string, port: number): Promise<RunningServer> {
    const address = classicAddress(host, port);
    return serveSockets({ ...this.#wire, address, accept: (socket) => this.#accept(socket) });
  }

  #accept(socket: Socket): Connection {
    const connection = new ParkedConnection(socket, (gone) => this.#parked.delete(gone));
    if (!this.verifyRequest(socket)) socket.destroy();
    else if (this.#forever) connection.start(this.#wire, this.#handlerApp);
    else {
      const wanted = this.#wanted.shift();
      if (wanted !== undefined) wanted(connection);
      else this.#park(connection);
    }
    return connection;
  }

  #park(connection: ParkedConnection): void {
    this.#parked.add(connection);
    if (this.#parked.size <= MOST_PARKED) return;
    const first = [...this.#parked].find(({ left }) => left) ?? connection;
    this.#parked.delete(first);
    first.destroy();
  }

  #next(): Promise<ParkedConnection | undefined> {
    const [connection] = this.#parked;
    if (connection === undefined) return new Promise((resolve) => this.#wanted.push(resolve));
    this.#parked.delete(connection);
    return Promise.resolve(connection);
  }

  async #close(options: CloseOptions | undefined): Promise<void> {
    for (const wanted of this.#wanted.splice(0)) wanted(undefined);
    const running = await this.#binding.catch(() => undefined);
    await running?.close(options);
  }
}

function classicAddress(host: string, port: number): Address {
  if (host.startsWith('/')) return { type: 'unix', path: host };
  if (host.startsWith('unix:')) return parseAddress(host);
  return { type: 'tcp', host, port };
}

function noApp(): never {
  throw new TsgiError('the server has no application: call setApp first', { code: 'NO_APP', side: 'app' });
}
