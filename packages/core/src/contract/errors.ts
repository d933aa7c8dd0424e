/**
 * Whose fault an error is: the application's (it broke the contract) or the peer's (it broke the wire). `server` and
 * `middleware` are found by the validator alone, which sees both sides of a call.
 */
export type ErrorSide = 'app' | 'peer' | 'server' | 'middleware';

/** What every `TsgiError` says about itself. */
export interface ErrorDetails {
  /** Stable, upper case with underscores: what a program compares. */
  code: string;
  side: ErrorSide;
  /** The status that fits when nothing was sent yet. Default: 400 for 'peer', 500 for all others. */
  statusHint?: number;
  /** The rule that was broken, as `'R71'`, where one was. */
  rule?: string;
  cause?: unknown;
}

/** The base of every error that TSGI throws. The message names the rule, what was found and what was expected. */
export class TsgiError extends Error {
  readonly code: string;
  readonly side: ErrorSide;
  readonly statusHint: number;
  readonly rule: string | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(details.rule === undefined ? message : `${details.rule}: ${message}`, { cause: details.cause });
    this.name = 'TsgiError';
    this.code = details.code;
    this.side = details.side;
    this.statusHint = details.statusHint ?? (details.side === 'peer' ? 400 : 500);
    this.rule = details.rule;
  }
}

/**
 * The peer is gone, or its body was cut short (R48, R79). Rejects pending reads and writes, and is the `reason` of
 * `tsgi.signal`. Its `name` is `AbortError`, as of every abort on the platform.
 */
export class TsgiAbortError extends TsgiError {
  constructor(message: string, details: Partial<ErrorDetails> = {}) {
    super(message, { code: 'PEER_GONE', side: 'peer', ...details });
    this.name = 'AbortError';
  }
}

/** For their messages: `1 byte`, `2 bytes`. */
export function countedBytes(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}
