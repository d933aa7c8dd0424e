import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeScgiHeader, ScgiHeaderDecoder } from '../src/index.ts';
import { SPECIFICATION_EXAMPLE } from './wire.ts';

describe('R97: the header that a gateway sends', () => {
  it('is that of the specification for its example', () => {
    const encoded = encodeScgiHeader(['REQUEST_METHOD', 'POST', 'REQUEST_URI', '/deepthought'], 27);
    expect(`${encoded.toString('latin1')}What is the answer to life?`).toBe(SPECIFICATION_EXAMPLE);
  });

  it('has its own CONTENT_LENGTH and SCGI first, whatever it is given', () => {
    const encoded = encodeScgiHeader(['A', 'b', 'SCGI', '2', 'CONTENT_LENGTH', '99'], 3);
    expect(encoded.toString('latin1')).toBe('28:CONTENT_LENGTH\x003\0SCGI\x001\0A\0b\0,');
  });

  it.each([
    ['an empty name', ['', 'x']],
    ['a name twice', ['A', '1', 'A', '2']],
    ['a NUL in a value, which would begin another variable', ['A', 'x\0HTTPS\0on']],
    ['a NUL in a name', ['A\0B', 'x']],
    ['a character that is no byte', ['A', '\u0100']],
  ])('refuses to encode %s', (_, variables) => {
    expect(() => encodeScgiHeader(variables, 0)).toThrow(expect.objectContaining({ code: 'SCGI_ENCODE', side: 'app' }));
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses a body of %s bytes', (length) => {
    expect(() => encodeScgiHeader([], length)).toThrow(expect.objectContaining({ code: 'SCGI_ENCODE' }));
  });

  it('is decoded to what was encoded', () => {
    const byteString = (minLength: number) =>
      fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte)), minLength });
    fc.assert(
      fc.property(fc.dictionary(byteString(1), byteString(0)), fc.nat(), (variables, length) => {
        const flat = Object.entries(variables).flat();
        const start = new ScgiHeaderDecoder().push(encodeScgiHeader(flat, length));
        expect(start?.contentLength).toBe(length);
        const own = Object.entries(variables).filter(([name]) => name !== 'SCGI' && name !== 'CONTENT_LENGTH');
        expect(start?.variables).toEqual(['CONTENT_LENGTH', String(length), 'SCGI', '1', ...own.flat()]);
      }),
    );
  });
});
