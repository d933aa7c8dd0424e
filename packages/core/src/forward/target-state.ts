/**
 * What a gateway knows of one of its targets, and what changes that.
 *
 * House rules: all transitions are in the table; an event that a state has no entry for changes nothing.
 *
 * Theory of operation: only requests tell how a target is; nobody asks it besides (passive health). One that takes no request
 * at all is `out` at once. One that took a request and did not answer may have had a bad request: it is `suspect`, and out when
 * the next thing heard of it is the same. Who is out is left out for a pause; then one request tries it (`trying`), and an
 * answer brings it back.
 */
export type TargetState =
  /** It answers, or nothing is known of it. */
  | 'up'
  /** The last that was heard of it is that a request failed; it gets requests as before. */
  | 'suspect'
  /** It gets no requests. */
  | 'out'
  /** It gets none but the one that is under way. */
  | 'trying';

export type TargetEvent =
  /** The head of an answer has come, whatever its status. */
  | 'answered'
  /** It took a request, and no answer came, or nothing that is one. */
  | 'failed'
  /** It took no request: no connection, or the request was sent back unread. */
  | 'unreachable'
  /** The pause is over, and a request is sent to it. */
  | 'tried'
  /** That request has ended, and says nothing of the target: its client left. */
  | 'undecided';

export const TRANSITIONS: Readonly<Record<TargetState, Readonly<Partial<Record<TargetEvent, TargetState>>>>> = {
  up: { failed: 'suspect', unreachable: 'out' },
  suspect: { answered: 'up', failed: 'out', unreachable: 'out' },
  out: { answered: 'up', tried: 'trying' },
  trying: { answered: 'up', failed: 'out', unreachable: 'out', undecided: 'out' },
};
