import type { TsgiError } from '../contract/errors.ts';
import { reasonPhrase } from '../run/reason-phrases.ts';
import type { ResponseHead } from '../run/response-writer.ts';

/**
 * A response's head as CGI writes it (RFC 3875 §6): `Status` first, always, for nginx takes an answer without one for a
 * 200; CRLF; a byte string that ends with the empty line.
 */
export function cgiHeadText(head: ResponseHead): string {
  let text = `Status: ${head.status}\r\n`;
  for (const header of head.headers) text += `${header[0]}: ${header[1]}\r\n`;
  return `${text}\r\n`;
}

/** The CGI response to a request that is framed well and says something wrong. It does not quote the request. */
export function cgiRefusal(error: TsgiError): string {
  const status = `${error.statusHint} ${reasonPhrase(error.statusHint)}`;
  const body = `${status}\n`;
  return `Status: ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
