import type { ErrorStream } from '../contract/contract.ts';
import {
  TsgiViolationError,
  violationText,
  type Severity,
  type Side,
  type Violation,
  type ViolationRequest,
} from './violation.ts';

/** Takes every violation of every request; what it throws is thrown at the place of the fault. */
export type OnViolation = (violation: Violation) => void;

/** Where the specification is, from the root of the repository and of the documentation. */
const SPECIFICATION = 'docs/spec.md';

/** Says what was violated in one request: to the callback, or as an error and a line in `tsgi.errors`. */
export class Reporter {
  readonly request: ViolationRequest;
  readonly #errors: ErrorStream | undefined;
  readonly #onViolation: OnViolation | undefined;

  constructor(request: ViolationRequest, errors: ErrorStream | undefined, onViolation: OnViolation | undefined) {
    this.request = request;
    this.#errors = errors;
    this.#onViolation = onViolation;
  }

  /**
   * Reports at the place of the fault. Without a callback it throws a `TsgiViolationError`; with one it returns, and
   * the call that broke the contract goes on as if there were no validator.
   */
  error(rule: string, side: Side, message: string): void {
    const violation = this.#violation(rule, 'error', side, message);
    if (this.#onViolation === undefined) throw new TsgiViolationError(violation);
    this.#onViolation(violation);
  }

  /** Never throws but what the callback throws. */
  warning(rule: string, side: Side, message: string): void {
    this.#tell(this.#violation(rule, 'warning', side, message));
  }

  /** An error that has no place: nobody called, so nobody can catch it. */
  placeless(rule: string, side: Side, message: string): void {
    this.#tell(this.#violation(rule, 'error', side, message));
  }

  #violation(rule: string, severity: Severity, side: Side, message: string): Violation {
    return { rule, severity, side, message, docs: `${SPECIFICATION}#${rule.toLowerCase()}`, request: this.request };
  }

  #tell(violation: Violation): void {
    if (this.#onViolation !== undefined) this.#onViolation(violation);
    else this.#errors?.write(`tsgi validator: ${violationText(violation)}\n`);
  }
}
