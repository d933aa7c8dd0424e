import type { Bytes, Environ } from '@tsgi/core';
import { declaredLength, gatewayError } from '@tsgi/core/cgi';

/** A request body on its way to a program. */
export interface ForwardedBody {
  readonly chunks: Iterable<Bytes> | AsyncIterable<Bytes>;
  readonly length: number;
}

/**
 * The body of a request with its length, which a program is told before it starts. A body of unknown length is read to
 * its end first.
 *
 * @returns `undefined` for a request without a body.
 * @throws TsgiError 413 for one that is too long; what reading it throws.
 */
export async function forwardedBody(
  environ: Environ,
  maxBody: number,
  maxSpool: number,
): Promise<ForwardedBody | undefined> {
  const input = environ['tsgi.input'];
  const announced = declaredLength(environ);
  if (announced !== undefined) {
    if (announced > maxBody) throw tooLarge(maxBody);
    return announced === 0 ? undefined : { chunks: input, length: announced };
  }
  const limit = Math.min(maxBody, maxSpool);
  const chunks: Bytes[] = [];
  let length = 0;
  for await (const chunk of input) {
    length += chunk.byteLength;
    if (length > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return length === 0 ? undefined : { chunks, length };
}

function tooLarge(limit: number): Error {
  return gatewayError('BODY_TOO_LARGE', 413, `the request body is longer than ${limit} bytes`);
}
