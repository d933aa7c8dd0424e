import { describe, expect, it } from 'vitest';
import { type CaseResult, countOutcomes, matrixHtml, matrixMarkdown, reportText, type Run } from '../src/index.ts';

const passed: CaseResult = { name: 'head-has-no-body', rule: 'R84', outcome: 'passed', problems: [] };
const failed: CaseResult = {
  name: 'a-status-with-crlf-is-no-status',
  rule: 'R56',
  outcome: 'failed',
  problems: ['status: found "<b>" | x', 'second'],
};
const skipped: CaseResult = {
  name: 'early-hints-come-before-the-answer',
  rule: 'R67',
  outcome: 'skipped',
  problems: [],
  reason: 'the server has no tsgi.early_hints',
};

const good: Run = { name: 'good', wire: 'HTTP', results: [passed] };
const bad: Run = { name: 'bad & odd', wire: 'FastCGI', results: [{ ...passed }, failed, skipped] };

describe('reports', () => {
  it('count what became of the cases', () => {
    expect(countOutcomes(bad.results)).toEqual({ passed: 1, failed: 1, skipped: 1 });
  });

  it('in Markdown have a column for each run and a cell for each case', () => {
    const text = matrixMarkdown([good, bad]);
    expect(text).toContain('| failed | 0 | 1 |\n');
    expect(text).toContain('| Head has no body | R84 | ✓ | ✓ |\n');
    expect(text).toContain('| A status with CRLF is no status | R56 |   | ✗ |\n');
    expect(text).toContain('| Early hints come before the answer | R67 |   | – |\n');
  });

  it('in Markdown say what failed, and keep the table whole', () => {
    expect(matrixMarkdown([bad])).toContain(
      '`a-status-with-crlf-is-no-status` (R56)\n  - status: found "<b>" \\| x\n  - second\n',
    );
  });

  it('in HTML need nothing else, and let no text become markup', () => {
    const page = matrixHtml([good, bad]);
    expect(page).not.toMatch(/https?:|<script|<link|<b> \| x/);
    expect(page).toContain('<b>bad &amp; odd</b>');
    expect(page).toContain('status: found &quot;&lt;b&gt;&quot; | x');
    expect(page.match(/<details open>/g)).toHaveLength(1);
  });

  it('for a person name what failed, by hazard, and leave out what passed', () => {
    expect(reportText(bad)).toBe(
      [
        'bad & odd (FastCGI)',
        '',
        'Heads that are refused',
        '  ✗ A status with CRLF is no status (R56)',
        '    a-status-with-crlf-is-no-status',
        '      status: found "<b>" | x',
        '      second',
        '',
        '3 cases: 1 passed, 1 failed, 1 not offered by the server',
        '',
      ].join('\n'),
    );
  });
});
