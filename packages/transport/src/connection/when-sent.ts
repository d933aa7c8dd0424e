import type { Writable } from 'node:stream';

/**
 * Calls back once: when a stream has handed over all that it has, or when it closes, with the number of bytes of which that is
 * not known. For `ResponseWriter.onSent`.
 */
export function whenSent(stream: Writable, callback: (unsent: number) => void): void {
  const waiting = stream.writableLength;
  if (waiting === 0 || stream.destroyed) return callback(waiting);
  const off = (): void => {
    stream.off('drain', onSent);
    stream.off('finish', onSent);
    stream.off('close', onClose);
  };
  const onSent = (): void => {
    off();
    callback(0);
  };
  // How much of it went cannot be known any more: the stream has forgotten what it had.
  const onClose = (): void => {
    off();
    callback(waiting);
  };
  stream.once('drain', onSent);
  stream.once('finish', onSent);
  stream.once('close', onClose);
}
