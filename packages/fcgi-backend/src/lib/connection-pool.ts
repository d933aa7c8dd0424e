import { type Address, connectTo } from '@tsgi/transport';
import { UpstreamConnection } from './upstream-connection.ts';

/** How long a connection waits for its next request. php-fpm keeps a whole worker for it meanwhile. */
const IDLE_TIME = 5000;

/** Connections to one application. They are made when a request needs one, never before: php-fpm gives it 5 s. */
export class ConnectionPool {
  readonly #address: Address;
  readonly #timeout: number;
  readonly #size: number;
  readonly #idle: { connection: UpstreamConnection; timer: NodeJS.Timeout }[] = [];

  /**
   * @param size connections that may wait for a next request; 0 uses each for one.
   * @param timeout milliseconds to connect.
   */
  constructor(address: Address, size: number, timeout: number) {
    this.#address = address;
    this.#size = size;
    this.#timeout = timeout;
  }

  /** Whether the application should keep connections after a request. */
  get keeps(): boolean {
    return this.#size > 0;
  }

  /** A connection that waits, the last one used first, for its peer will not have closed it yet. */
  take(): UpstreamConnection | undefined {
    for (let entry = this.#idle.pop(); entry !== undefined; entry = this.#idle.pop()) {
      clearTimeout(entry.timer);
      if (!entry.connection.gone) return entry.connection;
    }
    return undefined;
  }

  /** @throws TsgiError (502) when there is no connection, or none in time. */
  async connect(): Promise<UpstreamConnection> {
    const socket = await connectTo(this.#address, { timeout: this.#timeout });
    return new UpstreamConnection(socket, (connection) => this.#put(connection));
  }

  #put(connection: UpstreamConnection): void {
    if (this.#idle.length >= this.#size) {
      connection.destroy();
      return;
    }
    connection.reused = true;
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
