/**
 * What a connection with one request is, and what may become of it.
 *
 * House rules: all transitions are in the table; an event that a state has no entry for changes nothing, and its reporter is
 * told so. Nothing here touches a socket, a clock or a byte: the connection reports what happened, and does what follows.
 *
 * Theory of operation: a connection carries one request and one answer. Its `header` comes, the application is called
 * (`running`), the answer's head goes out (`answering`), and with the answer all is said. What the front end sends after that
 * is read unheard (`lingering`): it may send its whole body before it reads the answer (mod_proxy_scgi, Caddy), and to close on unread
 * bytes would reset the answer away. The body comes beside all this, as far as the application wants it: a socket whose
 * application has enough is not read, but for the bit that tells whether the front end has left.
 */

import type { BodyFlow } from '../connection/incoming-body.ts';

export type Phase = 'header' | 'running' | 'answering' | 'lingering' | 'closed';

export type Event =
  /** The header is whole, and the application is called. */
  | 'called'
  /** The head of the answer was sent, and not its end. */
  | 'answered'
  /** The answer has ended, or the request was refused. */
  | 'replied'
  /** The connection has ended, or has to. */
  | 'gone';

export const TRANSITIONS: Readonly<Record<Phase, Readonly<Partial<Record<Event, Phase>>>>> = {
  header: { called: 'running', replied: 'lingering', gone: 'closed' },
  running: { answered: 'answering', replied: 'lingering', gone: 'closed' },
  answering: { replied: 'lingering', gone: 'closed' },
  lingering: { gone: 'closed' },
  closed: {},
};

/** The state of one connection. */
export class ConnectionState implements BodyFlow {
  awaited = 0;
  excess = 0;
  /** So much more than otherwise may be read, to find out whether the front end has left. */
  readOn = 0;
  #phase: Phase = 'header';

  get phase(): Phase {
    return this.#phase;
  }

  /** @returns whether the event means anything in this state. */
  on(event: Event): boolean {
    const next = TRANSITIONS[this.#phase][event];
    if (next === undefined) return false;
    this.#phase = next;
    return true;
  }

  /** The application works on a request whose answer is not all sent. */
  get isOpen(): boolean {
    return this.#phase === 'running' || this.#phase === 'answering';
  }

  /** The application has as much of the body as it wants: the socket is not read, but for `readOn`. */
  get hasEnough(): boolean {
    return this.isOpen && this.awaited === 0 && this.excess > 0;
  }

  /** Whether the socket is not read for now. */
  get mustPause(): boolean {
    return this.hasEnough && this.excess > this.readOn;
  }
}
