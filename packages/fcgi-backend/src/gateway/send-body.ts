import type { ForwardedBody } from '@tsgi/core/forward';
import { encodeStdin, STDIN_END } from '../codec/request-encoder.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

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
