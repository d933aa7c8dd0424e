import type { Header, StartResponse } from '../contract/contract.ts';

/**
 * Headers that describe the body they came with, which nobody gets: those that mod_cgid does not put among its
 * `err_headers_out` (`ap_scan_script_header_err_core`), and the rest of their kind (RFC 9110 §8, §14.3, §14.4).
 */
const OF_THE_BODY: ReadonlySet<string> = new Set([
  'accept-ranges',
  'content-length',
  'content-range',
  'etag',
  'last-modified',
  'location',
]);

/** Those that say what it is: after X-Accel-Redirect nginx takes them from the program, which may know better. */
const OF_THE_CONTENT: ReadonlySet<string> = new Set([
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
]);

/**
 * The headers of an answer that are meant for its client although another answer takes its place (RFC 3875 §6.2.2): a
 * login sets its cookie and redirects. Apache carries all but those of the body.
 */
export function carriedHeaders(headers: readonly Header[]): Header[] {
  return headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return !OF_THE_BODY.has(lower) && !OF_THE_CONTENT.has(lower);
  });
}

/** Adds headers to an answer; one that it gives itself counts, but for cookies, which are all sent. */
export function withHeaders(startResponse: StartResponse, carried: readonly Header[]): StartResponse {
  if (carried.length === 0) return startResponse;
  return (status, headers, excInfo) => {
    const given = new Set(headers.map(([name]) => name.toLowerCase()));
    given.delete('set-cookie');
    const added = carried.filter(([name]) => !given.has(name.toLowerCase()));
    return startResponse(status, [...added, ...headers], excInfo);
  };
}

/** Puts headers in the place of an answer's own of the same name where it sends a file; else as `withHeaders`. */
export function withHeadersOfFile(startResponse: StartResponse, given: readonly Header[]): StartResponse {
  const ofFile = given.filter(([name]) => !OF_THE_BODY.has(name.toLowerCase()));
  const ofOther = withHeaders(startResponse, carriedHeaders(given));
  return (status, headers, excInfo) => {
    if (!status.startsWith('2')) return ofOther(status, headers, excInfo);
    const names = new Set(ofFile.map(([name]) => name.toLowerCase()));
    const own = headers.filter(([name]) => !names.has(name.toLowerCase()));
    return startResponse(status, [...ofFile, ...own], excInfo);
  };
}
