import { expect, describe, it } from 'vitest';
import { rules, violationText, type SeenRule } from '@tsgi/core/validator';
import { runExample } from './validator-driver.ts';

const seen = rules.filter((rule): rule is SeenRule => 'example' in rule);

describe('the rule catalogue', () => {
  it('has R1 to R98 once each, in order, and its own after them', () => {
    expect(rules.map((rule) => rule.id)).toEqual(rules.map((_rule, index) => `R${index + 1}`));
    expect(rules.length).toBeGreaterThanOrEqual(98);
  });

  it('says of every rule either how it is broken or why that cannot be seen', () => {
    const counts = {
      all: rules.length,
      checkable: seen.length,
      unseen: rules.filter((rule) => 'unseen' in rule).length,
    };
    expect(counts).toEqual({ all: 104, checkable: 75, unseen: 29 });
  });

  it.each(rules.map((rule) => [rule.id, rule] as const))('%s has a title, an explanation and a source', (_id, rule) => {
    expect(rule.title).not.toMatch(/\.$/);
    expect(rule.explanation.length).toBeGreaterThan(20);
    expect(rule.source).not.toBe('');
    if ('unseen' in rule) expect(rule.unseen).toMatch(/\.$/);
  });
});

describe.each(seen.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  const { of, wrong, right, request = {} } = rule.example;

  it('is found where it is broken, and nothing else is', async () => {
    const violations = await runExample(of, wrong, request);
    const expected = rule.reportedAs ?? [id];
    const own = violations.filter((violation) => expected.includes(violation.rule));
    expect(own.map((violation) => violation.severity)).toContain(rule.severity);
    for (const violation of own) {
      expect(rule.binds).toContain(violation.side);
      expect(violation.docs).toBe(`docs/spec.md#${violation.rule.toLowerCase()}`);
      expect(violation.message).toMatch(/:|;/);
      expect(violation.request.uri).not.toBe('');
    }
    const others = violations.filter(
      (violation) => !expected.includes(violation.rule) && violation.severity === 'error',
    );
    expect(others.map(violationText)).toEqual([]);
  });

  it('is silent where it is kept', async () => {
    expect((await runExample(of, right, request)).map(violationText)).toEqual([]);
  });
});
