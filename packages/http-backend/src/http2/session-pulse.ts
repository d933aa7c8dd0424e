import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';

/** PINGs that a client may leave unanswered: there is one a second at most. To Node, 10 are too many. */
export const MOST_PINGS = 1_000;

/** Milliseconds for which TLS may keep what the socket under it would take. */
const STUCK = 1_000;

/** What Node keeps to itself: bytes that were handed to the system, or to TLS, and have not gone out. */
interface Handle {
  readonly writeQueueSize?: unknown;
  /** What is under TLS. */
  readonly _parent?: Handle | null;
}

/** How long a connection may stand still, in milliseconds. */
interface PulseLimits {
  /** While the client takes nothing. */
  sendTimeout: number;
  /** Between the end of the session and that of its socket. */
  drainTimeout: number;
}

/**
 * Notices a connection that has ended without anybody being told. There are two kinds:
 *
 * - After most connection errors (RFC 9113 §5.4.1: a CONTINUATION frame alone, DATA on a stream that is half-closed, a frame
 *   that is too long, a header block that HPACK cannot read) nghttp2 sends GOAWAY and wants neither to read nor to write any
 *   more. `node:http2` then stops reading the socket and emits nothing; nobody sees the client leave. Node 20 to 24.
 * - While a write is under way Node does not read either; over TLS, a write that fails is reported to nobody.
 *
 * The first is found by a PING: a session that is over leaves it in its queue, one that lives has sent it at once, whether
 * the client answers or not. Since only what comes in can end a session, there is one PING when bytes have come and no more
 * come, not one at each look. The second is found by a write that does not move.
 */
export class SessionPulse {
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket & { readonly _handle?: Handle | null };
  readonly #limits: PulseLimits;
  #state: 'heard' | 'asked' | 'alive' = 'heard';
  #read = 0;
  #written = 0;
  #queued = 0;
  /** Milliseconds. */
  #still = 0;

  constructor(session: ServerHttp2Session, socket: Socket, limits: PulseLimits) {
    this.#session = session;
    this.#socket = socket;
    this.#limits = limits;
  }

  /** The next look tells: it should be soon. */
  get asked(): boolean {
    return this.#state === 'asked';
  }

  /**
   * @param elapsed milliseconds since the last look.
   * @returns whether the connection has ended.
   */
  stopped(elapsed: number): boolean {
    const moved = this.#moved();
    this.#still = moved ? 0 : this.#still + elapsed;
    if (this.#queued > 0) return this.#still >= (this.#isStuck ? STUCK : this.#limits.sendTimeout);
    if (this.#session.destroyed) return this.#still >= this.#limits.drainTimeout;
    switch (this.#state) {
      case 'heard':
        if (moved) return false;
        this.#state = 'asked';
        // False: the client has left MOST_PINGS unanswered, though it must answer (RFC 9113 §6.7).
        return !this.#session.ping(ignore);
      case 'asked':
        if (this.#session.state.outboundQueueSize !== 0) return !moved;
        this.#state = 'alive';
        return false;
      case 'alive':
        return false;
    }
  }

  /** TLS has bytes to send, and the socket under it would take them: a write has failed. */
  get #isStuck(): boolean {
    return this.#socket._handle?._parent?.writeQueueSize === 0;
  }

  /** @returns whether bytes have come or gone since the last look. */
  #moved(): boolean {
    const { bytesRead, bytesWritten, _handle: handle } = this.#socket;
    const queued = typeof handle?.writeQueueSize === 'number' ? handle.writeQueueSize : 0;
    const heard = bytesRead !== this.#read;
    const moved = heard || bytesWritten !== this.#written || queued !== this.#queued;
    if (heard) this.#state = 'heard';
    this.#read = bytesRead;
    this.#written = bytesWritten;
    this.#queued = queued;
    return moved;
  }
}

/** That a PING was answered says no more than the bytes it came in. */
function ignore(): void {}
