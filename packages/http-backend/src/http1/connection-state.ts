/**
 * Where an HTTP/1 connection is, and where it may go from there.
 *
 * House rules:
 *
 * 1. All transitions are in the table below. An event that a phase has no entry for changes nothing: its reporter is told so,
 *    and does nothing either.
 * 2. Nothing here touches a socket, a clock or a byte. `HttpConnection` reports what happened and does what follows.
 * 3. What outlives a request is here; what belongs to one goes with it.
 *
 * Theory of operation: requests are read, run and answered one after another. A new connection owes a head at once (`head`);
 * a kept one owes nothing (`waiting`) until the first byte of one is here. A whole head is a request, and the application runs:
 * `receiving` while its body comes, `stalled` while it has as much of it as it may and the rest stays on the wire, `answering`
 * when nothing more of it comes. Whatever the client sends ahead waits as bytes until the answer has ended.
 *
 * An answer may end before its request: the rest of the body is then read and thrown away (`draining`), so that the
 * connection can be kept, as long as that is little.
 *
 * A client that breaks the rules while an application runs has its answer all the same, and it is the last (`last`): what
 * follows on the wire means nothing any more. Our side ends in `closing`, in which we read on for a while, or the client could
 * lose the answer. An application that speaks another protocol has the socket to itself (`takenOver`).
 */

export type ConnectionPhase =
  | 'waiting'
  | 'head'
  | 'receiving'
  | 'stalled'
  | 'answering'
  | 'last'
  | 'draining'
  | 'closing'
  | 'takenOver'
  | 'closed';

export type ConnectionEvent =
  /** A part of a head is here. */
  | 'headBegan'
  /** A request whose body is empty, or here already. */
  | 'request'
  /** A request whose body is to come. */
  | 'requestWithBody'
  /** The application has as much of the body as it may. */
  | 'enough'
  /** It waits for more, or has made room. */
  | 'wanted'
  /** The last byte of the body is here. */
  | 'bodyEnded'
  /** The response has ended, and the connection goes on. */
  | 'answered'
  /** The response has ended, and the connection ends with it. */
  | 'answeredLast'
  /** The response was cut short. */
  | 'cutShort'
  /** The application goes on in another protocol. */
  | 'upgraded'
  /** What the client sends cannot be understood, or came too slowly. */
  | 'refused'
  /** The client has ended within a body that it announced. */
  | 'truncated'
  /** No further request will be read. */
  | 'over'
  /** The socket has closed. */
  | 'gone';

type Row = Readonly<Partial<Record<ConnectionEvent, ConnectionPhase>>>;

export const CONNECTION: Readonly<Record<ConnectionPhase, Row>> = {
  waiting: {
    headBegan: 'head',
    request: 'answering',
    requestWithBody: 'receiving',
    refused: 'closing',
    over: 'closing',
    gone: 'closed',
  },
  head: {
    request: 'answering',
    requestWithBody: 'receiving',
    refused: 'closing',
    over: 'closing',
    gone: 'closed',
  },
  receiving: {
    enough: 'stalled',
    bodyEnded: 'answering',
    answered: 'draining',
    answeredLast: 'closing',
    cutShort: 'closing',
    refused: 'last',
    truncated: 'closing',
    gone: 'closed',
  },
  stalled: {
    wanted: 'receiving',
    bodyEnded: 'answering',
    answered: 'draining',
    answeredLast: 'closing',
    cutShort: 'closing',
    refused: 'last',
    truncated: 'closing',
    gone: 'closed',
  },
  answering: {
    answered: 'waiting',
    answeredLast: 'closing',
    cutShort: 'closing',
    upgraded: 'takenOver',
    gone: 'closed',
  },
  last: { answeredLast: 'closing', cutShort: 'closing', gone: 'closed' },
  draining: { bodyEnded: 'waiting', truncated: 'closing', over: 'closing', gone: 'closed' },
  closing: { gone: 'closed' },
  takenOver: { gone: 'closed' },
  closed: {},
};

/** The state of one connection. */
export class ConnectionState {
  readonly #mostRequests: number;
  #phase: ConnectionPhase = 'head';
  #requests = 0;
  #ending = false;
  #over = false;

  /** @param mostRequests on this connection. */
  constructor(mostRequests: number) {
    this.#mostRequests = mostRequests;
  }

  get phase(): ConnectionPhase {
    return this.#phase;
  }

  /** @returns whether the event means anything in this phase. */
  on(event: ConnectionEvent): boolean {
    const next = CONNECTION[this.#phase][event];
    if (next === undefined) return false;
    this.#phase = next;
    if (event === 'request' || event === 'requestWithBody') {
      this.#requests += 1;
      if (this.#requests >= this.#mostRequests) this.#ending = true;
    } else if (event === 'refused') this.#ending = true;
    return true;
  }

  /** The present request is the last, or the next one, which may be on its way. */
  retire(): void {
    this.#ending = true;
  }

  /** No request is begun after the present one. */
  end(): void {
    this.#ending = true;
    this.#over = true;
  }

  /** An application runs, and its answer has not ended. */
  get running(): boolean {
    const phase = this.#phase;
    return phase === 'receiving' || phase === 'stalled' || phase === 'answering' || phase === 'last';
  }

  /** Bytes from the wire mean something, now or later. */
  get open(): boolean {
    const phase = this.#phase;
    return phase !== 'closing' && phase !== 'takenOver' && phase !== 'closed';
  }

  /** What has arrived may be looked at now: the next request only when the answer to this one has ended. */
  get reading(): boolean {
    const phase = this.#phase;
    return phase === 'waiting' || phase === 'head' || phase === 'receiving' || phase === 'draining';
  }

  /** No request is being read or answered, and none is to be begun. */
  get over(): boolean {
    return this.#over && this.#requests > 0;
  }

  /** The connection may have another request after the one whose answer begins now. */
  get goesOn(): boolean {
    return !this.#ending;
  }

  /** A request has come before. */
  get served(): boolean {
    return this.#requests > 0;
  }
}
