import type { Socket } from 'node:net';
import { Deadline } from '@tsgi/core/clock';

/** How many times within its time a reader is looked at: it is found still that part of the time late at most. */
const LOOKS = 8;

/** What is sent to a reader that may stand still, when it is not a socket of its own: a stream of HTTP/2. */
export interface Sending {
  /** Bytes that the reader has taken so far; `undefined` when none wait. */
  taken(): number | undefined;
}

/**
 * How long a reader may take nothing of what is sent to it. Over a socket it counts what the system has taken off our hands, so
 * that neither what the peer sends nor what we write besides puts it off. Node's `socket.setTimeout` is put off by both, and
 * finds a peer still only between once and twice its time.
 */
export class SendTimeout {
  readonly #sending: Socket | Sending;
  readonly #time: number;
  readonly #onStill: () => void;
  #deadline: Deadline | undefined;
  #taken = 0;
  /** When `#taken` was first seen. */
  #stillSince = 0;

  /**
   * @param time milliseconds; `Infinity` for ever.
   * @param onStill is called once.
   */
  constructor(sending: Socket | Sending, time: number, onStill: () => void) {
    this.#sending = sending;
    this.#time = time;
    this.#onStill = onStill;
  }

  /**
   * The reader does not keep up. It is watched until it is found to have taken everything: to stop when it has caught up would
   * be a timer a chunk.
   */
  watch(): void {
    if (this.#deadline?.pending === true || this.#time === Infinity) return;
    this.#deadline ??= new Deadline(() => this.#lookAgain());
    // Nothing yet, where the write comes behind this.
    this.#taken = this.#look() ?? -1;
    this.#stillSince = performance.now();
    this.#deadline.in(this.#time / LOOKS);
  }

  /** The socket has closed, or is somebody else's. */
  stop(): void {
    this.#deadline?.clear();
  }

  #look(): number | undefined {
    const sending = this.#sending;
    if ('taken' in sending) return sending.taken();
    return sending.destroyed || sending.writableLength === 0 ? undefined : takenBySystem(sending);
  }

  #lookAgain(): void {
    const taken = this.#look();
    if (taken === undefined) return;
    const now = performance.now();
    if (taken !== this.#taken) {
      this.#taken = taken;
      this.#stillSince = now;
    }
    const left = this.#stillSince + this.#time - now;
    if (left <= 0) this.#onStill();
    // A look that came late has no next one within the time: the last is on the stroke.
    else this.#deadline?.in(Math.min(left, this.#time / LOOKS));
  }
}

/** What Node keeps to itself, and measures its own socket timeout by. */
interface Handle {
  readonly bytesWritten: number;
  /** Of these, what the system has not taken yet. */
  readonly writeQueueSize: number;
  /** What is under TLS. */
  readonly _parent?: unknown;
}

/**
 * Bytes that the system has taken of all that was written: it takes more when the reader does. A long chunk is one write,
 * which a slow reader takes minutes for, so the writes that are done would not tell; where there is nothing better they do.
 */
export function takenBySystem(socket: Socket): number {
  let handle = handleOf('_handle' in socket ? socket._handle : undefined);
  for (let under = handle; under !== undefined; under = handleOf(under._parent)) handle = under;
  if (handle === undefined) return socket.bytesWritten - socket.writableLength;
  return handle.bytesWritten - handle.writeQueueSize;
}

function handleOf(value: unknown): Handle | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { bytesWritten, writeQueueSize } = value as Partial<Handle>;
  return typeof bytesWritten === 'number' && typeof writeQueueSize === 'number' ? (value as Handle) : undefined;
}
