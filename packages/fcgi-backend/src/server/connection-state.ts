/**
 * What a FastCGI connection of the application side is, what each request on it is, and what may become of them.
 *
 * House rules:
 *
 * 1. All transitions are in the two tables below. An event that a state has no entry for changes nothing: its reporter is told
 *    so, and does nothing either.
 * 2. Nothing here touches a socket, a clock or a record. `ServerConnection` and `ServerRequest` report what happened, and do
 *    what follows from the new state.
 * 3. What a peer can make us keep is counted here, in bytes or pieces, and bounded here.
 *
 * Theory of operation: BEGIN_REQUEST makes a request `coming`. It belongs to its connection alone until its PARAMS have ended:
 * only then may it count for the server, or 16 KB of BEGIN_REQUEST would be 1,000 requests that refuse everybody else's. The
 * application is called (`running`) as soon as it is seen whether STDIN is empty, so for the rest of that read the request is
 * `ready`. Its reply ends it, and END_REQUEST is sent exactly once: on the way into `ended`.
 *
 * The connection is `busy` while a request is active, else `quiet`. It ends behind its last reply when a request came without
 * KEEP_CONN (section 3.5), when the server ends, or when the peer has broken its word: `ending`. A server that ends with bytes of
 * a further request on the wire still serves that one: `expecting`. What a peer sends after all is said is read unheard, or closing would
 * reset the last reply away: `lingering`.
 *
 * FastCGI has no word for "no more requests here". A server that another one takes over from waits for one more (`lastCall`), and
 * lets in whatever comes beside it (`lastRound`), until a reply leaves nothing active: behind that one the connection ends.
 *
 * FastCGI has no flow control of its own. To stop one request is to stop all on the connection, so nothing is stopped while an
 * application waits for bytes of a body; except for a peer that makes us reply and does not read the replies.
 */

import { CANT_MPX_CONN, OVERLOADED, type Role, UNKNOWN_ROLE } from '../codec/protocol.ts';

type Table<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Event, State>>>>
>;

export type ConnectionPhase =
  | 'quiet'
  | 'busy'
  | 'lastCall'
  | 'lastRound'
  | 'ending'
  | 'expecting'
  | 'lingering'
  | 'closed';

export type ConnectionEvent =
  /** A request was let in. */
  | 'begun'
  /** No request is active any more. */
  | 'emptied'
  /** The connection is to close behind its last reply. */
  | 'last'
  /** Another server takes over. */
  | 'retire'
  /** The server ends. */
  | 'shutDown'
  /** A server that ends has nothing on the wire to wait for. */
  | 'nothingComes'
  /** What came cannot be understood. */
  | 'broken'
  /** The peer is gone, or has to go. */
  | 'gone';

export const CONNECTION: Table<ConnectionPhase, ConnectionEvent> = {
  quiet: {
    begun: 'busy',
    last: 'lingering',
    retire: 'lastCall',
    shutDown: 'expecting',
    broken: 'lingering',
    gone: 'closed',
  },
  busy: {
    begun: 'busy',
    emptied: 'quiet',
    last: 'ending',
    retire: 'lastRound',
    shutDown: 'ending',
    broken: 'lingering',
    gone: 'closed',
  },
  lastCall: { begun: 'lastRound', last: 'lingering', shutDown: 'expecting', broken: 'lingering', gone: 'closed' },
  lastRound: {
    begun: 'lastRound',
    emptied: 'lingering',
    last: 'ending',
    shutDown: 'ending',
    broken: 'lingering',
    gone: 'closed',
  },
  ending: { emptied: 'lingering', broken: 'lingering', gone: 'closed' },
  expecting: { begun: 'ending', last: 'lingering', nothingComes: 'closed', broken: 'lingering', gone: 'closed' },
  lingering: { gone: 'closed' },
  closed: {},
};

export type RequestPhase = 'coming' | 'ready' | 'running' | 'answering' | 'aborted' | 'cut' | 'ended';

export type RequestEvent =
  /** PARAMS have ended. */
  | 'complete'
  /** The application is called. */
  | 'called'
  /** The head of the reply was sent, and not its end. */
  | 'answered'
  /** ABORT_REQUEST: END_REQUEST waits for the application to stop (R96). */
  | 'abort'
  /** The application has stopped after an abort, or was given up. */
  | 'stopped'
  /** The reply has ended, or was refused. */
  | 'replied'
  /** The connection went first. */
  | 'dropped';

export const REQUEST: Table<RequestPhase, RequestEvent> = {
  coming: { complete: 'ready', abort: 'ended', replied: 'ended', dropped: 'ended' },
  ready: { called: 'running', abort: 'ended', replied: 'ended', dropped: 'ended' },
  running: { answered: 'answering', abort: 'aborted', replied: 'ended', dropped: 'ended' },
  answering: { abort: 'cut', replied: 'ended', dropped: 'ended' },
  aborted: { stopped: 'ended', dropped: 'ended' },
  cut: { stopped: 'ended', dropped: 'ended' },
  ended: {},
};

/** What all connections of a server have running together. */
export interface ServerLoad {
  running: number;
}

/** What is bounded for a connection. */
export interface ConnectionLimits {
  readonly roles: ReadonlySet<Role>;
  readonly multiplex: boolean;
  /** Requests that run on all connections together, and requests that are active on one. */
  readonly maxActiveRequests: number;
  readonly maxRequestsPerConnection: number;
}

/** Replies that the web server does not read: no further request is begun until it does. */
const MAX_BACKLOG = 4_194_304;
/** Bytes of replies that no application gave, and that are not read: the peer is not read either until it does. */
const MAX_OWED = 65_536;
/** What the bodies of a shared connection may hold beyond what each asked for, before the connection is paused. */
const SHARED_EXCESS = 196_608;
/** What they may hold when the connection cannot be paused because another one waits. */
const MAX_EXCESS = 1_048_576;

/** The state of one connection. */
export class ConnectionState {
  /** Bytes of bodies that were taken although their applications have enough. */
  excess = 0;
  /** Bodies whose applications wait for bytes. */
  awaited = 0;
  /** So much more than otherwise may be read, to find out whether the peer has left. */
  readOn = 0;
  readonly #limits: ConnectionLimits;
  readonly #load: ServerLoad;
  #phase: ConnectionPhase = 'quiet';
  #active = 0;
  #coming = 0;
  #begun = 0;
  #owed = 0;

  constructor(limits: ConnectionLimits, load: ServerLoad) {
    this.#limits = limits;
    this.#load = load;
  }

  get phase(): ConnectionPhase {
    return this.#phase;
  }

  /** Requests that have begun and not ended. */
  get active(): number {
    return this.#active;
  }

  /** Those of them whose PARAMS have not ended. */
  get coming(): number {
    return this.#coming;
  }

  /** @returns whether the event means anything in this state. */
  on(event: ConnectionEvent): boolean {
    const next = CONNECTION[this.#phase][event];
    if (next === undefined) return false;
    this.#phase = next;
    return true;
  }

  /** The same for one of its requests. */
  onRequest(request: { phase: RequestPhase }, event: RequestEvent): boolean {
    const { phase } = request;
    const next = REQUEST[phase][event];
    if (next === undefined) return false;
    request.phase = next;
    if (phase === 'coming') this.#coming--;
    if (next === 'running') this.#load.running++;
    else if (next === 'ended') {
      this.#active--;
      if (phase !== 'coming' && phase !== 'ready') this.#load.running--;
    }
    return true;
  }

  /**
   * BEGIN_REQUEST.
   *
   * @param backlog bytes that wait to be sent.
   * @returns the protocolStatus with which it is refused (section 5.5), `undefined` when it is let in.
   */
  begin(role: Role | undefined, backlog: number): number | undefined {
    const { roles, multiplex, maxActiveRequests } = this.#limits;
    if (role === undefined || !roles.has(role)) return UNKNOWN_ROLE;
    if (this.#active > 0 && !multiplex) return CANT_MPX_CONN;
    if (this.isFull || this.#active >= maxActiveRequests || backlog > MAX_BACKLOG || !this.on('begun'))
      return OVERLOADED;
    this.#active++;
    this.#coming++;
    this.#begun++;
    return undefined;
  }

  /** The server runs as much as it may: a request that is complete now is refused. */
  get isFull(): boolean {
    return this.#load.running >= this.#limits.maxActiveRequests;
  }

  /** The connection has had all the requests that it may have. */
  get isWorn(): boolean {
    return this.#begun >= this.#limits.maxRequestsPerConnection;
  }

  /**
   * A reply was sent that no application gave.
   *
   * @param backlog bytes that wait to be sent: without any, the system has taken all replies.
   */
  owe(bytes: number, backlog: number): void {
    this.#owed = backlog === 0 ? 0 : this.#owed + bytes;
  }

  /** The system has taken all replies. */
  settled(): void {
    this.#owed = 0;
  }

  /** The bodies hold more than can be borne, and the connection was not stopped, for another one waits: one has to go. */
  get isFlooded(): boolean {
    return this.excess > MAX_EXCESS + this.readOn;
  }

  /** The bodies hold so much that the connection stops, but for `readOn`. */
  get hasEnough(): boolean {
    return this.#holdsMoreThan(0);
  }

  /**
   * Whether the peer is not read for now.
   *
   * @param congested replies wait to be sent.
   */
  mustPause(congested: boolean): boolean {
    if (this.#phase === 'lingering') return false;
    // With nothing active, replies pile up only for a peer that sends and does not read.
    if (congested && (this.#active === 0 || this.#owed > MAX_OWED)) return true;
    return this.#holdsMoreThan(this.readOn);
  }

  #holdsMoreThan(bytes: number): boolean {
    return this.awaited === 0 && this.excess > bytes + (this.#active === 1 ? 0 : SHARED_EXCESS);
  }
}
