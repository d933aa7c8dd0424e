import type { Bytes, Environ } from '@tsgi/core';
import { declaredLength, gatewayError } from '@tsgi/core/cgi';
import { encodeStdin, STDIN_END } from './request-encoder.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

/** A request body on its way to an application. */
export interface ForwardedBody {
  /** CONTENT_LENGTH; `undefined` when there is no body. */
  readonly length: number | undefined;
  readonly chunks: Iterable<Bytes> | AsyncIterable<Bytes>;
  /** It is in memory, and can be sent again. */
  readonly replayable: boolean;
}

/**
 * The body of a request. One whose length the client did not announce is held in memory until its end: an application
 * needs the length first (php-fpm reads nothing without it).
 *
 * @throws TsgiError (413) for more than `maxBody` bytes, or than `maxSpool` of unknown length.
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

/**
 * Sends a body as STDIN, no faster than the application takes it. Ends early, without an error, when the application
 * wants no more: its answer tells why.
 *
 * @param onProgress is called after each piece that was accepted.
 * @throws what reading the body throws.
 */
export async function sendBody(
  { chunks, length }: ForwardedBody,
  connection: UpstreamConnection,
  onProgress: () => void,
): Promise<void> {
  let missing = length ?? 0;
  for await (const chunk of chunks) {
    if (connection.refusesBody) return;
    const records = encodeStdin(chunk);
    missing -= chunk.byteLength;
    if (missing === 0) {
      records.push(STDIN_END);
      connection.bodySent();
    }
    if (!connection.send(records)) await connection.drained();
    onProgress();
  }
}

function tooLarge(limit: number): Error {
  return gatewayError('BODY_TOO_LARGE', 413, `the request body is longer than ${limit} bytes`);
}
