import { isAuthority, TOKEN, withoutBlanks } from '@tsgi/core/server';
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

/** How the body of a request is delimited, and what else its headers ask of the server. */
export interface Framing {
  /** Bytes of the body; -1 when it is chunked. */
  bodyLength: number;
  expectContinue: boolean;
}

/** What the headers of a request say of the connection, too. */
export interface RequestFraming extends Framing {
  /** The Connection headers, joined. */
  connection: string | undefined;
}

const CHUNKED = -1;

/**
 * Reads the framing of a request from its headers; llhttp has accepted them already, and this is stricter
 * (RFC 9112 §6.1 to §6.3: any doubt is a 400 and the end of the connection).
 *
 * @param headers names and values, alternating.
 */
export function requestFraming(headers: readonly string[], protocol: string): RequestFraming {
  let length: string | undefined;
  let coding: string | undefined;
  let expect: string | undefined;
  let host: string | undefined;
  let connection: string | undefined;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    // The length decides first: comparing every name in lower case would cost more than the whole parse.
    switch (name.length) {
      case 4:
        if (name === 'Host' || name.toLowerCase() === 'host') {
          if (host !== undefined) throw requestError('Host: expected one, found more');
          host = headers[index + 1] as string;
        }
        break;
      case 6:
        if (name.toLowerCase() === 'expect') expect = appendedToList(expect, headers[index + 1] as string);
        break;
      case 10:
        if (name === 'Connection' || name.toLowerCase() === 'connection') {
          connection = appendedToList(connection, headers[index + 1] as string);
        }
        break;
      case 14:
        if (name.toLowerCase() === 'content-length') {
          if (length !== undefined) throw requestError('Content-Length: expected one, found more');
          length = headers[index + 1];
        }
        break;
      case 17:
        if (name.toLowerCase() === 'transfer-encoding') {
          if (coding !== undefined) throw requestError('Transfer-Encoding: expected one, found more');
          coding = headers[index + 1];
        }
        break;
    }
  }
  if (host !== undefined) {
    if (!isHost(host)) throw requestError('Host: expected a host and an optional port');
  } else if (protocol === 'HTTP/1.1') throw requestError('Host: HTTP/1.1 requires one (RFC 9112 section 3.2)');
  return {
    bodyLength: coding === undefined ? fixedLength(length) : codedLength(coding, length, protocol),
    // HTTP/1.0 has no Expect: RFC 9110 §10.1.1 has it ignored.
    expectContinue: expect !== undefined && protocol === 'HTTP/1.1' && expectsContinue(expect),
    connection,
  };
}

function appendedToList(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before},${value}`;
}

/** RFC 9110 §7.2: a host and an optional port; empty when the target has no authority. */
export function isHost(host: string): boolean {
  return host === '' || isAuthority(host);
}

/**
 * The elements of a list, in lower case (RFC 9110 §5.6.1). By hand, once over the value: a regular expression that takes white
 * space on both sides of a comma looks through a long run of it again from each of its characters.
 */
export function listOf(value: string): string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((element) => withoutBlanks(element));
}

export function isBlank(character: number): boolean {
  return character === 0x20 || character === 0x09;
}

// llhttp reads Connection, too, but takes Proxy-Connection for it, misses an option before a tab, and lets keep-alive win
// over close in HTTP/1.0.

/** Whether the client lets the connection go on after the response (RFC 9112 §9.3). */
export function persists(connection: string | undefined, protocol: string): boolean {
  if (connection === undefined) return protocol === 'HTTP/1.1';
  return !hasOption(connection, 'close') && (protocol === 'HTTP/1.1' || hasOption(connection, 'keep-alive'));
}

/** Whether the client would go on in another protocol (RFC 9110 §7.8). */
export function asksForUpgrade(connection: string | undefined, headers: readonly string[]): boolean {
  if (connection === undefined || !hasOption(connection, 'upgrade')) return false;
  return headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'upgrade');
}

function hasOption(connection: string, option: string): boolean {
  const value = connection.toLowerCase();
  // Most values are one option; to take a list apart costs more than the rest of it.
  return value === option || (value.includes(option) && listOf(value).includes(option));
}

function fixedLength(length: string | undefined): number {
  if (length === undefined) return 0;
  const value = Number(length);
  if (!/^\d+$/.test(length) || !Number.isSafeInteger(value))
    throw requestError('Content-Length: expected decimal digits');
  return value;
}

function codedLength(coding: string, length: string | undefined, protocol: string): number {
  if (length !== undefined) throw requestError('Transfer-Encoding and Content-Length: expected one of them');
  if (protocol !== 'HTTP/1.1') throw requestError('Transfer-Encoding: HTTP/1.0 has none (RFC 9112 section 6.1)');
  const value = coding.toLowerCase();
  if (value === 'chunked') return CHUNKED;
  const codings = listOf(value);
  if (codings.every((one) => TOKEN.test(one)) && codings.indexOf('chunked') === codings.length - 1) {
    throw requestError('Transfer-Encoding: only chunked is implemented', 501);
  }
  throw requestError('Transfer-Encoding: expected chunked, once and last');
}

/** @throws TsgiError (417) for any other expectation (R52). */
export function expectsContinue(expect: string): boolean {
  if (listOf(expect).every((one) => one === '100-continue')) return true;
  throw requestError('Expect: only 100-continue is known', 417);
}
