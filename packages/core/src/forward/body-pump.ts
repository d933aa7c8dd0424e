import type { Bytes } from '../contract/contract.ts';
import type { CgiAnswer } from './cgi-answer.ts';

/** A request body on its way through a gateway. */
export interface ForwardedBody {
  /** CONTENT_LENGTH; `undefined` when there is none and no body either. */
  readonly length: number | undefined;
  readonly chunks: Iterable<Bytes> | AsyncIterable<Bytes>;
  /** All that was read of it is held: `chunks` can be read again, from the beginning. */
  readonly replayable: boolean;
  /** It is not read again. Who is reading it still may do so to its end. May be called more than once. */
  release(): void;
}

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
 * tells why. Runs beside the answer, which may begin before the body's end, and fails when reading the body does: it was cut
 * short, and what is made of the half must not pass for an answer.
 */
export function sendBody(body: ForwardedBody, sink: BodySink, answer: CgiAnswer): void {
  pump(body, sink, answer).catch((error: unknown) => answer.fail(error));
}

async function pump(body: ForwardedBody, sink: BodySink, answer: CgiAnswer): Promise<void> {
  for await (const chunk of body.chunks) {
    if (sink.isClosed()) return;
    if (!sink.write(chunk)) await sink.drained();
    answer.requestProgressed();
  }
  if (!sink.isClosed()) sink.finish();
}
