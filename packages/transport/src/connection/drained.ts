import type { Writable } from 'node:stream';

/** Resolves when a stream takes more, or nothing any more. */
export function drained(socket: Writable): Promise<void> {
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
