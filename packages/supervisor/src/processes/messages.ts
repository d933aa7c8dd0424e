import type { Spent } from '../crew/crew-states.ts';

/** Set in the environment of a child; it takes it out, for its own children are nobody's business. */
export const CHILD_VARIABLE = 'TSGI_SUPERVISED';

/** What a crew tells a child. */
export type ToChild =
  | { readonly tsgi: 'drain'; readonly grace: number; readonly replaced: boolean }
  | { readonly tsgi: 'alive?' }
  /** Log files are to be opened anew. */
  | { readonly tsgi: 'reopen' };

/** What a child tells its crew. */
export interface FromChild {
  readonly tsgi: 'ready' | 'alive' | 'spent' | 'leaving';
  /** Why it is spent. */
  readonly why?: Spent;
}

/** The word of a message; `undefined` for one that is not ours: applications may use the channel too. */
export function messageOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'tsgi' in message ? message.tsgi : undefined;
}
