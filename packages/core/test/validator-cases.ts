import type { App, Environ } from '@tsgi/core';
import { testEnviron } from '@tsgi/core/testing';
import { validator, type Violation } from '@tsgi/core/validator';
import { describe, expect, it } from 'vitest';
import { bytes, check, plain, reads, serve, type AnyApp } from './validator-driver.ts';

// The test cases of other validators, translated: found under a rule, let pass as theirs is, or not for us, with the
// reason.

export interface Case {
  readonly name: string;
  /** The rules that must be reported; `[]` for silence. */
  readonly rules?: readonly string[];
  readonly run?: () => Promise<string[]>;
  /** Why it is not for us. */
  readonly notOurs?: string;
}

export async function inEnviron(change: (environ: Environ) => void, app: App = reads): Promise<string[]> {
  const violations: Violation[] = [];
  const environ = testEnviron();
  change(environ);
  await serve(validator(app, { onViolation: (violation) => violations.push(violation) }), environ);
  return violations.map((violation) => violation.rule);
}

export function environ(
  name: string,
  rules: readonly string[],
  change: (environ: Record<string, unknown>) => void,
): Case {
  return { name, rules, run: () => inEnviron(change) };
}

export function app(name: string, rules: readonly string[], wrong: AnyApp, request = {}): Case {
  return { name, rules, run: async () => (await check(wrong, request)).rules };
}

export function answers(status: unknown, headers: unknown, body: unknown = [bytes('Hello')]): AnyApp {
  return (_environ, startResponse) => {
    startResponse(status, headers);
    return body;
  };
}

export function notOurs(name: string, reason: string): Case {
  return { name, notOurs: reason };
}

export const typed = (name: unknown, value: unknown): unknown[] => [...plain, [name, value]];

/** Runs a suite, and counts it: what is translated and what is not for us must be all. */
export function suite(name: string, cases: readonly Case[], counts: { translated: number; notOurs: number }): void {
  const translated = cases.filter((each) => each.run !== undefined);

  describe(name, () => {
    it.each(translated.map((each) => [each.name, each] as const))('%s', async (_name, each) => {
      expect((await each.run?.())?.toSorted()).toEqual(each.rules?.toSorted());
    });

    it('is translated, but for what has a reason', () => {
      const reasons = cases.flatMap((each) => each.notOurs ?? []);
      expect({ translated: translated.length, notOurs: reasons.length }).toEqual(counts);
      expect(translated.length + reasons.length).toBe(cases.length);
    });
  });
}
