import { TsgiError } from '@tsgi/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ScgiDecoderOptions, ScgiHeaderDecoder } from '../src/index.ts';
import { header, SPECIFICATION_EXAMPLE } from './wire.ts';

/** What a decoder says of these pieces: the header and all that follows it, or the code of its error. */
function verdict(pieces: readonly Uint8Array[], options: ScgiDecoderOptions = {}): unknown {
  const decoder = new ScgiHeaderDecoder(options);
  try {
    for (const [index, piece] of pieces.entries()) {
      const start = decoder.push(piece);
      if (start === undefined) continue;
      const rest = Buffer.concat([start.rest, ...pieces.slice(index + 1)]);
      return { ...start, rest: rest.toString('latin1') };
    }
  } catch (error) {
    expect(error).toBeInstanceOf(TsgiError);
    return error instanceof TsgiError ? { code: error.code, message: error.message } : error;
  }
  return 'more';
}

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const points = [...new Set(at.map((point) => point % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [0, ...points].map((point, index) => bytes.subarray(point, points[index] ?? bytes.length));
}

const lenient = fc.record(
  {
    leadingZeros: fc.boolean(),
    missingComma: fc.boolean(),
    missingNul: fc.boolean(),
    emptyNames: fc.boolean(),
    duplicateNames: fc.boolean(),
    missingScgi: fc.boolean(),
    lateContentLength: fc.boolean(),
    missingContentLength: fc.boolean(),
  },
  { requiredKeys: [] },
);
const word = fc.constantFrom('', '0', '5', 'CONTENT_LENGTH', 'SCGI', '1', 'A', 'HTTP_A', 'x\0y', '\xff');
const nearlyValid = fc
  .array(word, { maxLength: 8 })
  .map((words) => header('CONTENT_LENGTH', '2', 'SCGI', '1', ...words));
const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const netstring = fc.tuple(noise, fc.constantFrom(',', ';')).map(([text, end]) => `${text.length}:${text}${end}`);
const conversation = fc.oneof(fc.constant(SPECIFICATION_EXAMPLE), nearlyValid, netstring, noise);

describe('R97: how the bytes are cut does not matter', () => {
  it('decodes byte by byte as whole', () => {
    const bytes = Buffer.from(SPECIFICATION_EXAMPLE, 'latin1');
    expect(verdict([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(verdict([bytes]));
  });

  it('says the same of any bytes, cut anywhere, and throws nothing but TsgiError', () => {
    fc.assert(
      fc.property(conversation, fc.array(fc.nat({ max: 200 })), lenient, (text, points, leniency) => {
        const bytes = Buffer.from(text, 'latin1');
        expect(verdict(cut(bytes, points), { lenient: leniency })).toEqual(verdict([bytes], { lenient: leniency }));
      }),
      { numRuns: 1000 },
    );
  });
});
