import type { Socket } from 'node:net';
import { Deadline } from '@tsgi/core/clock';

/** How many times within its time a reader is looked at: it is found still that part of the time late at most. */
const LOOKS = 8;

/** What Node keeps to itself, and measures its own socket timeout by: bytes of the write under way that are still to go. */
interface WithHandle {
  _handle?: { writeQueueSize?: unknown } | null;
}

/**
 * How long a peer may take nothing of what is sent to it. It counts what the system has taken off our hands, so that neither
 * what the peer sends nor what we write besides puts it off. Node's `socket.setTimeout` is put off by both, and finds a peer
 * still only between once and twice its time.
 */
export class SendTimeout {
  readonly #socket: Socket;
  readonly #time: number;
  readonly #onStill: () => void;
  #deadline: Deadline | undefined;
  #completed = 0;
  #left: unknown;
  #stillSince = 0;

  /**
   * @param time milliseconds; `Infinity` for ever.
   * @param onStill is called once.
   */
  constructor(socket: Socket, time: number, onStill: () => void) {
    this.#socket = socket;
    this.#time = time;
    this.#onStill = onStill;
  }

  /**
   * The peer does not keep up. It is watched until it is found to have taken everything: to stop when it has caught up would
   * be a timer a chunk.
   */
  watch(): void {
    if (this.#deadline?.pending === true || this.#time === Infinity) return;
    this.#deadline ??= new Deadline(() => this.#look());
    this.#note();
    this.#stillSince = performance.now();
    this.#deadline.in(this.#time / LOOKS);
  }

  /** The socket has closed, or is somebody else's. */
  stop(): void {
    this.#deadline?.clear();
  }

  #look(): void {
    if (this.#socket.destroyed || this.#socket.writableLength === 0) return;
    const now = performance.now();
    if (this.#note()) this.#stillSince = now;
    if (now - this.#stillSince >= this.#time) this.#onStill();
    // A look that came late has no next one within the time: the last is on the stroke.
    else this.#deadline?.in(Math.min(this.#time / LOOKS, this.#stillSince + this.#time - now));
  }

  /** @returns whether something has gone out since the last time. */
  #note(): boolean {
    const { bytesWritten, writableLength, _handle: handle } = this.#socket as Socket & WithHandle;
    const completed = bytesWritten - writableLength;
    const left = handle?.writeQueueSize;
    const hasMoved = completed !== this.#completed || left !== this.#left;
    this.#completed = completed;
    this.#left = left;
    return hasMoved;
  }
}
