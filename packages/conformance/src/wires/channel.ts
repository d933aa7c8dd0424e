/** How a server ended its side: not yet, in order, or so that the peer must see a failure (RST, a non-zero exit). */
export type Ending = 'open' | 'orderly' | 'failed';

/** Bytes in both directions, over a socket or the pipes of a process. Keeps all that it received. */
export interface Channel {
  readonly ending: Ending;
  readonly received: Buffer;
  readonly receivedLength: number;
  /** What came beside the answer: the standard error of a CGI program. */
  readonly log: string;
  /** Bytes that were sent and that the system has taken. */
  readonly accepted: number;
  /** Text is a byte string. */
  send(bytes: Uint8Array | string): void;
  /** No more will be sent: FIN, or the end of standard input. */
  finish(): void;
  /** Stops taking what the server sends. */
  pause(): void;
  resume(): void;
  /** Goes away in the middle, as unmistakably as the system allows: RST on TCP. */
  leave(): void;
  /** Goes away with a FIN, as nginx does. */
  close(): void;
  /**
   * Waits for something to become true of what was received.
   *
   * @returns false when it did not within the channel's patience.
   */
  until(condition: () => boolean): Promise<boolean>;
}

/** The part that sockets and processes share: what was received, and who waits for it. */
export class Reception {
  ending: Ending = 'open';
  length = 0;
  readonly #patience: number;
  #chunks: Buffer[] = [];
  readonly #waiting = new Set<() => void>();

  /** @param patience milliseconds that a condition may take to become true. */
  constructor(patience: number) {
    this.#patience = patience;
  }

  get received(): Buffer {
    const [first, ...others] = this.#chunks;
    if (first === undefined) return Buffer.alloc(0);
    if (others.length > 0) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? first;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.length += chunk.byteLength;
    this.notify();
  }

  end(ending: Ending): void {
    if (this.ending !== 'open') return;
    this.ending = ending;
    this.notify();
  }

  until(condition: () => boolean): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (result: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(result);
      };
      const timer = setTimeout(() => settle(condition()), this.#patience);
      const check = (): void => {
        if (condition()) settle(true);
      };
      this.#waiting.add(check);
    });
  }

  /** Has whoever waits look again. */
  notify(): void {
    for (const check of this.#waiting) check();
  }
}
