import type { Bytes } from '../contract/contract.ts';
import type { ForwardedBody } from './forwarded-body.ts';

/** What a request body is sent into. */
export interface BodySink {
  /** Nothing more that is sent would be read. */
  isClosed(): boolean;
  /** @returns false when it wants a pause. */
  write(chunk: Bytes): boolean;
  /** Resolves when it takes more, or nothing any more. */
  drained(): Promise<void>;
  /** All is written. Not called for a body that ended early. */
  finish(): void;
}

/**
 * Sends a request body, no faster than it is taken. Ends early, without an error, when nobody reads any more: the answer
 * tells why. Runs beside the answer, which may begin before the body's end.
 *
 * @param onProgress is called after each piece that was accepted.
 * @throws what reading the body throws.
 */
export async function pumpBody(body: ForwardedBody, sink: BodySink, onProgress: () => void): Promise<void> {
  try {
    for await (const chunk of body.chunks) {
      if (sink.isClosed()) return;
      if (!sink.write(chunk)) await sink.drained();
      onProgress();
    }
    if (!sink.isClosed()) sink.finish();
  } finally {
    body.release();
  }
}
