import { caseGroups } from '../run/case-table.ts';
import type { ConformanceCase } from '../run/case.ts';
import type { CaseResult } from '../run/run-case.ts';
import type { Run } from '../run/run-cases.ts';

/** One case on one server; undefined where the case is not for its wire. */
export type Cell = CaseResult | undefined;

/** One case on all servers. */
export interface MatrixRow {
  readonly found: ConformanceCase;
  readonly cells: readonly Cell[];
}

/** The cases of one hazard. */
export interface MatrixGroup {
  readonly hazard: string;
  readonly rows: readonly MatrixRow[];
}

/** Cases × servers. */
export interface Matrix {
  readonly columns: readonly Run[];
  readonly groups: readonly MatrixGroup[];
}

/** Sets runs side by side, in the order of the table; cases that nobody was asked are left out. */
export function matrixOf(columns: readonly Run[]): Matrix {
  const results = columns.map(({ results }) => new Map(results.map((result) => [result.name, result])));
  const groups = caseGroups.map(({ hazard, cases }) => ({
    hazard,
    rows: cases
      .map((found) => ({ found, cells: results.map((byName) => byName.get(found.name)) }))
      .filter(({ cells }) => cells.some((cell) => cell !== undefined)),
  }));
  return { columns, groups: groups.filter(({ rows }) => rows.length > 0) };
}

/** How many cases had each outcome. */
export function countOutcomes(results: readonly CaseResult[]): Record<CaseResult['outcome'], number> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { outcome } of results) counts[outcome]++;
  return counts;
}

/** Words that have a spelling of their own, wherever they stand in a name. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/\bhttp (\d) (\d)\b/gi, 'HTTP/$1.$2'],
  [/^http\b|(?<=\bis )http\b/g, 'HTTP'],
  [/^fcgi\b/g, 'FastCGI:'],
  [/^scgi\b/g, 'SCGI:'],
  [/\bcgi\b/g, 'CGI'],
  [/\bstart response\b/g, 'startResponse'],
  [/\bexc info\b/g, 'excInfo'],
  [/\bpath info\b/g, 'PATH_INFO'],
  [/\bscript name\b/g, 'SCRIPT_NAME'],
  [/\bcontent length(s?)\b/g, 'Content-Length$1'],
  [/\bcontent type(s?)\b/g, 'Content-Type$1'],
  [/\butf 8\b/g, 'UTF-8'],
];

/** A case's name as a sentence. */
export function titleOf(name: string): string {
  let words = name.replaceAll('-', ' ');
  for (const [pattern, spelling] of SPELLINGS) words = words.replaceAll(pattern, spelling);
  words = words.replaceAll(/\b(?:crlf|cr|lf|nul|uri|url)\b/g, (word) => word.toUpperCase());
  return /^(?:start|exc)[RI]/.test(words) ? words : words.charAt(0).toUpperCase() + words.slice(1);
}
