import type { Bytes } from '@tsgi/core';
import { HEADER_LENGTH, MAX_CONTENT, REQUEST_COMPLETE, STDERR, STDOUT } from './protocol.ts';
import {
  encodeStream,
  FIXED_RECORD_LENGTH,
  recordSize,
  writeEndRequest,
  writeHeader,
  writePadding,
} from './record-encoder.ts';

/** Up to this many bytes a copy behind the head costs less than a second write. */
const COPY_LIMIT = 16_384;
const NO_BYTES: Bytes = new Uint8Array(0);

/** How a reply ends: the end of STDOUT, that of STDERR if it was used, END_REQUEST. */
export interface ReplyEnd {
  readonly usedStderr: boolean;
  readonly appStatus: number;
}

function endSize(end: ReplyEnd): number {
  return HEADER_LENGTH + (end.usedStderr ? HEADER_LENGTH : 0) + FIXED_RECORD_LENGTH;
}

function writeEnd(target: Buffer, at: number, requestId: number, end: ReplyEnd): void {
  let next = writeHeader(target, at, STDOUT, requestId, 0);
  if (end.usedStderr) next = writeHeader(target, next, STDERR, requestId, 0);
  writeEndRequest(target, next, requestId, end.appStatus, REQUEST_COMPLETE);
}

function encodeEnd(requestId: number, end: ReplyEnd): Buffer {
  const encoded = Buffer.allocUnsafe(endSize(end));
  writeEnd(encoded, 0, requestId, end);
  return encoded;
}

// nginx and most others use no id but 1, and most replies end like this one.
const PLAIN_END: ReplyEnd = { usedStderr: false, appStatus: 0 };
const PLAIN_END_OF_1 = encodeEnd(1, PLAIN_END);

/** The end of a reply that was sent piece by piece. */
export function encodeReplyEnd(requestId: number, end: ReplyEnd): Buffer {
  const plain = requestId === 1 && !end.usedStderr && end.appStatus === 0;
  return plain ? PLAIN_END_OF_1 : encodeEnd(requestId, end);
}

/**
 * A piece of a reply, as the buffers to be written: one when it is small, so that a whole small reply is one write.
 *
 * @param head the CGI response head: a byte string, empty when it was sent already.
 */
export function encodeReply(
  requestId: number,
  head: string,
  body: Bytes = NO_BYTES,
  end?: ReplyEnd,
): readonly Uint8Array[] {
  const length = head.length + body.byteLength;
  if (length > COPY_LIMIT) return encodeLargeReply(requestId, head, body, end);
  const size = recordSize(length);
  const reply = Buffer.allocUnsafe(end === undefined ? size : size + endSize(end));
  const start = writeHeader(reply, 0, STDOUT, requestId, length);
  if (head !== '') reply.write(head, start, 'latin1');
  reply.set(body, start + head.length);
  writePadding(reply, start + length, length);
  if (end === undefined) return [reply];
  if (requestId === 1 && !end.usedStderr && end.appStatus === 0) reply.set(PLAIN_END_OF_1, size);
  else writeEnd(reply, size, requestId, end);
  return [reply];
}

function encodeLargeReply(
  requestId: number,
  head: string,
  body: Bytes,
  end: ReplyEnd | undefined,
): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let rest = body;
  if (head !== '') {
    // The head and as much of the body as its record takes: a front end that waits for a whole record gets both.
    const text = Buffer.from(head, 'latin1');
    const first = Math.min(body.byteLength, Math.max(0, MAX_CONTENT - text.length));
    if (text.length > MAX_CONTENT) pieces.push(...encodeStream(STDOUT, requestId, text));
    else {
      const opening = Buffer.allocUnsafe(HEADER_LENGTH + text.length);
      writeHeader(opening, 0, STDOUT, requestId, text.length + first);
      opening.set(text, HEADER_LENGTH);
      const padding = Buffer.alloc(recordSize(text.length + first) - HEADER_LENGTH - text.length - first);
      pieces.push(opening, body.subarray(0, first));
      if (padding.length > 0) pieces.push(padding);
    }
    rest = body.subarray(first);
  }
  if (rest.byteLength > 0) pieces.push(...encodeStream(STDOUT, requestId, rest));
  if (end !== undefined) pieces.push(encodeReplyEnd(requestId, end));
  return pieces;
}
