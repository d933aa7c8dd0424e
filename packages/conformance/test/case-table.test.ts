import { describe, expect, it } from 'vitest';
import { caseGroups, cases, casesFor, type Wire } from '../src/index.ts';

describe('the table', () => {
  it('names each case once', () => {
    const names = cases.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('has names that a header and a URL can carry', () => {
    expect(cases.map(({ name }) => name).filter((name) => !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name))).toEqual([]);
  });

  it('names the rule of each case', () => {
    const unruled = cases.filter(({ rule }) => !/^R\d+(?:, R\d+)*$/.test(rule));
    expect(unruled.map(({ name }) => name)).toEqual([]);
  });

  it('names hazards once', () => {
    expect(new Set(caseGroups.map(({ hazard }) => hazard)).size).toBe(caseGroups.length);
  });

  it.each<Wire>(['http', 'http2', 'fcgi', 'scgi', 'cgi'])('has at least 150 cases for %s', (wire) => {
    expect(casesFor(wire).length).toBeGreaterThanOrEqual(150);
  });
});
