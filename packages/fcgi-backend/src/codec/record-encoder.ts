import type { Bytes } from '@tsgi/core';
import { encodePairs } from './pairs.ts';
import {
  BEGIN_REQUEST,
  END_REQUEST,
  FCGI_VERSION_1,
  GET_VALUES_RESULT,
  HEADER_LENGTH,
  MAX_CONTENT,
  NULL_REQUEST_ID,
  REQUEST_COMPLETE,
  STDERR,
  STDOUT,
  UNKNOWN_TYPE,
} from './protocol.ts';

/** Bytes of the records that have a fixed body: header and 8 bytes. */
const FIXED_RECORD_LENGTH = 16;

/** Padding that brings content to a multiple of 8 bytes, as section 3.3 recommends. */
function paddingOf(contentLength: number): number {
  return -contentLength & 7;
}

/** Bytes of a record with `contentLength` bytes of content. */
export function recordSize(contentLength: number): number {
  return HEADER_LENGTH + contentLength + paddingOf(contentLength);
}

/**
 * Writes a header at `at`. Returns where it ends.
 *
 * @throws RangeError for a length of more than 16 bits: cut to 16, the rest of the content would be read as records
 *   (HAProxy 0aeae23).
 */
export function writeHeader(
  target: Uint8Array,
  at: number,
  type: number,
  requestId: number,
  contentLength: number,
): number {
  if (contentLength > MAX_CONTENT) throw new RangeError(`a record carries at most 65535 bytes, found ${contentLength}`);
  target[at] = FCGI_VERSION_1;
  target[at + 1] = type;
  target[at + 2] = requestId >>> 8;
  target[at + 3] = requestId;
  target[at + 4] = contentLength >>> 8;
  target[at + 5] = contentLength;
  target[at + 6] = paddingOf(contentLength);
  target[at + 7] = 0;
  return at + HEADER_LENGTH;
}

/** Writes the padding of `contentLength` bytes of content: zeros, never memory that was something else before. */
export function writePadding(target: Uint8Array, at: number, contentLength: number): number {
  const end = at + paddingOf(contentLength);
  for (let index = at; index < end; index++) target[index] = 0;
  return end;
}

/** A whole record. */
export function encodeRecord(type: number, requestId: number, content: Uint8Array): Buffer {
  const record = Buffer.allocUnsafe(recordSize(content.byteLength));
  const start = writeHeader(record, 0, type, requestId, content.byteLength);
  record.set(content, start);
  writePadding(record, start + content.byteLength, content.byteLength);
  return record;
}

/** The empty record that ends a stream. */
export function encodeStreamEnd(type: number, requestId: number): Buffer {
  const record = Buffer.allocUnsafe(HEADER_LENGTH);
  writeHeader(record, 0, type, requestId, 0);
  return record;
}

/**
 * Content of any length as records of a stream: pieces to be written one after another, large content not copied.
 *
 * @param most bytes of content in one record.
 */
export function encodeStream(
  type: number,
  requestId: number,
  content: Uint8Array,
  most: number = MAX_CONTENT,
): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let padding = 0;
  for (let start = 0; start < content.byteLength; start += most) {
    const end = Math.min(content.byteLength, start + most);
    const between = Buffer.alloc(padding + HEADER_LENGTH);
    writeHeader(between, padding, type, requestId, end - start);
    pieces.push(between, content.subarray(start, end));
    padding = paddingOf(end - start);
  }
  if (padding > 0) pieces.push(Buffer.alloc(padding));
  return pieces;
}

/** Most content of a STDERR record. */
const MOST_STDERR = 8_192;

/**
 * Text as STDERR. Each record has padding, one byte at least, and no more content than the buffer of any front end holds:
 * HAProxy 2.6 swaps a buffer that it frees later when such a record ends with its content, or is longer than its
 * `tune.bufsize`, and dies.
 */
export function encodeStderr(requestId: number, text: string): Buffer {
  const content = Buffer.from(text);
  const records: Buffer[] = [];
  for (let start = 0; start < content.length; start += MOST_STDERR) {
    const part = content.subarray(start, start + MOST_STDERR);
    const padding = 8 - (part.length & 7);
    const record = Buffer.alloc(HEADER_LENGTH + part.length + padding);
    record.set(part, writeHeader(record, 0, STDERR, requestId, part.length));
    record[6] = padding;
    records.push(record);
  }
  return records.length === 1 && records[0] !== undefined ? records[0] : Buffer.concat(records);
}

export function encodeBeginRequest(requestId: number, role: number, flags: number): Buffer {
  const record = Buffer.alloc(FIXED_RECORD_LENGTH);
  const start = writeHeader(record, 0, BEGIN_REQUEST, requestId, 8);
  record.writeUInt16BE(role, start);
  record[start + 2] = flags;
  return record;
}

/** Writes END_REQUEST at `at`. Returns where it ends. */
function writeEndRequest(
  target: Buffer,
  at: number,
  requestId: number,
  appStatus: number,
  protocolStatus: number,
): number {
  const start = writeHeader(target, at, END_REQUEST, requestId, 8);
  target.writeUInt32BE(appStatus, start);
  target.writeUInt32BE(protocolStatus << 24, start + 4);
  return start + 8;
}

export function encodeEndRequest(requestId: number, appStatus: number, protocolStatus: number): Buffer {
  const record = Buffer.allocUnsafe(FIXED_RECORD_LENGTH);
  writeEndRequest(record, 0, requestId, appStatus, protocolStatus);
  return record;
}

export function encodeUnknownType(type: number): Buffer {
  const record = Buffer.alloc(FIXED_RECORD_LENGTH);
  record[writeHeader(record, 0, UNKNOWN_TYPE, NULL_REQUEST_ID, 8)] = type;
  return record;
}

/** @param values names and values alternate. */
export function encodeGetValuesResult(values: readonly string[]): Buffer {
  return encodeRecord(GET_VALUES_RESULT, NULL_REQUEST_ID, encodePairs(values));
}

/** Up to this many bytes a copy behind the head costs less than a second write. */
const COPY_LIMIT = 16_384;
const NO_BYTES: Bytes = new Uint8Array(0);

/**
 * How a reply ends: the end of STDOUT, that of STDERR if it was used, END_REQUEST. One that failed (appStatus is not 0) has no
 * end of STDOUT: who takes appStatus for an exit status takes what was ended for whole, as a CGI program's page (R77).
 */
export interface ReplyEnd {
  readonly usedStderr: boolean;
  readonly appStatus: number;
}

function endSize(end: ReplyEnd): number {
  return (end.appStatus === 0 ? HEADER_LENGTH : 0) + (end.usedStderr ? HEADER_LENGTH : 0) + FIXED_RECORD_LENGTH;
}

function writeEnd(target: Buffer, at: number, requestId: number, end: ReplyEnd): void {
  let next = end.appStatus === 0 ? writeHeader(target, at, STDOUT, requestId, 0) : at;
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
