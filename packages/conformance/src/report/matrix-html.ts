import { type Cell, countOutcomes, type MatrixGroup, matrixOf, type MatrixRow, titleOf } from './matrix.ts';
import { STYLE } from './matrix-style.ts';
import { plainText } from './plain-text.ts';
import { linkedRules, type ReportOptions } from './rule-links.ts';
import { stoppedText } from './stopped-text.ts';
import type { Run } from '../run/run-cases.ts';

const MARKS = { passed: '✓', failed: '✗', skipped: '–' } as const;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return plainText(text).replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

function server(run: Run): string {
  const { name, results } = run;
  const { passed, failed, skipped } = countOutcomes(results);
  const part = (outcome: string, count: number): string => {
    return count === 0 ? '' : `<i class="${outcome}" style="flex:${count}"></i>`;
  };
  const rest = [failed > 0 ? `${failed} failed` : '', skipped > 0 ? `${skipped} not offered` : ''].filter(Boolean);
  return `<div class="server"><b>${escaped(name)}</b>
<div class="number">${passed}</div>
<p>of ${results.length} passed${rest.map((text) => `, ${text}`).join('')}</p>
<div class="bar">${part('passed', passed)}${part('failed', failed)}${part('skipped', skipped)}</div>
${stoppedText(run)
  .map((line) => `<p class="stopped">${escaped(line)}.</p>`)
  .join('')}</div>`;
}

function mark(cell: Cell): string {
  if (cell === undefined) return '<td class="cell"></td>';
  const title = cell.reason === undefined ? cell.outcome : `${cell.outcome}: ${cell.reason}`;
  return `<td class="cell"><span class="mark ${cell.outcome}" title="${escaped(title)}">${MARKS[cell.outcome]}</span></td>`;
}

function row({ found, cells }: MatrixRow, columns: readonly Run[], options: ReportOptions): string {
  const rules = linkedRules(
    escaped(found.rule),
    options,
    (rule, address) => `<a href="${escaped(address)}">${rule}</a>`,
  );
  const problems = cells.flatMap((cell, index) =>
    (cell?.problems ?? []).map((problem) => `<li>${escaped(columns[index]?.name ?? '')}: ${escaped(problem)}</li>`),
  );
  const list = problems.length === 0 ? '' : `<ul class="problems">${problems.join('')}</ul>`;
  return `<tr><td>${escaped(titleOf(found.name))} <span class="rule">${rules}</span>${list}</td><td class="rule">${rules}</td>${cells.map(mark).join('')}</tr>`;
}

function section({ hazard, rows }: MatrixGroup, columns: readonly Run[], options: ReportOptions): string {
  const failed = rows.filter(({ cells }) => cells.some((cell) => cell?.outcome === 'failed')).length;
  const count = failed === 0 ? `${rows.length} cases` : `${failed} of ${rows.length} cases failed`;
  const heads = columns.map(({ name }) => `<th class="cell"><span>${escaped(name)}</span></th>`).join('');
  return `<details${failed > 0 ? ' open' : ''}><summary>${escaped(hazard)}<span>${count}</span></summary>
<div class="scroll"><table><thead><tr><th>Case</th><th class="rule">Rule</th>${heads}</tr></thead>
<tbody>
${rows.map((found) => row(found, columns, options)).join('\n')}
</tbody></table></div></details>`;
}

/** The matrix as one HTML page that needs nothing else. What failed is open. */
export function matrixHtml(runs: readonly Run[], options: ReportOptions = {}): string {
  const { columns, groups } = matrixOf(runs);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TSGI conformance</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>TSGI conformance</h1>
<p class="lead">One application, asked the same questions through every server. Each case names the rule of the contract
that it holds the server to.</p>
<section class="servers">
${columns.map(server).join('\n')}
</section>
${groups.map((group) => section(group, columns, options)).join('\n')}
<p class="legend">✓ passed. ✗ failed. – the server does not offer it, and need not. An empty cell: not a case of that
wire.</p>
</main>
</body>
</html>
`;
}
