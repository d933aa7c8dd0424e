import type { Header } from '@tsgi/core';

/** A request as a case writes it down, in the words that all wires share. Everything has a default. */
export interface CaseRequest {
  /** Default `GET`. */
  readonly method?: string;
  /** As it stands in a request line. Default `/`. */
  readonly target?: string;
  /** Default `HTTP/1.1`. */
  readonly protocol?: string;
  /** After `Host` and the kit's own: byte strings, each sent by itself where the wire allows. */
  readonly headers?: readonly Header[];
  /** Pieces that are sent one after another; text is a byte string. Default: no body. */
  readonly body?: readonly (Uint8Array | string)[];
  /** The announced length. Default: the body's; null announces none (HTTP: chunked; FastCGI: no CONTENT_LENGTH). */
  readonly length?: number | null;
  /** Meta-variables besides, or instead of, those that the request makes; null leaves one out. Not for HTTP. */
  readonly variables?: Readonly<Record<string, string | null>>;
}

/** A request with the headers that tell the kit's application which case it belongs to. */
export interface TaggedRequest extends CaseRequest {
  readonly tag: readonly Header[];
}

/** Byte strings as bytes. */
export function bytesOf(piece: Uint8Array | string): Uint8Array {
  return typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece;
}

/** The length that a request announces: undefined without a body, null when it has one of unknown length. */
export function announcedBodyLength(request: CaseRequest): number | null | undefined {
  if (request.length !== undefined) return request.length;
  return request.body?.reduce((sum, piece) => sum + piece.length, 0);
}
