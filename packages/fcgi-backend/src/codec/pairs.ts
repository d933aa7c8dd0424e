import { brokenFraming } from './errors.ts';

// Name-value pairs (section 3.4). Byte strings on this side, so an index into the text is an offset into the bytes.

/** A length above this takes four bytes. */
const MAX_SHORT_LENGTH = 127;
/** The first of four length bytes has its top bit set: 31 bits remain. */
const MAX_LENGTH = 0x7fff_ffff;

/** Bytes that the length of a name or value takes: 1 or 4. */
export function lengthSize(length: number): number {
  return length > MAX_SHORT_LENGTH ? 4 : 1;
}

/** Bytes that a pair takes. */
export function pairSize(name: string, value: string): number {
  return lengthSize(name.length) + lengthSize(value.length) + name.length + value.length;
}

/** Writes a length at `at`. Returns where it ends. */
export function writeLength(target: Uint8Array, at: number, length: number): number {
  if (length <= MAX_SHORT_LENGTH) {
    target[at] = length;
    return at + 1;
  }
  if (length > MAX_LENGTH) throw new RangeError(`a FastCGI length has 31 bits, found ${length}`);
  target[at] = (length >>> 24) | 0x80;
  target[at + 1] = length >>> 16;
  target[at + 2] = length >>> 8;
  target[at + 3] = length;
  return at + 4;
}

const SHORT_LENGTHS: readonly string[] = Array.from({ length: MAX_SHORT_LENGTH + 1 }, (_, length) =>
  String.fromCharCode(length),
);

/** A length as a byte string. */
export function lengthText(length: number): string {
  const short = SHORT_LENGTHS[length];
  if (short !== undefined) return short;
  return String.fromCharCode((length >>> 24) | 0x80, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff);
}

/** Writes a pair at `at`. Returns where it ends. */
export function writePair(target: Buffer, at: number, name: string, value: string): number {
  const start = writeLength(target, writeLength(target, at, name.length), value.length);
  target.write(name, start, 'latin1');
  target.write(value, start + name.length, 'latin1');
  return start + name.length + value.length;
}

/** Encodes names and values that alternate. */
export function encodePairs(pairs: readonly string[]): Buffer {
  let size = 0;
  for (let index = 0; index < pairs.length; index += 2) size += pairSize(pairs[index] ?? '', pairs[index + 1] ?? '');
  const encoded = Buffer.allocUnsafe(size);
  let at = 0;
  for (let index = 0; index < pairs.length; index += 2) {
    at = writePair(encoded, at, pairs[index] ?? '', pairs[index + 1] ?? '');
  }
  return encoded;
}

function readLongLength(block: string, at: number): number {
  if (at + 4 > block.length) throw pastTheEnd(at, 4, block.length);
  // `>>> 0`: a shift by 24 makes a negative number of a large length (CVE-2025-23016 is what follows in C).
  return (
    (((block.charCodeAt(at) & 0x7f) << 24) |
      (block.charCodeAt(at + 1) << 16) |
      (block.charCodeAt(at + 2) << 8) |
      block.charCodeAt(at + 3)) >>>
    0
  );
}

function pastTheEnd(at: number, needed: number, length: number): Error {
  return brokenFraming('FCGI_PAIR', `a name-value pair at byte ${at} needs ${needed} bytes, found ${length - at}`);
}

/**
 * Decodes a whole block of pairs: names and values alternate in the answer.
 *
 * @param maxPairs decoding stops one pair after this many.
 * @throws TsgiError `FCGI_PAIR` for a pair that reaches past the end.
 */
export function decodePairs(block: string, maxPairs: number): string[] {
  const pairs: string[] = [];
  const length = block.length;
  const most = maxPairs * 2;
  let at = 0;
  while (at < length && pairs.length <= most) {
    const start = at;
    let nameLength = block.charCodeAt(at++);
    if (nameLength > MAX_SHORT_LENGTH) {
      nameLength = readLongLength(block, at - 1);
      at += 3;
    }
    if (at >= length) throw pastTheEnd(start, at + 1 - start, length);
    let valueLength = block.charCodeAt(at++);
    if (valueLength > MAX_SHORT_LENGTH) {
      valueLength = readLongLength(block, at - 1);
      at += 3;
    }
    const valueStart = at + nameLength;
    const end = valueStart + valueLength;
    if (end > length) throw pastTheEnd(start, end - start, length);
    pairs.push(block.substring(at, valueStart), block.substring(valueStart, end));
    at = end;
  }
  return pairs;
}
