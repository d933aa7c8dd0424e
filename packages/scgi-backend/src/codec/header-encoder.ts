import { TsgiError } from '@tsgi/core';

/**
 * Encodes the header netstring of an SCGI request.
 *
 * @param variables names and values alternate, byte strings. CONTENT_LENGTH and SCGI among them are ignored: both are
 *   written here, first, as the specification wants them.
 * @param contentLength bytes of the body that will follow.
 * @throws TsgiError code `SCGI_ENCODE` for what the wire cannot carry: an empty or repeated name, a NUL, a character
 *   above U+00FF.
 */
export function encodeScgiHeader(variables: readonly string[], contentLength: number): Buffer {
  if (!Number.isSafeInteger(contentLength) || contentLength < 0) {
    throw unencodable(`a body of ${contentLength} bytes`, 'a whole number');
  }
  let block = `CONTENT_LENGTH\0${contentLength}\0SCGI\x001\0`;
  const seen = new Set(['CONTENT_LENGTH', 'SCGI']);
  for (let index = 0; index < variables.length; index += 2) {
    const name = variables[index] ?? '';
    if (name === 'CONTENT_LENGTH' || name === 'SCGI') continue;
    const value = variables[index + 1] ?? '';
    if (name === '') throw unencodable('an empty name', 'a name');
    if (seen.has(name)) throw unencodable(`${name} twice`, 'each name once');
    // A NUL would end the string early and let a value pose as further variables.
    if (name.includes('\0') || value.includes('\0')) throw unencodable(`a NUL in ${JSON.stringify(name)}`, 'none');
    seen.add(name);
    block += `${name}\0${value}\0`;
  }
  if (/[^\x00-\xff]/.test(block)) throw unencodable('a character above U+00FF', 'byte strings (R23)');
  return Buffer.from(`${block.length}:${block},`, 'latin1');
}

function unencodable(found: string, expected: string): TsgiError {
  return new TsgiError(`SCGI header: ${found}, expected ${expected}`, {
    code: 'SCGI_ENCODE',
    side: 'app',
    rule: 'R97',
  });
}
