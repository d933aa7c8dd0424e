import { type Environ, onAbort } from '@tsgi/core';
import { Deadline } from '@tsgi/core/clock';
import { type ConnectTime, gatewayError } from '@tsgi/core/forward';
import { type Address, connectWithin } from '@tsgi/transport';
import { type Allowance, IdleAllowance, NONE_REST } from './idle-allowance.ts';
import { UpstreamConnection } from './upstream-connection.ts';

/** How long a connection of a pool that somebody asked for waits for its next request. php-fpm keeps a whole worker for it meanwhile. */
const IDLE_TIME = 5000;

/**
 * The same of a pool that nobody asked for, how long a connection is used again and again, and how often. Others wait for the
 * workers, too: nginx, another gateway, and they know of no queue but the backlog. So each worker is given back in between.
 */
const SHORT_IDLE_TIME = 250;
const LIFE_TIME = 250;
const MOST_ANSWERS = 100;

/**
 * How long a request waits there for a connection to be free, when there are as many as the application says it serves. A worker
 * would have it wait as long; but what it says may be less than what it serves, of several hosts behind one address say.
 */
const SHORT_WAIT = 50;

/**
 * A new connection that is not answered on for this long, while others rest, may wait for the worker of one of these: they are given
 * up. If it is answered within the same time then, it did.
 */
const LATE = 40;

/** A request that waits. */
interface Waiting {
  /** It cannot use a connection that has carried another one. */
  readonly isForNew: boolean;
  /** A connection that is free, or the place of one that has ended. */
  give(connection: UpstreamConnection | undefined): void;
  leave(reason: unknown): void;
}

/**
 * Connections to one application. They are made when a request needs one, never before: php-fpm gives it 5 s.
 *
 * A pool that somebody asked for is a bound, and what exceeds it waits here: a connection more than php-fpm has workers would wait
 * in its backlog until one of the kept connections is given up (hollodotme#40). Where nobody has said anything, connections are
 * kept as far as the application lets them rest (`IdleAllowance`), and only for requests that can be sent again.
 */
export class ConnectionPool {
  readonly #address: Address;
  /** What somebody has asked for. */
  readonly #fixed: Allowance | undefined;
  readonly #found: IdleAllowance;
  readonly #queueTimeout: number;
  readonly #idle: UpstreamConnection[] = [];
  /** In the order they came; whoever gives up leaves it. */
  readonly #waiting = new Set<Waiting>();
  /** Connections that are there, or being made. */
  #open = 0;
  /** New ones without an answer, in the order they came, and those that were answered on and kept. For what is to be learnt. */
  readonly #fresh = new Set<UpstreamConnection>();
  readonly #held = new Set<UpstreamConnection>();
  readonly #lateness = new Deadline(() => this.#late());
  /** When those that rested were given up for a new one. */
  #givenUp = -Infinity;

  /**
   * @param size connections at most, kept for further requests; 0 uses each for one request, and has no bound; `undefined`: as the
   *   application allows.
   * @param queueTimeout milliseconds that a request may wait for one of them.
   */
  constructor(address: Address, size: number | undefined, queueTimeout: number) {
    this.#address = address;
    if (size !== undefined) this.#fixed = size === 0 ? NONE_REST : { most: size, resting: size };
    this.#found = new IdleAllowance(address);
    this.#queueTimeout = queueTimeout;
  }

  /** Whether the application should keep connections after a request. */
  get keeps(): boolean {
    return this.#allowance.resting > 0;
  }

  get #allowance(): Allowance {
    return this.#fixed ?? this.#found.current;
  }

  /**
   * A connection for a request: one that waits, the last one used first, for its peer will not have closed it yet; or a new one.
   *
   * @param environ of the request: a client that leaves waits no longer.
   * @param time for a new one.
   * @param mayBeLost the request can be sent again, should the application close the connection just now.
   * @throws TsgiError (502) when there is no connection, or none in time; (503) when the pool has none to give; the reason
   *   of `tsgi.signal`.
   */
  acquire(environ: Environ, time: ConnectTime, mayBeLost: boolean): UpstreamConnection | Promise<UpstreamConnection> {
    if (this.#fixed === undefined && !mayBeLost) return this.acquireNew(environ, time);
    const connection = this.#found.isTrial ? undefined : this.#rested();
    if (connection !== undefined) return connection;
    if (this.#open >= this.#allowance.most) {
      return this.#queued(environ, false).then((given) => given ?? this.#connect(time));
    }
    this.#open++;
    return this.#connect(time);
  }

  /** As `acquire`, but never one that has carried a request before. */
  async acquireNew(environ: Environ, time: ConnectTime): Promise<UpstreamConnection> {
    if (this.#open < this.#allowance.most) this.#open++;
    else {
      // One that rests has a worker, and gives it up.
      this.#idle.shift()?.destroy();
      await this.#queued(environ, true);
    }
    return this.#connect(time);
  }

  /** Takes back a connection that has carried no request since `acquire`, or that has ended its last one. */
  put(connection: UpstreamConnection): void {
    if (this.#fresh.size > 0) this.#fresh.delete(connection);
    const { most, resting } = this.#allowance;
    // What is beyond the bound waits in the backlog for a worker, or others do.
    if (!connection.keeps || connection.gone || this.#open > most || this.#isOld(connection)) {
      connection.destroy();
      return;
    }
    const [next] = this.#waiting;
    // Its place is what is waited for.
    if (next?.isForNew === true && connection.reused) connection.destroy();
    else if (next !== undefined) next.give(connection);
    else if (this.#idle.length >= resting || this.#givesUp()) connection.destroy();
    else {
      connection.rest(this.#fixed === undefined ? SHORT_IDLE_TIME : IDLE_TIME);
      this.#idle.push(connection);
    }
  }

  /**
   * Those that wait go elsewhere: nothing answers here for now. What rests may lead nowhere, too: whoever tries the application next
   * connects, and what finds no connection was not begun, whatever its method.
   */
  turnAway(): void {
    for (const idle of this.#idle.splice(0)) idle.destroy();
    for (const waiting of this.#waiting) {
      waiting.leave(
        gatewayError('TURNED_AWAY', 503, 'the application stopped answering while the request waited for it'),
      );
    }
  }

  #isOld({ answers, since }: UpstreamConnection): boolean {
    return this.#fixed === undefined && (answers >= MOST_ANSWERS || performance.now() - since > LIFE_TIME);
  }

  #rested(): UpstreamConnection | undefined {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      connection.wake();
      if (!connection.gone) return connection;
    }
    return undefined;
  }

  /** @returns a connection, or nothing: then there is a place for one. */
  #queued(environ: Environ, isForNew: boolean): Promise<UpstreamConnection | undefined> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        isForNew,
        give: (connection) => {
          this.#waiting.delete(waiting);
          deadline.clear();
          resolve(connection);
        },
        leave: (reason) => {
          if (!this.#waiting.delete(waiting)) return;
          deadline.clear();
          reject(reason);
        },
      };
      const timeout = this.#fixed === undefined ? SHORT_WAIT : this.#queueTimeout;
      const deadline = new Deadline(() => {
        if (this.#fixed === undefined) {
          this.#open++;
          waiting.give(undefined);
        } else {
          waiting.leave(gatewayError('POOL_EXHAUSTED', 503, `no connection of the pool was free within ${timeout} ms`));
        }
      });
      this.#waiting.add(waiting);
      deadline.in(timeout);
      onAbort(environ, waiting.leave);
    });
  }

  /** Into a place that was taken for it. */
  async #connect(time: ConnectTime): Promise<UpstreamConnection> {
    try {
      const socket = await connectWithin(this.#address, time);
      const now = performance.now();
      if (this.#fixed === undefined) this.#found.made(now);
      const connection = new UpstreamConnection(socket, now, (answered) => {
        if (answered.answers <= 2) this.#note(answered);
        this.put(answered);
      });
      socket.once('close', () => this.#ended(connection));
      if (this.#found.isLearning) {
        this.#fresh.add(connection);
        if (!this.#lateness.pending) this.#lateness.in(LATE);
      }
      return connection;
    } catch (error) {
      this.#freePlace();
      throw error;
    }
  }

  /** The first requests of a connection tell what the application allows. */
  #note(connection: UpstreamConnection): void {
    if (connection.answers === 2) this.#found.used();
    if (connection.answers !== 1 || !this.#found.isLearning || !connection.keeps) return;
    this.#fresh.delete(connection);
    this.#held.add(connection);
    const now = performance.now();
    if (connection.since >= this.#givenUp) this.#found.held(this.#held.size);
    else if (now - this.#givenUp < LATE) this.#found.starved(this.#held.size, now);
  }

  /** Whether what rests is to be given up: the first of the new ones waits for too long. */
  #givesUp(): boolean {
    for (const { since } of this.#fresh) {
      const now = performance.now();
      if (now - since < LATE) return false;
      this.#givenUp = now;
      return true;
    }
    return false;
  }

  #late(): void {
    if (this.#fresh.size === 0) return;
    if (this.#idle.length === 0 || !this.#givesUp()) this.#lateness.in(LATE);
    else for (const idle of this.#idle.splice(0)) idle.destroy();
  }

  #ended(connection: UpstreamConnection): void {
    this.#fresh.delete(connection);
    this.#held.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    if (connection.wasLeft && connection.answers === 1) this.#found.closed();
    this.#freePlace();
  }

  #freePlace(): void {
    const [next] = this.#waiting;
    if (next === undefined || this.#open > this.#allowance.most) this.#open--;
    else next.give(undefined);
  }
}
