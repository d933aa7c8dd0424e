import { refused } from './refused.ts';

/** The first line of a request, taken apart. */
export interface RequestLine {
  method: string;
  target: string;
  /** `'HTTP/1.0'` or `'HTTP/1.1'`. */
  protocol: string;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VERSION = /^HTTP\/\d\.\d$/;
/** Raw bytes above ASCII are common in targets, and the app gets them as they came (R29); controls and spaces never are. */
const TARGET = /^[\x21-\x7e\x80-\xff]+$/;
/** The methods whose request line llhttp is shown as it came. It knows more, but gives some of them other protocols. */
const PLAIN = new Set(['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']);
const HIGH = /[\x80-\xff]/;

/**
 * Splits a request line (without its CRLF) at exactly two spaces: RFC 9112 §3 lets a server be lenient here, and says why
 * it should not be.
 *
 * llhttp alone would take a line that ends in a bare LF, or has no version, for HTTP/0.9, headers and body included
 * (nodejs/llhttp#877), and versions 0.9 and 2.0 for HTTP/1.
 */
export function parseRequestLine(line: string, uriLength: number): RequestLine {
  const first = line.indexOf(' ');
  const last = line.lastIndexOf(' ');
  if (first < 1 || last === first) throw refused('request line: expected a method, a target and a version');
  const method = line.slice(0, first);
  const target = line.slice(first + 1, last);
  const protocol = line.slice(last + 1);
  if (!PLAIN.has(method) && !TOKEN.test(method)) throw refused('request line: the method is no token');
  if (target.length > uriLength) throw refused(`request line: the target is longer than ${uriLength} bytes`, 414);
  if (!TARGET.test(target)) throw refused('request line: the target is empty, or has a space or a control character');
  if (protocol !== 'HTTP/1.1' && protocol !== 'HTTP/1.0') {
    if (!VERSION.test(protocol)) throw refused('request line: expected HTTP/1.1 or HTTP/1.0 at its end');
    throw refused(`request line: expected HTTP/1.1 or HTTP/1.0, found ${protocol}`, 505);
  }
  return { method, target, protocol };
}

/**
 * Whether llhttp can judge this line. It refuses methods that it does not know, takes CONNECT for the end of HTTP, and
 * refuses raw bytes in a target; such a line is judged here and by the environ builder alone.
 */
export function isPlain(line: RequestLine): boolean {
  return PLAIN.has(line.method) && !HIGH.test(line.target);
}
