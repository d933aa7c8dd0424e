import type { Place } from './place.ts';
import type { CheckReport, Failure, Finding } from './report.ts';

const WIDTH = 100;
const SHOWN_REQUESTS = 3;
const COLORS = { red: 31, yellow: 33, green: 32, bold: 1, dim: 2 } as const;

type Paint = (text: string, color: keyof typeof COLORS) => string;

/** How a report is written out. */
export interface ReportTextOptions {
  /** What was checked, in the first line: `app.js`. */
  name?: string;
  /** ANSI colors. Default: none. */
  color?: boolean;
  /** Places are shown relative to this folder. Default: in full. */
  folder?: string;
}

function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + word.length >= WIDTH) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line].map((each) => indent + each).join('\n');
}

function placeText({ file, line, column }: Place, folder: string | undefined): string {
  const shown = folder !== undefined && file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : file;
  return `${shown}:${line}:${column}`;
}

function requestsText(requests: readonly string[]): string {
  const shown = requests.slice(0, SHOWN_REQUESTS).join(', ');
  const more = requests.length - SHOWN_REQUESTS;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function findingText(finding: Finding, paint: Paint, folder: string | undefined): string {
  const { rule, title, severity, side, message, place, near, requests, docs } = finding;
  const color = severity === 'error' ? 'red' : 'yellow';
  const who = side === 'app' ? '' : ` (${side})`;
  const lines = [`${paint(severity, color)} ${paint(rule, 'bold')} ${title}${who}`];
  if (place !== undefined) lines.push(`  at ${placeText(place, folder)}`);
  else if (near !== undefined) lines.push(`  in the response that begins at ${placeText(near, folder)}`);
  lines.push(wrapped(message, '  '), paint(`  ${requestsText(requests)} · ${docs}`, 'dim'));
  return lines.join('\n');
}

function failureText({ message, place, requests }: Failure, paint: Paint, folder: string | undefined): string {
  const lines = [`${paint('failed', 'red')} ${message}`];
  if (place !== undefined) lines.push(`  at ${placeText(place, folder)}`);
  lines.push(paint(`  ${requestsText(requests)}`, 'dim'));
  return lines.join('\n');
}

/** A report for a person. */
export function checkReportText(report: CheckReport, options: ReportTextOptions = {}): string {
  const { name = 'the application', color = false, folder } = options;
  const paint: Paint = (text, tone) => (color ? `\u001B[${COLORS[tone]}m${text}\u001B[0m` : text);
  const { serverErrors } = report;
  const only5xx = serverErrors === 0 ? '' : paint(`, ${serverErrors} answered with 5xx`, 'yellow');
  const requests = `${plural(report.requests, 'request')}${only5xx}`;
  if (report.failures.length === 0 && report.findings.length === 0) {
    return `${paint('ok', 'green')} ${name} keeps the contract: ${requests}, nothing found\n`;
  }
  const parts = [
    ...report.failures.map((failure) => failureText(failure, paint, folder)),
    ...report.findings.map((finding) => findingText(finding, paint, folder)),
  ];
  const counts = [
    report.failures.length > 0 ? plural(report.failures.length, 'failure') : '',
    report.errors > 0 ? plural(report.errors, 'error') : '',
    report.warnings > 0 ? plural(report.warnings, 'warning') : '',
  ].filter((count) => count !== '');
  const verdict = report.passed ? paint('passed', 'green') : paint('failed', 'red');
  parts.push(`${verdict}: ${name}, ${counts.join(', ')} in ${requests}`);
  return `${parts.join('\n\n')}\n`;
}
