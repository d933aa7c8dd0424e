import { requestError } from './request-error.ts';

/**
 * What RFC 9110 §6.5.1 keeps out of trailers: framing, routing, modifiers of the request, authentication, and what
 * says how to read the content. It all comes too late to be true.
 */
const FORBIDDEN = new Set([
  'authorization',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'max-forwards',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * @param trailers names and values, alternating.
 * @throws TsgiError (400) for a field that may not be a trailer.
 */
export function checkTrailers(trailers: readonly string[]): void {
  for (let index = 0; index < trailers.length; index += 2) {
    const name = trailers[index] as string;
    if (FORBIDDEN.has(name.toLowerCase())) throw requestError(`${name} may not be a trailer (RFC 9110 section 6.5.1)`);
  }
}
