import type { Environ } from '@tsgi/core';
import fresh from 'fresh';

/** What identifies a file's content: its tag, a strong one, and its date as an HTTP-date. */
export interface Validators {
  readonly etag: string;
  readonly lastModified: string;
}

const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const TIME = '\\d\\d:\\d\\d:\\d\\d';
const DATE = new RegExp(
  `^(?:${DAY}, \\d\\d ${MONTH} \\d{4} ${TIME} GMT|[A-Z][a-z]{5,8}, \\d\\d-${MONTH}-\\d\\d ${TIME} GMT|${DAY} ${MONTH} [ \\d]\\d ${TIME} \\d{4})$`,
);

/** One range of bytes; the unit is in any case (RFC 9110 §14.1). */
const BYTES = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

/**
 * What the request's conditions make of the answer: 200 as without them. In the order of RFC 9110 §13.2.2; a date that is no
 * HTTP-date is ignored (§13.1.3, §13.1.4).
 */
export function evaluateConditions(environ: Environ, { etag, lastModified }: Validators): 200 | 304 | 412 {
  const { HTTP_IF_MATCH: match, HTTP_IF_NONE_MATCH: noneMatch } = environ;
  if (match !== undefined) {
    if (!matchesStrongly(match, etag)) return 412;
  } else {
    const since = httpDate(environ.HTTP_IF_UNMODIFIED_SINCE);
    if (since !== undefined && Date.parse(lastModified) > Date.parse(since)) return 412;
  }
  const modifiedSince = httpDate(environ.HTTP_IF_MODIFIED_SINCE);
  const asked = { 'if-none-match': noneMatch?.trim(), 'if-modified-since': modifiedSince };
  return fresh(asked, { etag, 'last-modified': lastModified }) ? 304 : 200;
}

/**
 * The one range that is asked for, inclusive at both ends; `undefined` for the whole: also for several ranges, which a server
 * may decline (RFC 9110 §14.2), and where the client's part is of another file (§13.1.5).
 *
 * @returns 416 when none of it is there.
 */
export function rangeOf(environ: Environ, size: number, validators: Validators): ByteRange | 416 | undefined {
  const { HTTP_RANGE: range, HTTP_IF_RANGE: condition } = environ;
  if (range === undefined || environ.REQUEST_METHOD !== 'GET') return undefined;
  if (condition !== undefined && condition !== validators.etag && condition !== validators.lastModified)
    return undefined;
  const [, first = '', last = ''] = BYTES.exec(range) ?? [];
  if (first === '') {
    // The last so many bytes, or as many as there are; an empty file has no part.
    if (last === '' || size === 0) return undefined;
    return Number(last) === 0 ? 416 : { start: Math.max(0, size - Number(last)), end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) return 416;
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

/** Positions of the first and the last byte. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

function matchesStrongly(list: string, etag: string): boolean {
  return list.trim() === '*' || list.split(',').some((tag) => tag.trim() === etag);
}

function httpDate(text: string | undefined): string | undefined {
  return text !== undefined && DATE.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined;
}
