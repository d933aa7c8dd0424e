import { BEYOND_BYTES, DIGITS, isHopByHop, TOKEN } from '../environ/tokens.ts';
import { codePoint, found, quoted } from './found.ts';
import type { Reporter } from './reporter.ts';

/** What the validator keeps of a head that `startResponse` was given. */
export interface SeenHead {
  readonly code: number;
  /** -1 when the head announces none, or none that holds. */
  readonly contentLength: number;
  readonly hasContentType: boolean;
}

const STATUS = /^[1-9]\d\d [^\x00-\x08\x0a-\x1f\x7f]*$/;
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

// RFC 9110 defines each of these as one value, not a list.
const SINGLETONS: ReadonlySet<string> = new Set([
  'age',
  'content-type',
  'date',
  'etag',
  'expires',
  'last-modified',
  'location',
  'retry-after',
  'server',
]);

/** R56, R67, R23. @returns the code, or `undefined` where there is none. */
function checkStatus(reporter: Reporter, status: unknown): number | undefined {
  if (typeof status !== 'string') {
    reporter.error('R56', 'app', `the status is ${found(status)}: expected a string such as '200 OK'`);
    return typeof status === 'number' ? status : undefined;
  }
  if (BEYOND_BYTES.test(status)) {
    reporter.error(
      'R23',
      'app',
      `status ${quoted(status)} has a character above U+00FF: a reason phrase is a byte string; use plain English, or leave it empty`,
    );
  } else if (!STATUS.test(status)) {
    const control = CONTROL.exec(status)?.[0];
    const why = control === undefined ? '' : ` (it holds ${codePoint(control)})`;
    reporter.error(
      'R56',
      'app',
      `status ${quoted(status)}${why}: expected three digits, a space and a reason, as in '200 OK'`,
    );
  }
  const code = /^\d\d\d(?!\d)/.test(status) ? Number(status.slice(0, 3)) : undefined;
  if (code !== undefined && code >= 100 && code < 200) {
    reporter.error(
      'R67',
      'app',
      `status ${quoted(status)} is not a final one: expected 200 or above; a 103 goes through tsgi.early_hints`,
    );
  }
  return code;
}

function shapeHint(headers: unknown): string {
  if (typeof headers !== 'object' || headers === null) return '';
  if (Symbol.iterator in headers) return ': write [...headers]';
  return Object.getPrototypeOf(headers) === Object.prototype ? ': write Object.entries(headers)' : '';
}

function checkName(reporter: Reporter, name: string, where: string): void {
  if (!TOKEN.test(name)) {
    const bad = /[^!#$%&'*+.^_`|~0-9A-Za-z-]/.exec(name)?.[0];
    const why = bad === undefined ? 'is empty' : `holds ${codePoint(bad)}`;
    reporter.error(
      'R58',
      'app',
      `header name ${quoted(name)} in ${where} ${why}: expected a token, letters, digits and !#$%&'*+-.^_\`|~`,
    );
    return;
  }
  const lower = name.toLowerCase();
  if (lower === 'status') {
    reporter.error(
      'R60',
      'app',
      `header ${name} in ${where}: the status is the first argument of startResponse; remove the header`,
    );
  } else if (isHopByHop(lower)) {
    reporter.error(
      'R61',
      'app',
      `header ${name} in ${where} belongs to the connection, which is the server's: remove it; the server frames the body itself`,
    );
  } else if (/[-_]$/.test(name)) {
    reporter.warning(
      'R58',
      'app',
      `header name ${quoted(name)} in ${where} ends in ${quoted(name.slice(-1))}: legal, but likely a slip, and some front ends drop it`,
    );
  }
}

function checkValue(reporter: Reporter, name: string, value: string, where: string): void {
  const beyond = BEYOND_BYTES.exec(value)?.[0];
  const control = CONTROL.exec(value)?.[0];
  if (beyond !== undefined) {
    reporter.error(
      'R23',
      'app',
      `value of header ${name} in ${where} holds ${codePoint(beyond)}: expected a byte string, U+0000 to U+00FF; percent-encode it, or use textToByteString for UTF-8`,
    );
  }
  if (control !== undefined) {
    reporter.error(
      'R59',
      'app',
      `value of header ${name} in ${where} holds ${codePoint(control)}: expected no control character but a tab; never put unchecked input into a header`,
    );
  }
}

/**
 * Checks a list of headers as `startResponse` and `tsgi.early_hints` take it (R57 to R61, R23).
 *
 * @param where names the call in messages.
 * @returns the pairs that are two strings, names in lower case.
 */
export function checkHeaderList(reporter: Reporter, headers: unknown, where: string): [name: string, value: string][] {
  if (!Array.isArray(headers)) {
    reporter.error(
      'R57',
      'app',
      `the headers of ${where} are ${found(headers)}: expected an array of [name, value] pairs${shapeHint(headers)}`,
    );
    return [];
  }
  const pairs: [name: string, value: string][] = [];
  for (const header of headers as readonly unknown[]) {
    if (!Array.isArray(header) || header.length !== 2) {
      reporter.error('R57', 'app', `a header of ${where} is ${found(header)}: expected an array [name, value] of two`);
      continue;
    }
    const [name, value] = header as readonly unknown[];
    if (typeof name !== 'string') {
      reporter.error('R57', 'app', `a header name of ${where} is ${found(name)}: expected a string`);
      continue;
    }
    checkName(reporter, name, where);
    if (typeof value === 'string') {
      checkValue(reporter, name, value, where);
      pairs.push([name.toLowerCase(), value]);
    } else {
      const hint = Array.isArray(value)
        ? '; repeat the pair for each value'
        : typeof value === 'number'
          ? '; use String(value)'
          : '';
      reporter.error(
        'R57',
        'app',
        `the value of header ${name} in ${where} is ${found(value)}: expected a string${hint}`,
      );
    }
  }
  return pairs;
}

function checkLength(reporter: Reporter, values: readonly string[]): number {
  const [value] = values;
  if (value === undefined) return -1;
  if (values.length > 1) {
    reporter.error('R66', 'app', `Content-Length came ${values.length} times: expected one, even where they are equal`);
  }
  if (DIGITS.test(value) && Number.isSafeInteger(Number(value))) return values.length === 1 ? Number(value) : -1;
  reporter.error(
    'R66',
    'app',
    `Content-Length ${quoted(value)}: expected decimal digits, the number of bytes in the body`,
  );
  return -1;
}

/**
 * Checks what `startResponse` was given (R56 to R67, R23, R85, R102).
 *
 * @returns what is known of the head, or `undefined` when its status has no code.
 */
export function checkResponseHead(reporter: Reporter, status: unknown, headers: unknown): SeenHead | undefined {
  const code = checkStatus(reporter, status);
  const pairs = checkHeaderList(reporter, headers, 'startResponse');
  const contentLength = checkLength(
    reporter,
    pairs.filter(([name]) => name === 'content-length').map(([, value]) => value),
  );
  const hasContentType = pairs.some(([name]) => name === 'content-type');
  const counts = new Map<string, number>();
  for (const [name] of pairs) if (SINGLETONS.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const [name, count] of counts) {
    if (count > 1)
      reporter.warning(
        'R102',
        'app',
        `header ${name} came ${count} times: it holds one value, and recipients pick different ones; send it once`,
      );
  }
  if (code === 204 && hasContentType)
    reporter.error('R64', 'app', 'a 204 has a Content-Type: it has no content; remove the header');
  if (code === 304 && hasContentType)
    reporter.warning(
      'R64',
      'app',
      'a 304 has a Content-Type: it has no content of its own, and caches may overwrite theirs with it; remove the header',
    );
  if (code === 204 && contentLength !== -1)
    reporter.warning('R85', 'app', 'a 204 has a Content-Length: it has no content, and the server drops the header');
  return code === undefined ? undefined : { code, contentLength: code === 204 ? -1 : contentLength, hasContentType };
}
