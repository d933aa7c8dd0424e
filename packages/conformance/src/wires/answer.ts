import type { Header } from '@tsgi/core';
import { FIELD_VALUE, TOKEN, withoutBlanks } from '@tsgi/core/server';

/** A status and headers as they came: byte strings, in wire order. */
export interface AnswerHead {
  /** `'200 OK'`. */
  readonly status: string;
  readonly headers: readonly Header[];
}

/** What a server answered, as far as it has come, in the words that all wires share. */
export interface Answer extends AnswerHead {
  /** 0 while there is no head. */
  readonly code: number;
  readonly body: Buffer;
  /** HTTP: 1xx heads that came before. */
  readonly interim: readonly AnswerHead[];
  /** How the body's end is told. `none`: there cannot be a body. */
  readonly framing: 'chunked' | 'length' | 'close' | 'none';
  /** No more will come for this answer. */
  readonly finished: boolean;
  /** A peer may take it for whole (R77, R81). */
  readonly complete: boolean;
  /** Breaches of the wire's own format, each a sentence. */
  readonly problems: readonly string[];
  /** What came beside the answer: FastCGI's STDERR, a CGI program's standard error. */
  readonly log: string;
  /** What followed the answer on the connection. */
  readonly rest: Buffer;
  /** FastCGI: appStatus and protocolStatus of END_REQUEST. */
  readonly end?: { readonly appStatus: number; readonly protocolStatus: number };
}

/** All values of a header, in order. */
export function headerValues(answer: AnswerHead, name: string): string[] {
  const wanted = name.toLowerCase();
  return answer.headers.filter(([known]) => known.toLowerCase() === wanted).map(([, value]) => value);
}

/** Reads header lines strictly: what a lenient peer would take is reported all the same. */
export function parseFields(lines: readonly string[], problems: string[]): Header[] {
  const headers: Header[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    const value = withoutBlanks(line.slice(colon + 1));
    if (TOKEN.test(name) && FIELD_VALUE.test(value)) headers.push([name, value]);
    else problems.push(`malformed header line ${JSON.stringify(line.slice(0, 80))}`);
  }
  return headers;
}

/** The number of bytes that a head announces; -1 when it announces none. */
export function announcedLength(headers: readonly Header[], problems: string[]): number {
  const values = headerValues({ status: '', headers }, 'content-length');
  if (values.length === 0) return -1;
  if (values.length > 1) problems.push(`Content-Length came ${values.length} times: expected one`);
  const [value = ''] = values;
  if (/^\d+$/.test(value)) return Number(value);
  problems.push(`Content-Length is ${JSON.stringify(value)}: expected digits`);
  return -1;
}

/** An answer of which nothing has come. */
export const NO_ANSWER: Answer = {
  status: '',
  headers: [],
  code: 0,
  body: Buffer.alloc(0),
  interim: [],
  framing: 'none',
  finished: false,
  complete: false,
  problems: [],
  log: '',
  rest: Buffer.alloc(0),
};
