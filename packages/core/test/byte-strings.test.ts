import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToByteString, byteStringToBytes, byteStringToText, textToByteString, TsgiError } from '../src/index.ts';
import { percentDecode, percentEncode } from '../src/server.ts';

describe('byte strings', () => {
  it('R23: each character is one byte, there and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = bytesToByteString(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('latin1'));
        expect(byteStringToBytes(text)).toEqual(bytes);
      }),
    );
  });

  it('R23: long ones too', () => {
    const bytes = Uint8Array.from({ length: 100_003 }, (_, index) => index);
    expect(byteStringToBytes(bytesToByteString(bytes))).toEqual(bytes);
    expect(bytesToByteString(new Uint8Array(0))).toBe('');
  });

  it('R23: a view is its own bytes, not its buffer’s', () => {
    expect(bytesToByteString(Buffer.from('abcdef').subarray(2, 4))).toBe('cd');
  });

  it('R23: a character above U+00FF is refused, and named', () => {
    for (const [text, named] of [
      ['a\u0100', 'U+0100 at 1'],
      ['\u20ac', 'U+20AC at 0'],
      ['🎉', 'U+D83C at 0'],
    ] as const) {
      expect(() => byteStringToBytes(text)).toThrow(named);
      expect(() => byteStringToText(text)).toThrow(TsgiError);
    }
  });

  it('R29: text goes there and back, a byte order mark included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (found) => {
        const text = found.toWellFormed();
        expect(byteStringToText(textToByteString(text))).toBe(text);
      }),
    );
    expect(byteStringToText(textToByteString('\ufeffa'))).toBe('\ufeffa');
    expect(textToByteString('é')).toBe('\xc3\xa9');
  });

  it('R29: what is no UTF-8 becomes U+FFFD', () => {
    expect(byteStringToText('a\xffb')).toBe('a\ufffdb');
    expect(textToByteString('\ud800')).toBe('\xef\xbf\xbd');
  });
});

describe('percent-encoding', () => {
  it('R29: is decoded once, and what was encoded comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = bytesToByteString(bytes);
        const encoded = percentEncode(text, '');
        expect(encoded).toMatch(/^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
        expect(percentDecode(encoded)).toBe(text);
        expect(percentDecode(percentEncode(encoded, ''))).toBe(encoded);
      }),
    );
  });

  it('R29: agrees with decodeURIComponent where that decodes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(byteStringToText(percentDecode(encodeURIComponent(text.toWellFormed())))).toBe(text.toWellFormed());
      }),
    );
  });

  it('R29: what is no escape stays', () => {
    for (const text of ['%', '%%', '%4', '%zz', '%4g', '%g4', '100%', '%u0041', '% 41', '%\xb2\xb2'])
      expect(percentDecode(text)).toBe(text);
    expect(percentDecode('%41%%42%4')).toBe('A%B%4');
  });
});
