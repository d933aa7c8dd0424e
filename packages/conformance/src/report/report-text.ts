import { caseGroups } from '../run/case-table.ts';
import { countOutcomes, titleOf } from './matrix.ts';
import { plainText } from './plain-text.ts';
import { stoppedText } from './stopped-text.ts';
import type { Run } from '../run/run-cases.ts';

/** The result of one run for a person: what failed, by hazard, and the counts. */
export function reportText(run: Run): string {
  const failed = new Map(
    run.results.filter(({ outcome }) => outcome === 'failed').map((result) => [result.name, result]),
  );
  const lines = [`${plainText(run.name)} (${plainText(run.wire)})`];
  for (const { hazard, cases } of caseGroups) {
    const found = cases.map(({ name }) => failed.get(name)).filter((result) => result !== undefined);
    if (found.length === 0) continue;
    lines.push('', hazard);
    for (const { name, rule, problems } of found) {
      lines.push(
        `  ✗ ${titleOf(name)} (${rule})`,
        `    ${name}`,
        ...problems.map((problem) => `      ${plainText(problem)}`),
      );
    }
  }
  const { passed, skipped } = countOutcomes(run.results);
  const offered = skipped === 0 ? '' : `, ${skipped} not offered by the server`;
  for (const [index, line] of stoppedText(run).entries()) lines.push(...(index === 0 ? [''] : []), line);
  lines.push('', `${run.results.length} cases: ${passed} passed, ${failed.size} failed${offered}`);
  return `${lines.join('\n')}\n`;
}
