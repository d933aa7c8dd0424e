import { encodePairs } from './pairs.ts';
import {
  BEGIN_REQUEST,
  END_REQUEST,
  FCGI_VERSION_1,
  GET_VALUES_RESULT,
  HEADER_LENGTH,
  MAX_CONTENT,
  NULL_REQUEST_ID,
  UNKNOWN_TYPE,
} from './protocol.ts';

/** Bytes of the records that have a fixed body: header and 8 bytes. */
export const FIXED_RECORD_LENGTH = 16;

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

export function encodeBeginRequest(requestId: number, role: number, flags: number): Buffer {
  const record = Buffer.alloc(FIXED_RECORD_LENGTH);
  const start = writeHeader(record, 0, BEGIN_REQUEST, requestId, 8);
  record.writeUInt16BE(role, start);
  record[start + 2] = flags;
  return record;
}

/** Writes END_REQUEST at `at`. Returns where it ends. */
export function writeEndRequest(
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
