import { textToByteString } from '@tsgi/core';
import type { AccessRecord } from './access-record.ts';
import { directive, time } from './directives.ts';
import { quoted, textOf, word } from './escape.ts';
import { JSON_LINE } from './json-line.ts';
import { lineOf, type Part, type ValuePart } from './log-line.ts';

/** How requests are written down. */
export interface AccessFormat {
  /** The line of a request with its line feed, as a byte string: text of the format itself may be more than ASCII, in UTF-8. */
  line(record: AccessRecord): string;
  /** It shows how long a request took, or when it began to more than the second. */
  readonly isTimed: boolean;
}

const COMMON = '%h %l %u %t "%r" %>s %b';

const NAMED: Readonly<Record<string, string>> = {
  common: COMMON,
  combined: `${COMMON} "%{Referer}i" "%{User-Agent}i"`,
};

/** Of a status that the directive is not for. */
const LEFT_OUT = Symbol('left out');

const DIRECTIVE = /^%(!?\d{3}(?:,\d{3})*)?[<>]?(?:\{([^{}]*)\})?([A-Za-z%])/;

/**
 * The format of this name, `common`, `combined` or `json`, or one in the words of Apache's `LogFormat`: `%h %{Host}i %D`. What
 * it shows of others is escaped, so that a line is a line and a field is a field.
 *
 * @throws RangeError naming what is no directive, or for text without any.
 */
export function accessFormat(format: string): AccessFormat {
  const parts = partsOf(format);
  return {
    line: lineOf([...parts, '\n']),
    isTimed: parts.some((part) => typeof part !== 'string' && part.isTimed === true),
  };
}

/** A line as text and without its line feed, for who has no use for bytes. */
export function accessText({ line }: AccessFormat, record: AccessRecord): string {
  return textOf(line(record).slice(0, -1));
}

function partsOf(format: string): readonly Part[] {
  if (format === 'json') return JSON_LINE;
  const text = Object.hasOwn(NAMED, format) ? NAMED[format] : undefined;
  if (text === undefined && !format.includes('%')) {
    throw new RangeError(`expected common, combined, json or a format with directives such as %h, found "${format}"`);
  }
  return parse(text ?? format);
}

function parse(format: string): Part[] {
  const parts: Part[] = [];
  let isQuoted = false;
  for (let rest = format; rest !== '';) {
    const [plain = ''] = /^(?:\\.|[^%\\])*/s.exec(rest) ?? [];
    for (const [piece] of plain.matchAll(/\\.|[^\\]/gsu)) {
      if (piece === '"' || piece === '\\"') isQuoted = !isQuoted;
      parts.push(textToByteString(constantText(piece)));
    }
    rest = rest.slice(plain.length);
    if (rest === '') break;
    if (rest === '\\') throw new RangeError(`the format "${format}" ends within an escape`);
    const [whole = '', statuses, name, letter = ''] = DIRECTIVE.exec(rest) ?? [];
    if (whole === '%%') parts.push('%');
    else if (letter === 'r' && isQuoted && name === undefined && statuses === undefined) {
      parts.push(...QUOTED_REQUEST_LINE);
    } else {
      const part = partOf(whole, name, letter, rest, isQuoted ? quoted : word);
      parts.push(statuses === undefined ? part : forStatuses(statuses, part));
    }
    rest = rest.slice(whole.length);
  }
  return parts;
}

/** Apache's `\n` and `\t`, and what needs no escape. */
function constantText(piece: string): string {
  if (piece === '\\n') return '\n';
  if (piece === '\\t') return '\t';
  return piece.length > 1 && piece.startsWith('\\') ? piece.slice(1) : piece;
}

function partOf(
  whole: string,
  name: string | undefined,
  letter: string,
  rest: string,
  escaped: (value: string) => string,
): ValuePart {
  if (letter === 't' && name === undefined) return { show: time, text: String, varies: false };
  const found = whole === '' ? undefined : directive(letter, name);
  if (found === undefined) throw new RangeError(`unknown directive ${whole || /^%\S{0,20}/.exec(rest)?.[0]}`);
  // Of a target without a query nothing is shown.
  const nothing = letter === 'q' ? '' : '-';
  const text = (value: unknown): string => textOrNothing(value, nothing, escaped);
  if (letter !== 'L') return { ...found, text };
  return { ...found, text: (value, { isPlainId }) => (isPlainId && typeof value === 'string' ? value : text(value)) };
}

function textOrNothing(value: unknown, nothing: string, escaped: (value: string) => string): string {
  if (value === LEFT_OUT) return '-';
  if (typeof value === 'number') return String(value);
  return typeof value !== 'string' || value === '' ? nothing : escaped(value);
}

/** `"%r"`, piece by piece: most lines have it, and two of three are those of the line before. */
const QUOTED_REQUEST_LINE: readonly ValuePart[] = [
  {
    show: ({ method }) => method,
    text: (method) => (typeof method !== 'string' || method === '' ? '-' : `${quoted(method)} `),
    varies: false,
  },
  {
    show: ({ method, target }) => (method === '' ? undefined : target),
    text: (target) => (typeof target === 'string' ? quoted(target) : ''),
    varies: true,
  },
  {
    show: ({ method, protocol }) => (method === '' ? undefined : protocol),
    text: (protocol) => (typeof protocol === 'string' ? ` ${quoted(protocol)}` : ''),
    varies: false,
  },
];

/** `%400,501{User-Agent}i`, `%!200{Referer}i`: for some statuses only, or for all but these. */
function forStatuses(statuses: string, part: ValuePart): ValuePart {
  const isInverted = statuses.startsWith('!');
  const listed = new Set(statuses.replace('!', '').split(',').map(Number));
  return {
    ...part,
    show: (record) => (listed.has(record.status) === isInverted ? LEFT_OUT : part.show(record)),
  };
}
