import type { Bytes, Header } from '../contract/contract.ts';

/** A checked response head (R56 to R67): nothing in it can break a frame. Immutable, and replaced whole (R71). */
export interface ResponseHead {
  /** `'200 OK'`. */
  readonly status: string;
  /** 200 to 999, or 101 for an upgrade. */
  readonly code: number;
  /** In the application's order and spelling. Content-Length is among them if and only if `contentLength` is known. */
  readonly headers: readonly Header[];
  /** Bytes of the body that the head announces; -1 when it announces none. */
  readonly contentLength: number;
  /** The application gave a `Date`: the server adds none (R62). */
  readonly hasDate: boolean;
  /** The application gave a `Server`: the server adds none (R62). */
  readonly hasServer: boolean;
  /** The answer can carry a body: false for HEAD, 204 and 304 (R84, R85). */
  readonly hasBody: boolean;
}

/**
 * A backend's half of an exchange: it frames bytes and knows nothing of the contract.
 *
 * The run loop calls `writeHead` once, then `write` and `end`, or `abort` at any time; never anything after `end` or
 * `abort` but `onSent` and `finished`. Chunks are never empty (R69), never more than the announced length (R80) and belong to the
 * writer from then on. After the backend called `Exchange.abort`, only `finished` is called, and `onSent` for a server that
 * is observed.
 */
export interface ResponseWriter {
  /**
   * Whether nothing is held any more of what was handed over, so that the memory of a file's block can be used again
   * (R88). Absent: that is never known.
   */
  readonly settled?: boolean;
  /** Whether the connection goes on behind the answer; known when that has ended. Absent: the wire does not tell. */
  readonly keepsConnection?: boolean;
  /** The application has the connection to itself, and answers there in another protocol. Absent: the wire has none. */
  readonly takenOver?: boolean;
  /**
   * Sends the head, and with it the first chunk and the end when they are known: a whole small response is one call and
   * should be one write to the wire.
   *
   * @returns false when the wire wants a pause: then `onDrain` is called before the next chunk.
   */
  writeHead(head: ResponseHead, chunk: Bytes | undefined, end: boolean): boolean;
  write(chunk: Bytes): boolean;
  end(): void;
  /** Ends a response that failed after its head so that the peer cannot take it for complete (R77). */
  abort(): void;
  /** Calls back once, when more may be written. Need not call when the peer is gone. */
  onDrain(callback: () => void): void;
  /**
   * Of an answer that has ended, but for which the wire wanted a pause: calls back once, when all of it has gone, or when no
   * more can go, with the number of bytes that are lost. Absent: that is never known.
   */
  onSent?(callback: (unsent: number) => void): void;
  /** Everything is torn down (R98): the request holds nothing any more. Called exactly once, after `end` or `abort`. */
  finished(): void;
  /** Sends a 103 with checked headers; absent where the wire cannot carry one. */
  earlyHints?(headers: readonly Header[]): void;
}
