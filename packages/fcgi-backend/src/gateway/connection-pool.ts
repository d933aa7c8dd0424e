import { type Environ, onAbort } from '@tsgi/core';
import { Deadline } from '@tsgi/core/clock';
import { gatewayError } from '@tsgi/core/forward';
import { type Address, connectTo } from '@tsgi/transport';
import { UpstreamConnection } from './upstream-connection.ts';

/** How long a connection waits for its next request. php-fpm keeps a whole worker for it meanwhile. */
const IDLE_TIME = 5000;

/** Milliseconds. */
export interface PoolTimeouts {
  readonly connectTimeout: number;
  /** How long a request may wait for one of the pool's connections. */
  readonly queueTimeout: number;
}

/** A connection that is free, or the place of one that has ended. */
type Settle = (connection: UpstreamConnection | undefined) => void;

/**
 * Connections to one application. They are made when a request needs one, never before: php-fpm gives it 5 s.
 *
 * A pool is a bound, and what exceeds it waits here: a connection more than php-fpm has workers would wait in its
 * backlog until one of the kept connections is given up (hollodotme#40).
 */
export class ConnectionPool {
  readonly #address: Address;
  readonly #size: number;
  readonly #timeouts: PoolTimeouts;
  readonly #idle: UpstreamConnection[] = [];
  /** In the order they came; whoever gives up leaves it. */
  readonly #waiting = new Set<Settle>();
  #places: number;

  /** @param size connections at most, kept for further requests; 0 uses each for one request, and has no bound. */
  constructor(address: Address, size: number, timeouts: PoolTimeouts) {
    this.#address = address;
    this.#size = size;
    this.#places = size === 0 ? Infinity : size;
    this.#timeouts = timeouts;
  }

  /** Whether the application should keep connections after a request. */
  get keeps(): boolean {
    return this.#size > 0;
  }

  /**
   * A connection that waits, the last one used first, for its peer will not have closed it yet; or a new one.
   *
   * @param environ of the request: a client that leaves waits no longer.
   * @throws TsgiError (502) when there is no connection, or none in time; (503) when the pool has none to give; the reason
   *   of `tsgi.signal`.
   */
  async acquire(environ: Environ): Promise<UpstreamConnection> {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      connection.wake();
      if (!connection.gone) return connection;
    }
    if (this.#places > 0) {
      this.#places -= 1;
      return this.#connect();
    }
    return (await this.#queued(environ)) ?? this.#connect();
  }

  /** As `acquire`, but never one that has carried a request before. */
  async acquireNew(environ: Environ): Promise<UpstreamConnection> {
    for (;;) {
      const connection = await this.acquire(environ);
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
      next(connection);
      return;
    }
    connection.rest(IDLE_TIME);
    this.#idle.push(connection);
  }

  #queued(environ: Environ): Promise<UpstreamConnection | undefined> {
    return new Promise((resolve, reject) => {
      const { queueTimeout } = this.#timeouts;
      const settle: Settle = (connection) => {
        this.#waiting.delete(settle);
        deadline.clear();
        resolve(connection);
      };
      const leave = (reason: unknown): void => {
        if (!this.#waiting.delete(settle)) return;
        deadline.clear();
        reject(reason);
      };
      const deadline = new Deadline(() => {
        leave(gatewayError('POOL_EXHAUSTED', 503, `no connection of the pool was free within ${queueTimeout} ms`));
      });
      this.#waiting.add(settle);
      deadline.in(queueTimeout);
      onAbort(environ, leave);
    });
  }

  /** Into a place that was taken for it. */
  async #connect(): Promise<UpstreamConnection> {
    try {
      const socket = await connectTo(this.#address, { timeout: this.#timeouts.connectTimeout });
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
    else next(undefined);
  }
}
