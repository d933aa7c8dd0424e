/** A token: what methods and header names are made of (RFC 9110 §5.6.2). */
export const TOKEN: RegExp = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** A field value: no control characters but HTAB (R59; RFC 9110 §5.5). */
export const FIELD_VALUE: RegExp = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What no byte string has (R23). */
export const BEYOND_BYTES: RegExp = /[^\x00-\xff]/;

/** `CONTENT_LENGTH` and `Content-Length`: digits alone, so that `+1`, `0x1` and `1, 1` are not numbers (R31, R66). */
export const DIGITS: RegExp = /^\d+$/;

// RFC 9110 §7.6.1 and PEP 3333: what belongs to one connection. `trailers` is RFC 2616's spelling; `trailer` itself is
// end to end. `proxy-connection` is no standard and is sent all the same.
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailers',
  'transfer-encoding',
  'upgrade',
]);

/** Whether a header is the server's own business on each connection (R38, R61). Case does not matter. */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name.toLowerCase());
}

/**
 * Text without the spaces and tabs around it (RFC 9110 §5.5); `trim` would take more than those. Walked: a pattern for
 * those at the end tries each run of them anew.
 */
export function withoutBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text, start)) start++;
  while (end > start && isBlank(text, end - 1)) end--;
  return text.slice(start, end);
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}
