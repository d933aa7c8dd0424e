import type { Header } from '@tsgi/core';
import { reasonPhrase } from '@tsgi/core/server';
import { responseHeaderRole } from '../environ/header-names.ts';

/** What a fetch client has undone already when it hands over a body; `zstd` only where Node's zlib knows it. */
const DECODED = /^(?:x-)?(?:gzip|deflate|br|zstd)$/i;

const lines: (string | undefined)[] = [];

/** `'200 OK'`: with the usual phrase where the response has none, as one over HTTP/2. */
export function statusLine(status: number, statusText: string): string {
  if (statusText !== '') return `${status} ${statusText}`;
  const known = lines[status];
  if (known !== undefined) return known;
  const line = `${status} ${reasonPhrase(status)}`;
  if (status >= 200 && status <= 999) lines[status] = line;
  return line;
}

function isEndToEnd([name]: Header): boolean {
  return responseHeaderRole(name) !== 'own';
}

/** The headers without what belongs to the connection; the same array where there was nothing of it. */
export function endToEnd(headers: Header[]): Header[] {
  for (const [name] of headers) if (responseHeaderRole(name) === 'own') return headers.filter(isEndToEnd);
  return headers;
}

function without(headers: Header[], lower: string): Header[] {
  return headers.filter(([name]) => name.toLowerCase() !== lower);
}

/** Whether the body of a response that came from `fetch` has lost the coding that its headers still name. */
function isDecoded(response: Response): boolean {
  // Only an answer of `fetch` has a URL. One without a body (HEAD, 304) speaks of another answer's.
  if (response.url === '' || response.url === undefined || response.body === null) return false;
  const coding = response.headers.get('content-encoding');
  return coding !== null && coding.split(',').every((one) => DECODED.test(one.trim()));
}

/**
 * The headers of a response, as R57 wants them. `return fetch(upstream)` has a decoded body with the length and the name
 * of the coding it came in: neither is sent.
 */
export function responseHeaders(response: Response): Header[] {
  const headers: Header[] = [];
  for (const header of response.headers) if (isEndToEnd(header)) headers.push(header);
  // R85: H3 gives a 204 a length.
  if (response.status === 204) return without(headers, 'content-length');
  return isDecoded(response) ? without(without(headers, 'content-encoding'), 'content-length') : headers;
}
