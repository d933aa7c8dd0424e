import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** A client that sends bytes and sees bytes. */
export class RawClient {
  readonly socket: Socket;
  #received = '';
  #ended = false;
  #closed = false;
  #error: NodeJS.ErrnoException | undefined;
  readonly #watchers = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => {
      this.#received += bytes.toString('latin1');
      this.#changed();
    });
    socket.on('error', (error) => {
      this.#error = error;
      this.#changed();
    });
    socket.on('end', () => {
      this.#ended = true;
      this.#changed();
    });
    socket.on('close', () => {
      this.#closed = true;
      this.#changed();
    });
  }

  static async connect(options: NetConnectOpts): Promise<RawClient> {
    const socket = connect({ ...options, allowHalfOpen: true } as NetConnectOpts);
    const client = new RawClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve());
      socket.once('error', reject);
    });
    socket.setNoDelay?.(true);
    return client;
  }

  get received(): string {
    return this.#received;
  }

  get error(): NodeJS.ErrnoException | undefined {
    return this.#error;
  }

  send(bytes: string | Uint8Array): void {
    if (typeof bytes === 'string') this.socket.write(bytes, 'latin1');
    else this.socket.write(bytes);
  }

  /** Waits until what was received satisfies, or the server has ended. */
  async until(satisfies: (received: string) => boolean): Promise<string> {
    await this.#when(() => satisfies(this.#received) || this.#ended || this.#closed);
    return this.#received;
  }

  /** Everything up to the server's end of the connection. */
  async rest(): Promise<string> {
    await this.#when(() => this.#ended || this.#closed);
    return this.#received;
  }

  async closed(): Promise<void> {
    await this.#when(() => this.#closed);
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  async #when(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const watcher = (): void => {
        if (!condition()) return;
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
    });
  }
}
