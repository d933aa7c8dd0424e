import type { Severity, Side } from '../violation.ts';

/**
 * How a rule is broken, and kept: JavaScript that runs as it stands, for the tests do run it. `bytes` encodes text,
 * `plain` is a head's `[['Content-Type', 'text/plain']]`.
 */
export interface RuleExample {
  /**
   * What the code is. `app`: a module that exports an application. `middleware`: one that exports a function from App to
   * App. `server`: what a server does with `app` and `environ`; `serve(app, environ)` does all of it rightly.
   */
  readonly of: Side;
  readonly wrong: string;
  readonly right: string;
  /** The request that shows it. Default: `GET /`. */
  readonly request?: { readonly method?: string; readonly body?: string };
}

interface RuleText {
  readonly id: string;
  readonly binds: readonly [Side, ...Side[]];
  /** Of what breaks it; where some of it is only suspect, the explanation says so. */
  readonly severity: Severity;
  readonly title: string;
  readonly explanation: string;
  readonly source: string;
}

/** A rule whose breach can be seen at run time, from between the application and its server. */
export interface SeenRule extends RuleText {
  readonly example: RuleExample;
  /** The rules that a breach is reported as, where that is another one. */
  readonly reportedAs?: readonly [string, ...string[]];
}

/** A rule that a validator cannot see, or that allows and forbids nothing. */
export interface UnseenRule extends RuleText {
  /** Why, and what proves it instead. */
  readonly unseen: string;
}

/** One rule of the contract. */
export type Rule = SeenRule | UnseenRule;
