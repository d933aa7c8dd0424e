import { createServer as createNetServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { CloseOptions, RunningServer } from '@tsgi/core';
import type { ServerObserver } from '@tsgi/core/server';
import { Deadline } from '@tsgi/core/clock';
import { checkedNumbers, type NumberRules, wait } from '@tsgi/core/options';
import { type Address, formatAddress } from '../address/address.ts';
import type { Connection } from '../connection/connection.ts';
import { type LogSink, logSink } from '../log.ts';
import { type Listener, listen } from './listen.ts';

/** What `serveSockets` needs to know. */
export interface SocketServerOptions {
  /** The scheme of the server's address: `http`, `fcgi`. */
  scheme: string;
  address: Address;
  /** As in `BindOptions`. */
  reusePort?: boolean;
  /**
   * Takes over an accepted socket. It is half-open: what a FIN means is the wire's to decide, and the wire ends its own
   * side. An `error` listener is attached already; `close` tells the rest.
   */
  accept(socket: Socket): Connection;
  /** Further connections are closed at once. Default: no limit. */
  maxConnections?: number;
  /** Makes the server around `listener`, for TLS. It must allow half-open connections. */
  createServer?(listener: (socket: Socket) => void): Server;
  /** Where faults are reported that belong to no request. Default: standard error. */
  errors?(text: string): void;
  /** Is told of the connections. Default: nobody is. */
  observer?: ServerObserver | undefined;
}

const closeRules: NumberRules<'grace' | 'keepAlive'> = {
  grace: wait(10_000),
  keepAlive: wait(0),
};

/** How long a connection that has sent nothing yet may still send its request when the server ends. */
const FIRST_BYTE_MS = 200;

/** Turns of the event loop that a closing server takes from the kernel's queue of connections, at most. */
const DRAIN_TURNS = 100;

/**
 * Listens and hands every connection to `accept`.
 *
 * @throws TsgiError `BAD_ADDRESS`, `ADDRESS_IN_USE` or `LISTEN_FAILED`, each naming the address; `NO_REUSE_PORT`.
 */
export async function serveSockets(options: SocketServerOptions): Promise<RunningServer> {
  const server = new SocketServer(options);
  await server.start();
  return server;
}

/** A connection that is open. */
interface Accepted {
  readonly socket: Socket;
  readonly connection: Connection;
  place: number;
}

class SocketServer implements RunningServer {
  readonly closed: Promise<void>;
  readonly #options: SocketServerOptions;
  readonly #log: LogSink;
  readonly #server: Server;
  /** An array: the tables that V8 makes for a `Map` of what comes and goes keep each other alive until a full collection. */
  readonly #connections: Accepted[] = [];
  /** Sockets under a TLS handshake, which no `Connection` stands for yet. */
  readonly #handshakes = new Set<Socket>();
  #listener: Listener | undefined;
  #accepted = 0;
  /** `retiring`: nothing listens, and who has kept a connection may send one more request. */
  #phase: 'serving' | 'closing' | 'retiring' | 'ending' = 'serving';
  readonly #grace = new Shortening(() => this.#destroyAll());
  readonly #keepAlive = new Shortening(() => this.#endAll());

  constructor(options: SocketServerOptions) {
    this.#options = options;
    this.#log = logSink(options.errors);
    const listener = (socket: Socket): void => this.#accept(socket);
    this.#server =
      options.createServer?.(listener) ?? createNetServer({ allowHalfOpen: true, noDelay: true }, listener);
    // Where something comes first, TLS or a PROXY header, the listener gets another socket later.
    const isFirst = this.#server.listeners('connection').includes(listener);
    if (!isFirst) this.#server.on('connection', (socket) => this.#trackHandshake(socket));
    if (options.maxConnections !== undefined) this.#server.maxConnections = options.maxConnections;
    const { observer } = options;
    if (observer !== undefined) {
      this.#server.on('drop', (dropped) => observer.refused('TOO_MANY_CONNECTIONS', 0, dropped?.remoteAddress));
      this.#server.on('tlsClientError', (_error, socket?: Socket) =>
        observer.refused('TLS_HANDSHAKE_FAILED', 0, socket?.remoteAddress),
      );
    }
    this.closed = new Promise((resolve) => {
      this.#server.once('close', () => {
        this.#grace.clear();
        this.#keepAlive.clear();
        resolve();
      });
    });
  }

  async start(): Promise<void> {
    this.#listener = await listen(this.#server, this.#options);
    this.#server.on('error', (error) => this.#report(`accept failed: ${error.message}`));
  }

  get address(): string {
    return formatAddress(this.#options.scheme, this.#listener?.address ?? this.#options.address);
  }

  get port(): number | undefined {
    const address = this.#listener?.address;
    return address?.type === 'tcp' ? address.port : undefined;
  }

  async close(options: CloseOptions = {}): Promise<void> {
    const { grace, keepAlive } = checkedNumbers(closeRules, options);
    this.#grace.within(grace);
    this.#keepAlive.within(keepAlive);
    if (this.#phase === 'serving') {
      this.#phase = 'closing';
      void this.#stopListening();
    }
    return this.closed;
  }

  #accept(socket: Socket): void {
    this.#accepted++;
    socket.on('error', ignore);
    let connection: Connection;
    try {
      connection = this.#options.accept(socket);
    } catch (error) {
      this.#report(`connection refused: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      socket.destroy();
      return;
    }
    const accepted = { socket, connection, place: this.#connections.length };
    this.#connections.push(accepted);
    this.#options.observer?.connected(socket);
    socket.on('close', () => this.#forget(accepted));
    if (this.#phase === 'retiring') connection.retire?.();
    else if (this.#phase === 'ending') void this.#end(socket, connection);
  }

  /** Never within a walk through all: Node emits `close` in a tick of its own. */
  #forget(accepted: Accepted): void {
    const last = this.#connections.pop();
    if (last === undefined || last === accepted) return;
    last.place = accepted.place;
    this.#connections[last.place] = last;
  }

  #trackHandshake(socket: Socket): void {
    this.#handshakes.add(socket);
    socket.once('close', () => this.#handshakes.delete(socket));
  }

  /**
   * Closing a listening socket resets what waits in its queue (gunicorn#3397), so that is accepted first. A UNIX socket
   * loses its name before, then the queue only shrinks.
   */
  async #stopListening(): Promise<void> {
    this.#listener?.release();
    let accepted: number;
    let turns = 0;
    do {
      accepted = this.#accepted;
      // We may be anywhere in a turn of the loop; the second one holds a whole poll phase.
      await nextTurn();
      await nextTurn();
    } while (this.#accepted > accepted && ++turns < DRAIN_TURNS);
    this.#server.close();
    this.#phase = 'retiring';
    if (this.#keepAlive.isOver) return this.#endAll();
    for (const { connection } of this.#connections) connection.retire?.();
  }

  /** Nobody is waited for any more who has sent nothing. */
  #endAll(): void {
    if (this.#phase !== 'retiring') return;
    this.#phase = 'ending';
    for (const { socket, connection } of this.#connections) void this.#end(socket, connection);
    for (const socket of this.#handshakes) void this.#endUnheard(socket);
  }

  /** A client that just connected has its request under way: it is not idle, its first bytes are late. */
  async #end(socket: Socket, connection: Connection): Promise<void> {
    const until = performance.now() + FIRST_BYTE_MS;
    while (socket.bytesRead === 0 && !socket.destroyed && performance.now() < until) await delay(5);
    if (!socket.destroyed) connection.shutDown();
  }

  /** Who began a handshake may have a request to follow it, and has until the deadline; who has sent nothing is idle. */
  async #endUnheard(socket: Socket): Promise<void> {
    await delay(FIRST_BYTE_MS);
    if (socket.bytesRead === 0) socket.destroy();
  }

  #destroyAll(): void {
    this.#server.close();
    for (const { socket, connection } of this.#connections) {
      connection.destroy();
      socket.destroy();
    }
    for (const socket of this.#handshakes) socket.destroy();
  }

  #report(text: string): void {
    this.#log(`${this.address}: ${text}\n`);
  }
}

/** A time that a second `close` may shorten, as a second signal does, and never lengthens. */
class Shortening extends Deadline {
  /** On the scale of `performance.now()`. */
  #ends = Infinity;

  /** @param milliseconds `Infinity`: no time is set. */
  within(milliseconds: number): void {
    const ends = performance.now() + milliseconds;
    if (ends >= this.#ends) return;
    this.#ends = ends;
    this.in(milliseconds);
  }

  get isOver(): boolean {
    return performance.now() >= this.#ends;
  }
}

function ignore(): void {
  // The connection broke (ECONNRESET, EPIPE, ETIMEDOUT), which is no fault of the server's (R79): `close` follows, and the wire
  // hears of it there.
}
