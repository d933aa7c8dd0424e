import type { TsgiError } from '../contract/errors.ts';
import { reasonPhrase } from '../run/reason-phrases.ts';

/** The CGI response to a request that is framed well and says something wrong. It does not quote the request. */
export function cgiRefusal(error: TsgiError): string {
  const status = `${error.statusHint} ${reasonPhrase(error.statusHint)}`;
  const body = `${status}\n`;
  return `Status: ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
