import { requestError } from './request-error.ts';

/** The first line of a request, taken apart. */
export interface RequestLine {
  method: string;
  target: string;
  protocol: 'HTTP/1.0' | 'HTTP/1.1';
  /**
   * llhttp can judge this line. It refuses methods that it does not know, takes CONNECT for the end of HTTP, and refuses
   * raw bytes in a target; such a line is judged here and by the environ builder alone.
   */
  plain: boolean;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** By byte, for a method that is not whole. */
const TOKEN_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => Number(TOKEN.test(String.fromCharCode(byte))));
const VERSION = /^HTTP\/\d\.\d$/;
const PLAIN_TARGET = /^[\x21-\x7e]+$/;
/** Raw bytes above ASCII are common in targets, and the app gets them as they came (R29); controls and spaces never are. */
const TARGET = /^[\x21-\x7e\x80-\xff]+$/;

/**
 * Splits a request line at exactly two spaces: RFC 9112 §3 lets a server be lenient here, and says why it should not be.
 *
 * llhttp alone would take a line that ends in a bare LF, or has no version, for HTTP/0.9, headers and body included
 * (nodejs/llhttp#877), and versions 0.9 and 2.0 for HTTP/1.
 *
 * @param end where its CRLF is.
 */
export function parseRequestLine(text: string, end: number, uriLength: number): RequestLine {
  const first = text.indexOf(' ');
  const last = text.lastIndexOf(' ', end);
  // " HTTP/1.1" and the spaces: said of the whole line, so that it can be said before its end has come.
  if (end > first + uriLength + 11)
    throw requestError(`request line: the target is longer than ${uriLength} bytes`, 414);
  if (first < 1 || last <= first) throw requestError('request line: expected a method, a target and a version');
  const method = text.substring(0, first);
  const target = text.substring(first + 1, last);
  let plain = isPlainMethod(method);
  if (!plain && !TOKEN.test(method)) throw requestError('request line: the method is no token');
  if (target.length > uriLength) throw requestError(`request line: the target is longer than ${uriLength} bytes`, 414);
  if (!PLAIN_TARGET.test(target)) {
    if (!TARGET.test(target))
      throw requestError('request line: the target is empty, or has a space or a control character');
    plain = false;
  }
  return { method, target, protocol: readVersion(text.substring(last + 1, end)), plain };
}

export function isTokenByte(byte: number): boolean {
  return TOKEN_BYTES[byte] === 1;
}

/** The methods that llhttp is shown as they came. It knows more, but gives some of them other protocols. */
function isPlainMethod(method: string): boolean {
  switch (method) {
    case 'GET':
    case 'POST':
    case 'HEAD':
    case 'PUT':
    case 'DELETE':
    case 'PATCH':
    case 'OPTIONS':
      return true;
    default:
      return false;
  }
}

function readVersion(version: string): RequestLine['protocol'] {
  if (version === 'HTTP/1.1') return 'HTTP/1.1';
  if (version === 'HTTP/1.0') return 'HTTP/1.0';
  if (!VERSION.test(version)) throw requestError('request line: expected HTTP/1.1 or HTTP/1.0 at its end');
  throw requestError(`request line: expected HTTP/1.1 or HTTP/1.0, found ${version}`, 505);
}
