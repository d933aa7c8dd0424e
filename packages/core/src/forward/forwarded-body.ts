import { declaredLength } from '../cgi/cgi-environ.ts';
import type { Bytes, Environ } from '../contract/contract.ts';
import type { TsgiError } from '../contract/errors.ts';
import { gatewayError } from './gateway-error.ts';

/** A request body on its way through a gateway. */
export interface ForwardedBody {
  /** CONTENT_LENGTH; `undefined` when there is none and no body either. */
  readonly length: number | undefined;
  readonly chunks: Iterable<Bytes> | AsyncIterable<Bytes>;
  /** It is in memory, and can be sent again. */
  readonly replayable: boolean;
}

/**
 * The body of a request with its length, which goes before it on every CGI-like wire (php-fpm reads nothing without it).
 * One whose length the client did not announce is held in memory until its end.
 *
 * @throws TsgiError (413) for more than `maxBody` bytes, or than `maxSpool` of unknown length; what reading it throws.
 */
export async function forwardedBody(environ: Environ, maxBody: number, maxSpool: number): Promise<ForwardedBody> {
  const length = declaredLength(environ);
  const input = environ['tsgi.input'];
  if (length !== undefined) {
    if (length > maxBody) throw tooLarge(maxBody);
    return length === 0 ? { length, chunks: [], replayable: true } : { length, chunks: input, replayable: false };
  }
  const limit = Math.min(maxBody, maxSpool);
  const chunks: Bytes[] = [];
  let spooled = 0;
  for await (const chunk of input) {
    spooled += chunk.byteLength;
    if (spooled > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return { length: spooled === 0 ? undefined : spooled, chunks, replayable: true };
}

function tooLarge(limit: number): TsgiError {
  return gatewayError('BODY_TOO_LARGE', 413, `the request body is longer than ${limit} bytes`);
}
