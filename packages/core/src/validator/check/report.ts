import type { Severity, Side } from '../violation.ts';
import type { Place } from './place.ts';

/** One violation, in however many requests it happened. */
export interface Finding {
  readonly rule: string;
  /** The rule's, from the catalogue. */
  readonly title: string;
  readonly severity: Severity;
  readonly side: Side;
  /** Of the first time. */
  readonly message: string;
  readonly docs: string;
  /** The line that broke the rule, where it can be known. */
  readonly place: Place | undefined;
  /** Else the line whose `startResponse` began the response. */
  readonly near: Place | undefined;
  readonly requests: readonly string[];
}

/** An application that threw, or gave no answer. */
export interface Failure {
  /** Of the first time. */
  readonly message: string;
  readonly place: Place | undefined;
  readonly requests: readonly string[];
}

/** What a battery of requests showed. */
export interface CheckReport {
  /** How many requests were made. */
  readonly requests: number;
  /** Answers of the application with a status of 500 and above: they break no rule, but hide what would have been checked. */
  readonly serverErrors: number;
  /** Errors first. */
  readonly findings: readonly Finding[];
  readonly failures: readonly Failure[];
  readonly errors: number;
  readonly warnings: number;
  /** No error, no failure; warnings are let pass. */
  readonly passed: boolean;
}

type Open<Entry> = Omit<Entry, 'requests'> & { requests: string[] };

/** Merges what happened in one request after the other. */
export class ReportBuilder {
  readonly #findings = new Map<string, Open<Finding>>();
  readonly #failures = new Map<string, Open<Failure>>();
  #requests = 0;
  #serverErrors = 0;

  request(): void {
    this.#requests++;
  }

  serverError(): void {
    this.#serverErrors++;
  }

  finding(finding: Omit<Finding, 'requests'>, request: string): void {
    // Lengths and values differ from request to request; the mistake is one.
    const wording = finding.message.replaceAll(/\d+/g, '0').replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
    const { rule, side, severity, place } = finding;
    merge(
      this.#findings,
      JSON.stringify([rule, side, severity, place, place === undefined ? wording : '']),
      finding,
      request,
    );
  }

  failure(failure: Omit<Failure, 'requests'>, request: string): void {
    merge(this.#failures, JSON.stringify(failure.place ?? failure.message), failure, request);
  }

  report(): CheckReport {
    const findings = [...this.#findings.values()].toSorted((one, other) => one.severity.localeCompare(other.severity));
    const failures = [...this.#failures.values()];
    const errors = findings.filter((finding) => finding.severity === 'error').length;
    return {
      requests: this.#requests,
      serverErrors: this.#serverErrors,
      findings,
      failures,
      errors,
      warnings: findings.length - errors,
      passed: errors === 0 && failures.length === 0,
    };
  }
}

function merge<Entry extends object>(
  entries: Map<string, Entry & { requests: string[] }>,
  key: string,
  entry: Entry,
  request: string,
): void {
  const known = entries.get(key);
  if (known === undefined) entries.set(key, { ...entry, requests: [request] });
  else if (!known.requests.includes(request)) known.requests.push(request);
}
