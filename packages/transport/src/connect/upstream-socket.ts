import { Socket } from 'node:net';

type Callback = (error?: Error | null) => void;

/**
 * A connection to a server that may answer, and close, before it has read the whole request. Our next write fails then, and
 * a socket of Node's own would be destroyed with what has come and was not read yet. Here a failed write is no error: reading
 * gives the answer, and then its end or the reset.
 */
export class UpstreamSocket extends Socket {
  #refused = false;

  /** A write has failed: nothing that is sent arrives any more. */
  get refused(): boolean {
    return this.#refused;
  }

  override _write(chunk: unknown, encoding: BufferEncoding, callback: Callback): void {
    super._write(chunk, encoding, this.#withoutError(callback));
  }

  override _writev(chunks: { chunk: unknown; encoding: BufferEncoding }[], callback: Callback): void {
    super._writev?.(chunks, this.#withoutError(callback));
  }

  #withoutError(callback: Callback): Callback {
    return (error) => {
      if (error) this.#refused = true;
      callback();
    };
  }
}
