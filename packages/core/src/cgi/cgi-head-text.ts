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
