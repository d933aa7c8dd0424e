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
  readonly #idle: { connection: UpstreamConnection; timer: NodeJS.Timeout }[] = [];
  /** Each is given a connection, or the place of one that has ended. */
  readonly #waiting: ((connection: UpstreamConnection | undefined) => void)[] = [];
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
   * @throws TsgiError (502) when there is no connection, or none in time; (503) when the pool has none to give.
   */
  async acquire(): Promise<UpstreamConnection> {
    for (let entry = this.#idle.pop(); entry !== undefined; entry = this.#idle.pop()) {
      clearTimeout(entry.timer);
      if (!entry.connection.gone) return entry.connection;
    }
    if (this.#places > 0) {
      this.#places -= 1;
      return this.#connect();
    }
    return (await this.#queued()) ?? this.#connect();
  }

  /** As `acquire`, but never one that has carried a request before. */
  async acquireNew(): Promise<UpstreamConnection> {
    for (;;) {
      const connection = await this.acquire();
      if (!connection.reused) return connection;
      connection.destroy();
    }
  }

  #queued(): Promise<UpstreamConnection | undefined> {
    return new Promise((resolve, reject) => {
      const { queueTimeout } = this.#timeouts;
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(settle), 1);
        reject(gatewayError('POOL_EXHAUSTED', 503, `no connection of the pool was free within ${queueTimeout} ms`));
      }, queueTimeout);
      const settle = (connection: UpstreamConnection | undefined): void => {
        clearTimeout(timer);
        resolve(connection);
      };
      this.#waiting.push(settle);
    });
  }

  /** Into a place that was taken for it. */
  async #connect(): Promise<UpstreamConnection> {
    try {
      const socket = await connectTo(this.#address, { timeout: this.#timeouts.connectTimeout });
      socket.once('close', () => this.#freePlace());
      return new UpstreamConnection(socket, (connection) => this.#put(connection));
    } catch (error) {
      this.#freePlace();
      throw error;
    }
  }

  #freePlace(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#places += 1;
    else next(undefined);
  }

  #put(connection: UpstreamConnection): void {
    if (!this.keeps) {
      connection.destroy();
      return;
    }
    connection.reused = true;
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next(connection);
      return;
    }
    connection.rest();
    const timer = setTimeout(() => {
      this.#idle.splice(this.#idle.indexOf(entry), 1);
      connection.destroy();
    }, IDLE_TIME);
    timer.unref();
    const entry = { connection, timer };
    this.#idle.push(entry);
  }
}
