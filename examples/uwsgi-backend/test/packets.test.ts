import { TsgiError } from '@tsgi/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cgiFromHttp } from '../src/http-head.ts';
import { UwsgiPacketDecoder, type UwsgiRequestStart } from '../src/packet-decoder.ts';
import { encodeUwsgiPacket } from '../src/packet-encoder.ts';

function decode(bytes: Uint8Array, sizes: readonly number[] = []): UwsgiRequestStart | undefined {
  const decoder = new UwsgiPacketDecoder();
  let position = 0;
  for (const size of [...sizes, bytes.length]) {
    const found = decoder.push(bytes.subarray(position, position + size));
    position += size;
    if (found !== undefined) {
      return { ...found, rest: Buffer.concat([found.rest, bytes.subarray(Math.min(position, bytes.length))]) };
    }
    if (position >= bytes.length) return undefined;
  }
  return undefined;
}

describe('the packet of a request', () => {
  // uwsgi-docs.readthedocs.io/en/latest/Protocol.html: modifier1, datasize (little endian), modifier2; then pairs.
  const bytes = Buffer.from('\0\x2a\0\0\x0e\0REQUEST_METHOD\x04\0POST\x0e\0CONTENT_LENGTH\x02\x0012', 'latin1');
  bytes.writeUInt16LE(bytes.length - 4, 1);

  it('is decoded byte for byte', () => {
    expect(decode(Buffer.concat([bytes, Buffer.from('hello')]))).toEqual({
      variables: ['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', '12'],
      contentLength: 12,
      rest: Buffer.from('hello'),
    });
  });

  it('is encoded byte for byte', () => {
    expect(encodeUwsgiPacket(['REQUEST_METHOD', 'POST', 'CONTENT_LENGTH', '12'])).toEqual(bytes);
  });

  it.each([
    ['no variables', '\0\0\0\0', []],
    ['an empty name and an empty value', '\0\x04\0\0\0\0\0\0', ['', '']],
    ['an empty CONTENT_LENGTH, as nginx sends it', '\0\x12\0\0\x0e\0CONTENT_LENGTH\0\0', ['CONTENT_LENGTH', '']],
  ])('may have %s', (_what, text, variables) => {
    expect(decode(Buffer.from(text, 'latin1'))).toMatchObject({ variables, contentLength: 0 });
  });

  it.each([
    ['another modifier', '\x64\0\0\0', 'UWSGI_FRAMING', 400],
    ['a name beyond the block', '\0\x02\0\0\x05\0', 'UWSGI_BLOCK', 400],
    ['a size beyond the block', '\0\x01\0\0\x05', 'UWSGI_BLOCK', 400],
    ['a name without a value', '\0\x03\0\0\x01\0A', 'UWSGI_BLOCK', 400],
    ['a CONTENT_LENGTH of words', '\0\x13\0\0\x0e\0CONTENT_LENGTH\x01\0x', 'UWSGI_BLOCK', 400],
    ['two CONTENT_LENGTHs', '\0\x26\0\0\x0e\0CONTENT_LENGTH\x01\x001\x0e\0CONTENT_LENGTH\x01\x002', 'UWSGI_BLOCK', 400],
  ])('with %s is refused', (_what, text, code, statusHint) => {
    expect(() => decode(Buffer.from(text, 'latin1'))).toThrow(expect.objectContaining({ code, statusHint }));
  });

  it('has bounds', () => {
    const many = encodeUwsgiPacket(Array.from({ length: 20 }, (_, index) => `N${index}`));
    expect(() => new UwsgiPacketDecoder(65_535, 9).push(many)).toThrow(expect.objectContaining({ statusHint: 431 }));
    expect(() => new UwsgiPacketDecoder(10).push(many)).toThrow(expect.objectContaining({ statusHint: 431 }));
    expect(() => encodeUwsgiPacket(['A', 'x'.repeat(70_000)])).toThrow(expect.objectContaining({ statusHint: 431 }));
    expect(() => encodeUwsgiPacket(['A', '\u0100'])).toThrow(expect.objectContaining({ code: 'UWSGI_ENCODE' }));
  });

  it('comes to the same in any pieces', () => {
    const text = fc.uint8Array({ maxLength: 30 }).map((found) => Buffer.from(found).toString('latin1'));
    const pair = fc.tuple(
      text.map((name) => `V${name}`),
      text,
    );
    fc.assert(
      fc.property(
        fc.array(pair, { maxLength: 6 }),
        fc.uint8Array({ maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 40 })),
        (pairs, body, sizes) => {
          const variables = pairs.flat();
          const sent = Buffer.concat([encodeUwsgiPacket(variables), body]);
          const whole = decode(sent);
          expect(whole).toEqual({ variables, contentLength: 0, rest: Buffer.from(body) });
          expect(decode(sent, sizes)).toEqual(whole);
          expect(
            decode(
              sent,
              Array.from({ length: sent.length }, () => 1),
            ),
          ).toEqual(whole);
        },
      ),
    );
  });

  it('of any bytes throws nothing but what it says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        // Mostly a request, or hardly one in a hundred gets beyond the first byte.
        if (noise.length > 0) noise[0] = (noise[0] ?? 0) % 3;
        try {
          decode(noise);
        } catch (error) {
          expect(error).toBeInstanceOf(TsgiError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

it('an answer with the status line of HTTP becomes one of CGI, in any pieces', () => {
  const answer = Buffer.from('HTTP/1.0 404 Not Found\r\nA: b\r\n\r\nbody');
  for (let size = 1; size <= answer.length; size++) {
    const convert = cgiFromHttp();
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < answer.length; at += size) pieces.push(convert(answer.subarray(at, at + size)));
    expect(Buffer.concat(pieces).toString()).toBe('Status: 404 Not Found\r\nA: b\r\n\r\nbody');
  }
  expect(Buffer.from(cgiFromHttp()(Buffer.from('Status: 200 OK\r\n'))).toString()).toBe('Status: 200 OK\r\n');
});
