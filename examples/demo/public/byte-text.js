// How bytes are shown. Everything here ends up in text nodes, never in markup: what a visitor sends is only ever text.

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @param {string} byteString each character one byte */
const toBytes = (byteString) => Uint8Array.from(byteString, (character) => character.charCodeAt(0));

/** @param {number} byte */
const escape = (byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`;

/**
 * A control character would be invisible on the page.
 *
 * @param {string} text
 */
const showControls = (text) => text.replace(/[\0-\x1f\x7f]/g, (character) => escape(character.charCodeAt(0)));

/**
 * A byte string as a person reads it: UTF-8 where it is UTF-8, escapes where it is not.
 *
 * @param {string} byteString
 * @returns {string}
 */
export function showByteString(byteString) {
  try {
    return showControls(strict.decode(toBytes(byteString)));
  } catch {
    return Array.from(byteString, (character) => {
      const byte = character.charCodeAt(0);
      return byte >= 0x20 && byte < 0x7f ? character : escape(byte);
    }).join('');
  }
}

/** @param {Uint8Array} bytes */
function showHexadecimal(bytes) {
  const start = Array.from(bytes.subarray(0, 48), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return bytes.length > 48 ? `${start} …` : start;
}

/**
 * Makes the chunks of one body readable: text, or the first bytes in hexadecimal when a chunk is none. A character that
 * two chunks share is shown with the second.
 *
 * @returns {(chunk: Uint8Array) => string}
 */
export function chunkReader() {
  let decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return (chunk) => {
    try {
      const text = decoder.decode(chunk, { stream: true });
      // A tab and a line feed do in a <pre> what they are for.
      return text.replace(/[\0-\x08\x0b-\x1f\x7f]/g, (character) => escape(character.charCodeAt(0)));
    } catch {
      decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
      return showHexadecimal(chunk);
    }
  };
}

/**
 * @param {number} count
 * @returns {string} `'1 byte'`, `'12,345 bytes'`
 */
export const showSize = (count) => `${count.toLocaleString('en')} ${count === 1 ? 'byte' : 'bytes'}`;

/**
 * @param {number} milliseconds
 * @returns {string}
 */
export const showTime = (milliseconds) =>
  milliseconds < 100 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds).toLocaleString('en')} ms`;
