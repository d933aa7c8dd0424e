import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { decodePairs, encodePairs, lengthSize, writeLength } from '../src/codec/pairs.ts';

const bytes = (...values: number[]): string => String.fromCharCode(...values);

describe('lengths (section 3.4, and the sizes of Go fcgi_test TestSize)', () => {
  const table: [length: number, encoded: number[]][] = [
    [0, [0x00]],
    [127, [0x7f]],
    [128, [0x80, 0x00, 0x00, 0x80]],
    [1000, [0x80, 0x00, 0x03, 0xe8]],
    [33_554_431, [0x81, 0xff, 0xff, 0xff]],
    [0x7fff_ffff, [0xff, 0xff, 0xff, 0xff]],
  ];
  test.each(table)('%d', (length, encoded) => {
    const target = new Uint8Array(4);
    expect(writeLength(target, 0, length)).toBe(encoded.length);
    expect(lengthSize(length)).toBe(encoded.length);
    expect([...target.subarray(0, encoded.length)]).toEqual(encoded);
  });

  test('a length of more than 31 bits is refused', () => {
    expect(() => writeLength(new Uint8Array(4), 0, 0x8000_0000)).toThrow(RangeError);
  });
});

describe('pairs', () => {
  test('empty names and values, and the four ways to mix lengths of one and four bytes', () => {
    const long = 'v'.repeat(200);
    const pairs = ['', '', 'A', '', '', 'B', 'C', long, long, 'D', long, long];
    expect(decodePairs(encodePairs(pairs).toString('latin1'), 10)).toEqual(pairs);
  });

  test('a short length in the four-byte form is legal', () => {
    expect(decodePairs(`${bytes(0x80, 0, 0, 1)}${bytes(0x80, 0, 0, 2)}Axy`, 10)).toEqual(['A', 'xy']);
  });

  test.each([
    ['a name length alone', bytes(3)],
    ['a name that ends early', `${bytes(3, 0)}AB`],
    ['a value that ends early', `${bytes(1, 3)}Axy`],
    ['a long length cut at 1 of 4 bytes', bytes(0x80)],
    ['a long value length cut at 3 of 4 bytes', bytes(1, 0x80, 0, 0)],
    ['Go #11824: a name of 2 GiB', `${bytes(0xff, 0xff, 0xff, 0xff)}${bytes(0)}A`],
    ['lengths whose sum overflows 32 bits', `${bytes(0xff, 0xff, 0xff, 0xff)}${bytes(0xff, 0xff, 0xff, 0xff)}A`],
    ['Go TestMalformedParams', bytes(0x80, 0, 0, 0)],
  ])('R95: refused: %s', (_name, block) => {
    expect(() => decodePairs(block, 10)).toThrow(expect.objectContaining({ code: 'FCGI_PAIR', rule: 'R95' }));
  });

  test('decoding stops one pair after the most', () => {
    expect(decodePairs(bytes(0, 0).repeat(10), 3)).toHaveLength(8);
  });

  test('what is encoded is decoded', () => {
    const byteString = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)),
      maxLength: 300,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(byteString, byteString), { maxLength: 20 }), (pairs) => {
        expect(decodePairs(encodePairs(pairs.flat()).toString('latin1'), 1000)).toEqual(pairs.flat());
      }),
    );
  });
});
