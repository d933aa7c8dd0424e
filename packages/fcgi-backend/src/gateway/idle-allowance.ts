import type { Address } from '@tsgi/transport';
import { askValues } from './ask-values.ts';

/** How many connections to one application there may be, and how many of them may rest between two requests. */
export interface Allowance {
  /** Connections that it serves at a time; a further one would wait in its backlog. */
  readonly most: number;
  readonly resting: number;
}

/** A connection a request, as many as there are requests. */
export const NONE_REST: Allowance = { most: Infinity, resting: 0 };

/** So many connections within so many milliseconds, and keeping them pays: then the application is asked. */
const WORTHWHILE = 64;
const WITHIN = 10_000;
/** How long it is believed: a php-fpm that was told to reload may have other numbers. Without an answer it is asked again sooner. */
const BELIEVED = 60_000;
const ASKED_AGAIN = 10_000;
/** A question that stays without an answer for this time has none. */
const ANSWER_TIME = 2000;
/** At most, where there is no bound: what rests costs both ends memory. */
const MOST_RESTING = 64;
/** Kept connections that the application closed in a row, none of them used again: it keeps none, whatever it says. */
const MOST_CLOSED = 8;

/** Whether an application has told how many connections it serves, and that each of them has a worker. */
type Knowledge = 'nothing' | 'told' | 'learning' | 'learnt enough';

/**
 * What an application says of its connections (FastCGI 1.0 §4.1), as far as that allows to keep some:
 *
 * - FCGI_MPXS_CONNS 1: many requests on one connection, so that none holds a worker. Go, Node.
 * - FCGI_MAX_CONNS n: as many workers, and each is its connection's until that ends. Three quarters of them may be held by what
 *   rests; what a single worker serves never rests, for nobody else would be served. A libfcgi program says 1 for each process.
 * - FCGI_MPXS_CONNS 0 and nothing else, which is all that php-fpm says: how many workers there are is learnt. As many as there were
 *   connections at a time that had been answered on and were open are there for certain. At first one rests for trial, and the
 *   next request has a new connection: if it is answered meanwhile, there are two.
 * - nothing: none rests. Most say nothing at all.
 *
 * It is asked when there is much to do, and not for the first requests: most that are forwarded to are small, some cannot stand
 * a connection without a request. Between two answers the last one counts.
 */
export class IdleAllowance {
  readonly #address: Address;
  #knowledge: Knowledge = 'nothing';
  #allowance: Allowance = NONE_REST;
  /** Workers that are there for certain. */
  #proven = 1;
  #made = 0;
  #since = 0;
  #nextQuestion = 0;
  #closed = 0;

  constructor(address: Address) {
    this.#address = address;
  }

  get current(): Allowance {
    return this.#allowance;
  }

  /** Whether the number of workers is being found out. */
  get isLearning(): boolean {
    return this.#knowledge === 'learning';
  }

  /** Whether what rests is there for trial: it is not to be used yet. */
  get isTrial(): boolean {
    return this.isLearning && this.#proven === 1;
  }

  /** A connection was made. @param now as `performance.now()` has it. */
  made(now: number): void {
    if (now - this.#since > WITHIN) {
      this.#since = now;
      this.#made = 0;
    }
    this.#made++;
    if (this.#made < WORTHWHILE || now < this.#nextQuestion) return;
    this.#nextQuestion = now + BELIEVED;
    void this.#ask(now);
  }

  /** So many connections are open that were answered on and kept: each has a worker. */
  held(connections: number): void {
    if (this.isLearning && connections > this.#proven) this.#prove(connections, Infinity);
  }

  /** A connection was answered on only when others had been given up: so it seems, there are no more workers than so many. */
  starved(workers: number, now: number): void {
    if (!this.isLearning) return;
    if (workers >= 2) this.#prove(workers, workers);
    else {
      // It may have been busy with something else.
      this.#nextQuestion = now + ASKED_AGAIN;
      this.#knowledge = 'learnt enough';
      this.#allowance = NONE_REST;
    }
  }

  /** One that had rested has carried a further request. */
  used(): void {
    this.#closed = 0;
  }

  /** The application has closed a connection after its first request, though it was to be kept. */
  closed(): void {
    this.#closed++;
    if (this.#closed < MOST_CLOSED) return;
    this.#closed = 0;
    this.#knowledge = 'learnt enough';
    this.#allowance = NONE_REST;
  }

  #prove(workers: number, most: number): void {
    this.#proven = workers;
    this.#allowance = { most, resting: restingOf(workers) };
  }

  async #ask(now: number): Promise<void> {
    const names = ['FCGI_MAX_CONNS', 'FCGI_MPXS_CONNS'];
    const { heard, values } = await askValues(this.#address, names, ANSWER_TIME, ANSWER_TIME);
    if (heard !== 'answer') {
      this.#nextQuestion = now + ASKED_AGAIN;
      return;
    }
    const said = allowanceOf(values);
    if (said !== undefined) {
      this.#knowledge = 'told';
      this.#allowance = said;
    } else if (!this.isLearning) {
      this.#knowledge = 'learning';
      this.#proven = 1;
      this.#allowance = { most: Infinity, resting: 1 };
    }
  }
}

/**
 * @param values names and values alternate.
 * @returns `undefined` when each connection has a worker, and how many there are was not said.
 */
export function allowanceOf(values: readonly string[]): Allowance | undefined {
  const valueOf = (name: string): string => {
    const index = values.findIndex((value, at) => at % 2 === 0 && value === name);
    return index === -1 ? '' : (values[index + 1] ?? '');
  };
  const multiplexes = valueOf('FCGI_MPXS_CONNS');
  if (multiplexes === '1') return { most: Infinity, resting: MOST_RESTING };
  const most = valueOf('FCGI_MAX_CONNS');
  if (most === '' && multiplexes === '0') return undefined;
  const workers = /^\d{1,10}$/.test(most) ? Number(most) : 0;
  return workers < 2 ? NONE_REST : { most: workers, resting: restingOf(workers) };
}

/** A quarter of the workers is never held by what rests, nor the last one. */
function restingOf(workers: number): number {
  return Math.min(workers - Math.ceil(workers / 4), MOST_RESTING);
}
