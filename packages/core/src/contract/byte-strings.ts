import type { Bytes } from './contract.ts';
import { TsgiError } from './errors.ts';

// `String.fromCharCode` takes its bytes as arguments: this many are safe on every engine's stack.
const BYTES_AT_ONCE = 8192;
// Made when they are first wanted: in a program that starts for one request that is rare, and a decoder costs Node 20 90 µs.
let encoder: InstanceType<typeof TextEncoder> | undefined;
let decoder: InstanceType<typeof TextDecoder> | undefined;

/** Bytes as a byte string: each character is one byte, U+0000 to U+00FF (R23). */
export function bytesToByteString(bytes: Bytes): string {
  // Node's `Buffer` does it in one call: taken one by one, bytes are several times as dear.
  const buffer: object = bytes;
  if ('latin1Slice' in buffer && typeof buffer.latin1Slice === 'function') {
    return String(buffer.latin1Slice(0, bytes.byteLength));
  }
  let text = '';
  for (let start = 0; start < bytes.byteLength; start += BYTES_AT_ONCE) {
    text += String.fromCharCode(...bytes.subarray(start, start + BYTES_AT_ONCE));
  }
  return text;
}

/**
 * The bytes of a byte string.
 *
 * @throws TsgiError when a character is above U+00FF (R23).
 */
export function byteStringToBytes(byteString: string): Bytes {
  const bytes = new Uint8Array(byteString.length);
  for (let index = 0; index < byteString.length; index++) {
    const byte = byteString.charCodeAt(index);
    if (byte > 0xff) {
      throw new TsgiError(
        `a byte string holds only U+0000 to U+00FF, found U+${byte.toString(16).toUpperCase().padStart(4, '0')} at ${index}`,
        { code: 'NOT_A_BYTE_STRING', side: 'app', rule: 'R23' },
      );
    }
    bytes[index] = byte;
  }
  return bytes;
}

/** The UTF-8 text that a byte string spells: what `PATH_INFO` means to a reader. Bad sequences become U+FFFD. */
export function byteStringToText(byteString: string): string {
  // A byte order mark is three bytes of a name like any others.
  decoder ??= new TextDecoder('utf-8', { ignoreBOM: true });
  return decoder.decode(byteStringToBytes(byteString));
}

/** Text as the byte string of its UTF-8: what a header or `PATH_INFO` takes. */
export function textToByteString(text: string): string {
  encoder ??= new TextEncoder();
  return bytesToByteString(encoder.encode(text));
}
