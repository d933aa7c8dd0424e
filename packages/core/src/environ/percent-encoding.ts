const HEX_DIGITS = '0123456789ABCDEF';

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/**
 * Decodes `%XX` once, to bytes (R29). What is not an escape stays as it came, as in every CGI host: refusing it is the
 * HTTP parser's business, and a `%` that arrived decoded is only a byte.
 */
export function percentDecode(text: string): string {
  let percent = text.indexOf('%');
  if (percent === -1) return text;
  let decoded = '';
  let start = 0;
  while (percent !== -1) {
    const high = hexValue(text.charCodeAt(percent + 1));
    const low = hexValue(text.charCodeAt(percent + 2));
    if (high >= 0 && low >= 0) {
      decoded += text.slice(start, percent) + String.fromCharCode(high * 16 + low);
      start = percent + 3;
      percent = text.indexOf('%', start);
    } else {
      percent = text.indexOf('%', percent + 1);
    }
  }
  return decoded + text.slice(start);
}

/** RFC 3986 §2.3. */
function isUnreserved(code: number): boolean {
  if (code >= 0x61) return code <= 0x7a || code === 0x7e;
  if (code >= 0x41) return code <= 0x5a || code === 0x5f;
  return code === 0x2d || code === 0x2e || (code >= 0x30 && code <= 0x39);
}

/** Encodes the bytes of a byte string, but for unreserved characters (RFC 3986 §2.3) and those in `safe`. */
export function percentEncode(byteString: string, safe: string): string {
  let encoded = '';
  let start = 0;
  for (let index = 0; index < byteString.length; index++) {
    const code = byteString.charCodeAt(index);
    if (isUnreserved(code) || safe.includes(byteString.charAt(index))) continue;
    encoded += `${byteString.slice(start, index)}%${HEX_DIGITS[code >> 4]}${HEX_DIGITS[code & 15]}`;
    start = index + 1;
  }
  return encoded + byteString.slice(start);
}
