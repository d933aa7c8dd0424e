import type { Environ } from '../contract/contract.ts';
import { TsgiError } from '../contract/errors.ts';
import { logLine } from '../log/log-text.ts';

/** What breaks a peer or the contract is an error; what works but is suspect is a warning. */
export type Severity = 'error' | 'warning';

/** Who is at fault, seen from the validator: what it wraps, what calls it, or a middleware between two validators. */
export type Side = 'app' | 'server' | 'middleware';

/** The request that a violation happened in. */
export interface ViolationRequest {
  readonly method: string;
  /** `REQUEST_URI`, as it came. */
  readonly uri: string;
  /** As the server handed it over. */
  readonly environ: Environ;
}

/** One breach of the contract. */
export interface Violation {
  /** One of the contract's, as `'R71'`, or one that the validator added. */
  readonly rule: string;
  readonly severity: Severity;
  readonly side: Side;
  /** What was found, what was expected, and how to mend it. */
  readonly message: string;
  /** Where the specification says so: `docs/spec.md#r57`. */
  readonly docs: string;
  readonly request: ViolationRequest;
}

/** A violation as an error, thrown at the place of the fault. */
export class TsgiViolationError extends TsgiError {
  readonly violation: Violation;

  constructor(violation: Violation) {
    super(`${violation.message} (${violation.docs})`, {
      code: 'CONTRACT_VIOLATION',
      // Servers and middlewares are at fault here too, which no other error knows of.
      side: violation.side,
      statusHint: 500,
      rule: violation.rule,
    });
    this.name = 'TsgiViolationError';
    this.violation = violation;
  }

  get severity(): Severity {
    return this.violation.severity;
  }

  get docs(): string {
    return this.violation.docs;
  }

  get request(): ViolationRequest {
    return this.violation.request;
  }
}

/** Of a target that a line shows. */
const LONGEST_TARGET = 200;

/** A violation as a line of text; a long target is cut, for one request may have many violations. */
export function violationText(violation: Violation): string {
  const { rule, severity, side, message, docs, request } = violation;
  const target = request.uri.length > LONGEST_TARGET ? `${request.uri.slice(0, LONGEST_TARGET)}…` : request.uri;
  return `${rule} ${severity} (${side}), ${logLine(`${request.method} ${target}`)}: ${message} (${docs})`;
}
