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

const spec = 'https://github.com/tsgi/tsgi/blob/main/docs/spec.md';

const good: Run = { name: 'good', wire: 'HTTP', results: [passed] };
const bad: Run = { name: 'bad & odd', wire: 'FastCGI', results: [{ ...passed }, failed, skipped] };

describe('reports', () => {
  it('count what became of the cases', () => {
    expect(countOutcomes(bad.results)).toEqual({ passed: 1, failed: 1, skipped: 1 });
  });

  it('in Markdown have a column for each run and a cell for each case', () => {
    const text = matrixMarkdown([good, bad]);
    expect(text).toContain('| failed | 0 | 1 |\n');
    expect(text).toContain(`| Head has no body | [R84](${spec}#r84) | ✓ | ✓ |\n`);
    expect(text).toContain(`| A status with CRLF is no status | [R56](${spec}#r56) |   | ✗ |\n`);
    expect(text).toContain(`| Early hints come before the answer | [R67](${spec}#r67) |   | – |\n`);
  });

  it('in Markdown say what failed, and keep the table whole', () => {
    expect(matrixMarkdown([bad])).toContain(
      `\`a-status-with-crlf-is-no-status\` ([R56](${spec}#r56))\n  - status: found "&lt;b&gt;" \\| x\n  - second\n`,
    );
  });

  it('in HTML need nothing else, and let no text become markup', () => {
    const page = matrixHtml([good, bad]);
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|<b> \| x/);
    expect(page).toContain('<b>bad &amp; odd</b>');
    expect(page).toContain('status: found &quot;&lt;b&gt;&quot; | x');
    expect(page.match(/<details open>/g)).toHaveLength(1);
  });

  it('lead from a rule to where it is explained', () => {
    expect(matrixHtml([bad])).toContain(`<a href="${spec}#r56">R56</a>`);
    expect(matrixHtml([bad], { specification: '../docs/spec.md' })).toContain('<a href="../docs/spec.md#r56">R56</a>');
    expect(matrixMarkdown([bad], { specification: 'spec.md' })).toContain('[R56](spec.md#r56)');
  });

  it('keep what a server sent from commanding the terminal, and from being markup', () => {
    const evil =
      'found "\u009b31m\u001b[2J\u202e\r\n# head\n<img src=x onerror=alert(1)> [a](javascript:b) `code` | cell"';
    const run: Run = { name: '<b>\u009b2J', wire: 'HTTP', results: [{ ...failed, problems: [evil] }] };
    for (const text of [reportText(run), matrixMarkdown([run]), matrixHtml([run])]) {
      // oxlint-disable-next-line no-control-regex -- these are what must not be there
      expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
      expect(text).not.toMatch(/^# head/m);
      expect(text).toContain('\\u009b');
    }
    for (const text of [matrixMarkdown([run]), matrixHtml([run])]) expect(text).not.toMatch(/<img|<b>\\u009b/);
    expect(matrixMarkdown([run])).toContain('\\[a\\](javascript:b) \\`code\\` \\| cell');
  });

  it('say that a server stopped answering, and when', () => {
    const stopped = { during: 'head-has-no-body', beside: ['one-more'], problem: 'no server answers: x', unasked: 500 };
    const text = reportText({ ...good, stopped });
    expect(text).toContain('The server stopped answering with the case head-has-no-body: no server answers: x\n');
    expect(text).toContain('it may have been one of them: one-more\n500 cases were not asked any more\n');
    expect(matrixMarkdown([{ ...good, stopped }])).toContain(
      'The server stopped answering with the case head-has-no-body',
    );
    expect(matrixHtml([{ ...good, stopped }])).toContain('The server stopped answering with the case head-has-no-body');
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
