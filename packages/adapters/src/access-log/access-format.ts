import type { AccessRecord } from './access-record.ts';
import { directive, time } from './directives.ts';
import { jsonLine } from './json-line.ts';
import { LineBytes } from './line-bytes.ts';

/** Adds the line of a request, without its line feed. */
export type AccessLine = (record: AccessRecord, line: LineBytes) => void;

const COMMON = '%h %l %u %t "%r" %>s %b';

const NAMED: Readonly<Record<string, string>> = {
  common: COMMON,
  combined: `${COMMON} "%{Referer}i" "%{User-Agent}i"`,
};

const DIRECTIVE = /^%(!?\d{3}(?:,\d{3})*)?[<>]?(?:\{([^{}]*)\})?([A-Za-z%])/;

/**
 * The format of this name, `common`, `combined` or `json`, or one in the words of Apache's `LogFormat`: `%h %{Host}i %D`. What
 * it shows of others is escaped, so that a line is a line and a field is a field.
 *
 * @throws RangeError naming what is no directive, or for text without any.
 */
export function accessFormat(format: string): AccessLine {
  if (format === 'json') return jsonLine;
  const text = Object.hasOwn(NAMED, format) ? NAMED[format] : undefined;
  if (text === undefined && !format.includes('%')) {
    throw new RangeError(`expected common, combined, json or a format with directives such as %h, found "${format}"`);
  }
  const pieces = piecesOf(text ?? format);
  return (record, line) => {
    for (const piece of pieces) piece(record, line);
  };
}

/** A line as text, for who has no use for bytes. */
export function accessText(format: AccessLine, record: AccessRecord): string {
  const line = new LineBytes();
  format(record, line);
  return new TextDecoder().decode(line.bytes);
}

function piecesOf(format: string): AccessLine[] {
  const pieces: AccessLine[] = [];
  let isQuoted = false;
  let constant = '';
  const endConstant = (): void => {
    const text = constant;
    constant = '';
    if (text === '') return;
    pieces.push(
      /^[\0-\x7f]*$/.test(text) ? (_record, line) => line.plain(text) : (_record, line) => line.constant(text),
    );
  };
  for (let rest = format; rest !== '';) {
    const [plain = ''] = /^(?:\\.|[^%\\])*/s.exec(rest) ?? [];
    for (const [piece] of plain.matchAll(/\\.|[^\\]/gsu)) {
      if (piece === '"' || piece === '\\"') isQuoted = !isQuoted;
      constant += constantText(piece);
    }
    rest = rest.slice(plain.length);
    if (rest === '') break;
    if (rest === '\\') throw new RangeError(`the format "${format}" ends within an escape`);
    const [whole = '', statuses, name, letter = ''] = DIRECTIVE.exec(rest) ?? [];
    if (whole === '%%') constant += '%';
    else {
      endConstant();
      const value = valueOf(whole, name, letter, rest, isQuoted);
      pieces.push(statuses === undefined ? value : forStatuses(statuses, value));
    }
    rest = rest.slice(whole.length);
  }
  endConstant();
  return pieces;
}

/** Apache's `\n` and `\t`, and what needs no escape. */
function constantText(piece: string): string {
  if (piece === '\\n') return '\n';
  if (piece === '\\t') return '\t';
  return piece.length > 1 && piece.startsWith('\\') ? piece.slice(1) : piece;
}

function valueOf(whole: string, name: string | undefined, letter: string, rest: string, isQuoted: boolean): AccessLine {
  if (letter === 't' && name === undefined) return (record, line) => line.plain(time(record));
  if (letter === 'r' && name === undefined) return isQuoted ? quotedRequestLine : requestLine;
  const show = whole === '' ? undefined : directive(letter, name);
  if (show === undefined) throw new RangeError(`unknown directive ${whole || /^%\S{0,20}/.exec(rest)?.[0]}`);
  // Of a target without a query nothing is shown.
  const nothing = letter === 'q' ? '' : '-';
  return (record, line) => {
    const value = show(record);
    if (typeof value === 'number') line.number(value);
    else if (typeof value !== 'string' || value === '') line.plain(nothing);
    else if (isQuoted) line.quoted(value);
    else line.word(value);
  };
}

/** `%r`, piece by piece: most lines have it. */
function quotedRequestLine({ method, target, protocol }: AccessRecord, line: LineBytes): void {
  if (method === '') return line.plain('-');
  line.quoted(method);
  line.plain(' ');
  line.quoted(target);
  line.plain(' ');
  line.quoted(protocol);
}

function requestLine({ method, target, protocol }: AccessRecord, line: LineBytes): void {
  line.word(method === '' ? '-' : `${method} ${target} ${protocol}`);
}

/** `%400,501{User-Agent}i`, `%!200{Referer}i`: for some statuses only, or for all but these. */
function forStatuses(statuses: string, value: AccessLine): AccessLine {
  const isInverted = statuses.startsWith('!');
  const listed = new Set(statuses.replace('!', '').split(',').map(Number));
  return (record, line) => {
    if (listed.has(record.status) === isInverted) line.plain('-');
    else value(record, line);
  };
}
