import { type Cell, countOutcomes, matrixOf, titleOf } from './matrix.ts';
import type { Run } from '../run/run-cases.ts';

const MARKS = { passed: '✓', failed: '✗', skipped: '–' } as const;

function mark(cell: Cell): string {
  return cell === undefined ? ' ' : MARKS[cell.outcome];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Text in a table must not end its cell. */
function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/[\r\n]+/g, ' ');
}

function problemsOf(runs: readonly Run[]): string[] {
  const lines: string[] = [];
  for (const { name, results } of runs) {
    for (const { name: found, rule, outcome, problems } of results) {
      if (outcome !== 'failed') continue;
      lines.push(`- **${name}**, \`${found}\` (${rule})`, ...problems.map((problem) => `  - ${escaped(problem)}`));
    }
  }
  return lines.length === 0 ? [] : ['', '## What failed', '', ...lines];
}

/** The matrix in Markdown: a summary, a table for each hazard, and what failed. */
export function matrixMarkdown(runs: readonly Run[]): string {
  const { columns, groups } = matrixOf(runs);
  const names = columns.map(({ name }) => name);
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
    ...problemsOf(runs),
  ];
  for (const { hazard, rows } of groups) {
    lines.push('', `## ${hazard}`, '', row(['Case', 'Rule', ...names]), row(['---', '---', ...names.map(() => ':-:')]));
    for (const { found, cells } of rows) lines.push(row([titleOf(found.name), found.rule, ...cells.map(mark)]));
  }
  return `${lines.join('\n')}\n`;
}
