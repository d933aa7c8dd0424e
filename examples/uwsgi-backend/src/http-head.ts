import type { TsgiError } from '@tsgi/core';
import { cgiHeadText, cgiRefusal } from '@tsgi/core/cgi';
import type { ResponseHead } from '@tsgi/core/server';

// An answer over uwsgi begins with the status line of HTTP (mod_proxy_uwsgi takes nothing else, nginx this too). What
// follows it is what CGI has.

const CGI = 'Status: ';
const HTTP = 'HTTP/1.1 ';

/** The head of an answer. */
export function httpHeadText(head: ResponseHead): string {
  return HTTP + cgiHeadText(head).slice(CGI.length);
}

/** The answer to a request that is framed well and says something wrong. */
export function httpRefusal(error: TsgiError): string {
  return HTTP + cgiRefusal(error).slice(CGI.length);
}

/** Makes a CGI response of an answer, as its bytes come. */
export function cgiFromHttp(): (chunk: Uint8Array) => Uint8Array {
  let line = Buffer.alloc(0);
  let isDone = false;
  return (chunk) => {
    if (isDone) return chunk;
    line = Buffer.concat([line, chunk]);
    // Nine bytes tell; before they are there, nothing is passed on.
    if (line.length < HTTP.length && 'HTTP/1.'.startsWith(line.toString('latin1', 0, 7))) return new Uint8Array(0);
    isDone = true;
    return /^HTTP\/1\.[01] /.test(line.toString('latin1', 0, HTTP.length))
      ? Buffer.concat([Buffer.from(CGI), line.subarray(HTTP.length)])
      : line;
  };
}
