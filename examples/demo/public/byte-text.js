// How bytes are shown. Everything here ends up in text nodes, never in markup: what a visitor sends is only ever text.

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @param {number} byte */
const escape = (byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`;

/** @param {string} byteString each character one byte */
const escapeAll = (byteString) => Array.from(byteString, (character) => escape(character.charCodeAt(0))).join('');

/** What looks like a character of several bytes; whether it is one, the decoder decides. */
const SEQUENCE = /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\x80-\xff]/g;

/** @param {string} byteString */
function showSequence(byteString) {
  try {
    return strict.decode(Uint8Array.from(byteString, (character) => character.charCodeAt(0)));
  } catch {
    return escapeAll(byteString);
  }
}

/**
 * A byte string as a person reads it: what is UTF-8 as text, any other byte and any control character as an escape.
 *
 * @param {string} byteString
 * @returns {string}
 */
export const showByteString = (byteString) =>
  byteString.replace(/[\0-\x1f\x7f]/g, escapeAll).replace(SEQUENCE, showSequence);

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
