import { type Cell, countOutcomes, matrixOf, titleOf } from './matrix.ts';
import { markdownText } from './plain-text.ts';
import { linkedRules, type ReportOptions } from './rule-links.ts';
import { stoppedText } from './stopped-text.ts';
import type { Run } from '../run/run-cases.ts';

const MARKS = { passed: '✓', failed: '✗', skipped: '–' } as const;

function mark(cell: Cell): string {
  return cell === undefined ? ' ' : MARKS[cell.outcome];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function problemsOf(runs: readonly Run[], rules: (text: string) => string): string[] {
  const lines: string[] = [];
  for (const { name, results } of runs) {
    for (const { name: found, rule, outcome, problems } of results) {
      if (outcome !== 'failed') continue;
      lines.push(
        `- **${markdownText(name)}**, \`${found}\` (${rules(rule)})`,
        ...problems.map((problem) => `  - ${markdownText(problem)}`),
      );
    }
  }
  return lines.length === 0 ? [] : ['', '## What failed', '', ...lines];
}

/** Who did not answer to the end. */
function stopsOf(runs: readonly Run[]): string[] {
  return runs.flatMap((run) =>
    stoppedText(run).flatMap((line) => ['', `**${markdownText(run.name)}**: ${markdownText(line)}`]),
  );
}

/** The matrix in Markdown: a summary, a table for each hazard, and what failed. */
export function matrixMarkdown(runs: readonly Run[], options: ReportOptions = {}): string {
  const rules = (text: string): string => linkedRules(text, options, (rule, address) => `[${rule}](${address})`);
  const { columns, groups } = matrixOf(runs);
  const names = columns.map(({ name }) => markdownText(name));
  const lines = [
    '# Conformance',
    '',
    '✓ passed, ✗ failed, – not offered by the server (it need not be); an empty cell: not a case of that wire.',
    '',
    row(['', ...names]),
    row(['---', ...names.map(() => ':-:')]),
    ...(['passed', 'failed', 'skipped'] as const).map((outcome) =>
      row([outcome, ...columns.map(({ results }) => String(countOutcomes(results)[outcome]))]),
    ),
    ...stopsOf(runs),
    ...problemsOf(runs, rules),
  ];
  for (const { hazard, rows } of groups) {
    lines.push('', `## ${hazard}`, '', row(['Case', 'Rule', ...names]), row(['---', '---', ...names.map(() => ':-:')]));
    for (const { found, cells } of rows) lines.push(row([titleOf(found.name), rules(found.rule), ...cells.map(mark)]));
  }
  return `${lines.join('\n')}\n`;
}
