import type { Header } from '../contract/contract.ts';
import { TsgiError } from '../contract/errors.ts';
import { RememberedNames } from '../environ/remembered-names.ts';
import type { ResponseHead } from './response-writer.ts';
import { DIGITS, FIELD_VALUE, isHopByHop, TOKEN } from '../environ/tokens.ts';

/** The one that most answers have: of a program that starts for one request, to compile a pattern is a five-hundredth. */
const MOST_COMMON = '200 OK';
const STATUS = /^[1-9]\d\d [\t\x20-\x7e\x80-\xff]*$/;

type HeaderRole = 'ordinary' | 'content-length' | 'date' | 'server';

// Statuses and names that passed, in the application's spelling: most are checked once in a process's life, not once a
// response.
const knownStatuses = new RememberedNames<number>();
const knownNames = new RememberedNames<HeaderRole>();
// Known without a look: for the only answer of a program a pattern would be compiled.
knownNames.remember('Content-Type', 'ordinary');

function badHead(rule: string, code: string, message: string): TsgiError {
  return new TsgiError(message, { code, side: 'app', rule });
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : value === null ? 'null' : typeof value;
}

function checkStatus(status: string): number {
  if (status === MOST_COMMON) return 200;
  const known = knownStatuses.get(status);
  if (known !== undefined) return known;
  if (typeof status !== 'string' || !STATUS.test(status)) {
    const wrong =
      typeof status === 'string'
        ? `status ${shown(status)}: expected 'NNN Reason' without control characters`
        : `the status is of type ${shown(status)}: expected a string such as '200 OK'`;
    throw badHead('R56', 'BAD_STATUS', wrong);
  }
  const code = Number(status.slice(0, 3));
  if (code < 200) {
    throw badHead('R67', 'BAD_STATUS', `status ${shown(status)}: expected a final one, 200 or above`);
  }
  knownStatuses.remember(status, code);
  return code;
}

function checkName(name: string): HeaderRole {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  if (!TOKEN.test(name)) throw badHead('R58', 'BAD_HEADER_NAME', `header name ${shown(name)}: expected a token`);
  const lower = name.toLowerCase();
  if (lower === 'status') {
    throw badHead('R60', 'STATUS_HEADER', `header ${shown(name)}: the status is startResponse's first argument`);
  }
  if (isHopByHop(lower)) {
    throw badHead('R61', 'HOP_BY_HOP_HEADER', `header ${shown(name)} is the server's own: expected end-to-end headers`);
  }
  const role = lower === 'content-length' || lower === 'date' || lower === 'server' ? lower : 'ordinary';
  knownNames.remember(name, role);
  return role;
}

/** Copies a header first: what is sent is what was checked, whatever reading it twice would give. */
function copyPair(header: Header): Header {
  if (!Array.isArray(header) || header.length !== 2) {
    throw badHead('R57', 'BAD_HEADER', `header ${shown(header)}: expected an array [name, value]`);
  }
  return [header[0], header[1]];
}

function checkPair([name, value]: Header): HeaderRole {
  if (typeof name !== 'string' || typeof value !== 'string') {
    throw badHead('R57', 'BAD_HEADER', `header [${shown(name)}, ${shown(value)}]: expected two strings`);
  }
  const role = checkName(name);
  if (!FIELD_VALUE.test(value)) {
    throw badHead(
      'R59',
      'BAD_HEADER_VALUE',
      `value of header ${name}: ${shown(value)} has a control character or one above U+00FF`,
    );
  }
  return role;
}

function checkList(headers: readonly Header[]): void {
  if (!Array.isArray(headers)) {
    throw badHead('R57', 'BAD_HEADERS', `headers ${shown(headers)}: expected an array of [name, value]`);
  }
}

/**
 * Checks the headers of a 103 as strictly as those of a response (R57 to R61, R67), and copies them.
 *
 * @throws TsgiError of side 'app'.
 */
export function checkHeaders(headers: readonly Header[]): Header[] {
  checkList(headers);
  const copied: Header[] = [];
  for (const header of headers) {
    const pair = copyPair(header);
    checkPair(pair);
    copied.push(pair);
  }
  return copied;
}

/**
 * Checks a response's head, on every server, always (R56 to R67), and copies it: what the application does to its array
 * afterwards has no effect.
 *
 * @param isHead whether the request was HEAD: its answer has the head of a GET and no body (R84).
 * @throws TsgiError of side 'app', naming the rule.
 */
export function checkHead(
  status: string,
  headers: readonly Header[],
  isHead: boolean,
): ResponseHead & { headers: Header[] } {
  const code = checkStatus(status);
  checkList(headers);
  const bodiless = code === 204 || code === 304;
  const copied: Header[] = [];
  let contentLength = -1;
  let hasDate = false;
  let hasServer = false;
  for (const header of headers) {
    const pair = copyPair(header);
    const role = checkPair(pair);
    if (role === 'content-length') {
      const [, value] = pair;
      if (!DIGITS.test(value) || !Number.isSafeInteger(Number(value))) {
        throw badHead('R66', 'BAD_CONTENT_LENGTH', `Content-Length ${shown(value)}: expected decimal digits`);
      }
      if (contentLength !== -1) throw badHead('R66', 'BAD_CONTENT_LENGTH', 'Content-Length came twice: expected one');
      contentLength = Number(value);
      // R85: a 204 has no length, whatever the application says.
      if (code === 204) continue;
    } else if (role === 'date') hasDate = true;
    else if (role === 'server') hasServer = true;
    copied.push(pair);
  }
  if (code === 204) contentLength = -1;
  return { status, code, headers: copied, contentLength, hasDate, hasServer, hasBody: !isHead && !bodiless };
}
