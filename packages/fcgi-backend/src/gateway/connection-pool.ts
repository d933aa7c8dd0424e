import { type Environ, onAbort } from '@tsgi/core';
import { Deadline } from '@tsgi/core/clock';
import { type ConnectTime, gatewayError } from '@tsgi/core/forward';
import { type Address, connectWithin } from '@tsgi/transport';
import { UpstreamConnection } from './upstream-connection.ts';

/** How long a connection waits for its next request. php-fpm keeps a whole worker for it meanwhile. */
const IDLE_TIME = 5000;

/** A request that waits. */
interface Waiting {
  /** A connection that is free, or the place of one that has ended. */
  give(connection: UpstreamConnection | undefined): void;
  leave(reason: unknown): void;
}

/**
 * Connections to one application. They are made when a request needs one, never before: php-fpm gives it 5 s.
 *
 * A pool is a bound, and what exceeds it waits here: a connection more than php-fpm has workers would wait in its
 * backlog until one of the kept connections is given up (hollodotme#40).
 */
export class ConnectionPool {
  readonly #address: Address;
  readonly #size: number;
  readonly #queueTimeout: number;
  readonly #idle: UpstreamConnection[] = [];
  /** In the order they came; whoever gives up leaves it. */
  readonly #waiting = new Set<Waiting>();
  #places: number;

  /**
   * @param size connections at most, kept for further requests; 0 uses each for one request, and has no bound.
   * @param queueTimeout milliseconds that a request may wait for one of them.
   */
  constructor(address: Address, size: number, queueTimeout: number) {
    this.#address = address;
    this.#size = size;
    this.#places = size === 0 ? Infinity : size;
    this.#queueTimeout = queueTimeout;
  }

  /** Whether the application should keep connections after a request. */
  get keeps(): boolean {
    return this.#size > 0;
  }

  /**
   * A connection that waits, the last one used first, for its peer will not have closed it yet; or a new one.
   *
   * @param environ of the request: a client that leaves waits no longer.
   * @param time for a new one.
   * @throws TsgiError (502) when there is no connection, or none in time; (503) when the pool has none to give; the reason
   *   of `tsgi.signal`.
   */
  async acquire(environ: Environ, time: ConnectTime): Promise<UpstreamConnection> {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      connection.wake();
      if (!connection.gone) return connection;
    }
    if (this.#places > 0) {
      this.#places -= 1;
      return this.#connect(time);
    }
    return (await this.#queued(environ)) ?? this.#connect(time);
  }

  /** As `acquire`, but never one that has carried a request before. */
  async acquireNew(environ: Environ, time: ConnectTime): Promise<UpstreamConnection> {
    for (;;) {
      const connection = await this.acquire(environ, time);
      if (!connection.reused) return connection;
      connection.destroy();
    }
  }

  /** Takes back a connection that has carried no request since `acquire`, or that has ended its last one. */
  put(connection: UpstreamConnection): void {
    if (!this.keeps || connection.gone) {
      connection.destroy();
      return;
    }
    const [next] = this.#waiting;
    if (next !== undefined) {
      next.give(connection);
      return;
    }
    connection.rest(IDLE_TIME);
    this.#idle.push(connection);
  }

  /** Those that wait go elsewhere: nothing answers here for now. */
  turnAway(): void {
    for (const waiting of this.#waiting) {
      waiting.leave(
        gatewayError('TURNED_AWAY', 503, 'the application stopped answering while the request waited for it'),
      );
    }
  }

  #queued(environ: Environ): Promise<UpstreamConnection | undefined> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        give: (connection) => {
          this.#waiting.delete(waiting);
          deadline.clear();
          resolve(connection);
        },
        leave: (reason) => {
          if (!this.#waiting.delete(waiting)) return;
          deadline.clear();
          reject(reason);
        },
      };
      const timeout = this.#queueTimeout;
      const deadline = new Deadline(() => {
        waiting.leave(gatewayError('POOL_EXHAUSTED', 503, `no connection of the pool was free within ${timeout} ms`));
      });
      this.#waiting.add(waiting);
      deadline.in(timeout);
      onAbort(environ, waiting.leave);
    });
  }

  /** Into a place that was taken for it. */
  async #connect(time: ConnectTime): Promise<UpstreamConnection> {
    try {
      const socket = await connectWithin(this.#address, time);
      socket.once('close', () => this.#freePlace());
      return new UpstreamConnection(socket, (connection) => this.put(connection));
    } catch (error) {
      this.#freePlace();
      throw error;
    }
  }

  #freePlace(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#places += 1;
    else next.give(undefined);
  }
}
