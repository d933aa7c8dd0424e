import type { Bytes } from '@tsgi/core';
import { drained, type UpstreamSocket } from '@tsgi/transport';

/**
 * Sends a request body, no faster than the server takes it. Ends early, without an error, when the server wants no more:
 * its answer tells why.
 *
 * @param onProgress is called after every chunk that the socket accepted.
 * @throws what reading `body` throws.
 */
export async function sendBody(
  body: Iterable<Bytes> | AsyncIterable<Bytes>,
  socket: UpstreamSocket,
  onProgress: () => void,
): Promise<void> {
  for await (const chunk of body) {
    if (socket.destroyed || socket.refused || socket.readableEnded) return;
    if (!socket.write(chunk)) await drained(socket);
    onProgress();
  }
}
