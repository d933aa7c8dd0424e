import { bytesToByteString } from '../contract/byte-strings.ts';
import type { Bytes, Header } from '../contract/contract.ts';
import { TsgiError } from '../contract/errors.ts';
import { reasonPhrase } from '../run/reason-phrases.ts';
import { DIGITS, FIELD_VALUE, isHopByHop, TOKEN, withoutBlanks } from '../environ/tokens.ts';

/** The head of a CGI response (RFC 3875 §6.2), ready for `startResponse`. */
export interface CgiHead {
  /** `'200 OK'`. */
  status: string;
  /** Without `Status` and hop-by-hop headers. */
  headers: Header[];
  /** Of a local redirect (§6.2.2): the path and query that the server should answer instead. */
  location?: string;
}

// The answer's head at most: what nginx, lighttpd and Apache allow is less.
const LIMIT = 65_536;
const LF = 0x0a;
const CR = 0x0d;
/** An answer that only names the file to be sent in its place: lighttpd and nginx with fcgiwrap want no Content-Type with it. */
const NAMES_A_FILE = /^x-(?:accel-redirect|sendfile)$/i;
const STATUS_LINE = /^HTTP\/\d(?:\.\d)? /;
const STATUS = /^\d{3}(?![^ \t])/;

function badAnswer(message: string): TsgiError {
  return new TsgiError(message, { code: 'BAD_CGI_RESPONSE', side: 'peer', statusHint: 502, rule: 'R93' });
}

/** @param text the code and, after a space, the reason. */
function statusOf(text: string, line: string): string {
  const code = STATUS.test(text) ? Number(text.slice(0, 3)) : 0;
  if (code < 200) throw badAnswer(`the response's status is ${JSON.stringify(line.slice(0, 80))}`);
  const reason = withoutBlanks(text.slice(3));
  return `${code} ${reason === '' || !FIELD_VALUE.test(reason) ? reasonPhrase(code) : reason}`;
}

/** Reads the lines of a head; what is no header is skipped, as Go and Apache do (R93). */
function parseHead(text: string): CgiHead {
  const lines = text.split(/\r?\n/);
  const headers: Header[] = [];
  const single = new Map<string, string>();
  let status: string | undefined;
  // lighttpd and HAProxy take an HTTP status line too; to nginx it is nothing, and the answer a 200.
  const protocol = STATUS_LINE.exec(lines[0] ?? '')?.[0];
  if (protocol !== undefined) status = statusOf(withoutBlanks((lines[0] ?? '').slice(protocol.length)), lines[0] ?? '');
  else if (lines[0]?.startsWith('HTTP/') === true) status = statusOf('', lines[0]);
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    const value = withoutBlanks(line.slice(colon + 1));
    const lower = name.toLowerCase();
    // Before its value is judged: without it, an error would pass for a 200.
    if (lower === 'status') {
      if (single.has(lower)) throw badAnswer('Status came twice: expected one');
      single.set(lower, value);
      status = statusOf(value, value);
      continue;
    }
    if (!TOKEN.test(name) || !FIELD_VALUE.test(value) || isHopByHop(lower)) continue;
    if (lower === 'content-length' || lower === 'content-type' || lower === 'location') {
      const known = single.get(lower);
      if (known === value) continue;
      if (known !== undefined) throw badAnswer(`${name} came twice: expected one`);
      if (lower === 'content-length' && !(DIGITS.test(value) && Number.isSafeInteger(Number(value)))) {
        throw badAnswer(`Content-Length ${JSON.stringify(value.slice(0, 40))}: expected decimal digits`);
      }
      single.set(lower, value);
    }
    headers.push([name, value]);
  }
  return finish(status, headers, single.get('location'), single.has('content-type'));
}

function finish(
  status: string | undefined,
  headers: Header[],
  location: string | undefined,
  hasType: boolean,
): CgiHead {
  if (status !== undefined) return { status, headers };
  if (location === undefined) {
    if (!hasType && !headers.some(([name]) => NAMES_A_FILE.test(name)))
      throw badAnswer('the response has no Status, Location or Content-Type: expected one of them');
    return { status: '200 OK', headers };
  }
  const redirect: CgiHead = { status: '302 Found', headers };
  if (location.startsWith('/') && !location.startsWith('//')) redirect.location = location;
  return redirect;
}

/** Takes the head off the front of a CGI response, however its bytes arrive. Does no I/O. */
export class CgiHeadParser {
  #text = '';
  // Bytes of `#text` in which no end was found, but for a line's own.
  #lineStart = 0;
  // Asked of `#text`, it would be copied together each time.
  #endsWithCr = false;

  /**
   * @returns the head and what follows it in `chunk`, once the empty line has come.
   * @throws TsgiError (502) for a head that is malformed (R93) or longer than 64 KiB.
   */
  push(chunk: Bytes): { head: CgiHead; rest: Bytes } | undefined {
    for (let index = chunk.indexOf(LF); index !== -1; index = chunk.indexOf(LF, index + 1)) {
      const length = this.#text.length + index - this.#lineStart;
      const isEmpty = length === 0 || (length === 1 && (index === 0 ? this.#endsWithCr : chunk[index - 1] === CR));
      if (isEmpty) {
        const text = this.#text + bytesToByteString(chunk.subarray(0, index + 1));
        this.#checkLength(text.length);
        return { head: parseHead(text), rest: chunk.subarray(index + 1) };
      }
      this.#lineStart = this.#text.length + index + 1;
    }
    this.#checkLength(this.#text.length + chunk.byteLength);
    if (chunk.byteLength > 0) this.#endsWithCr = chunk[chunk.byteLength - 1] === CR;
    this.#text += bytesToByteString(chunk);
    return undefined;
  }

  /** The response is over. @throws TsgiError (502), for its head was not. */
  end(): never {
    throw badAnswer(
      this.#text === '' ? 'the response is empty: expected a head' : 'the response ended within its head',
    );
  }

  #checkLength(length: number): void {
    if (length > LIMIT) throw badAnswer(`the response's head is longer than ${LIMIT} bytes`);
  }
}
