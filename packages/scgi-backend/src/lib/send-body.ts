import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Bytes } from '@tsgi/core';

/**
 * Sends a request body, no faster than the server takes it. Ends early, without an error, when the server wants no more:
 * its answer tells why.
 *
 * @param onProgress is called after every chunk that the socket accepted.
 * @throws what reading `body` throws.
 */
export async function sendBody(
  body: Iterable<Bytes> | AsyncIterable<Bytes>,
  socket: Socket,
  onProgress: () => void,
): Promise<void> {
  let isFirst = true;
  for await (const chunk of body) {
    // A server that answers at once and closes makes our next write fail, and Node drops with the socket what it has not
    // read yet. So that answer is read first: of two turns of the loop the second one holds a whole poll phase.
    if (!isFirst) {
      await nextTurn();
      await nextTurn();
    }
    isFirst = false;
    if (socket.destroyed || socket.readableEnded) return;
    if (!socket.write(chunk)) await drained(socket);
    onProgress();
  }
}

/** Resolves when the socket takes more, or nothing any more. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      socket.off('drain', settle);
      socket.off('close', settle);
      resolve();
    };
    socket.on('drain', settle);
    socket.on('close', settle);
  });
}
