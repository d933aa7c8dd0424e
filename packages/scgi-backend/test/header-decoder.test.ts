import { TsgiError } from '@tsgi/core';
import { describe, expect, it } from 'vitest';
import { ScgiHeaderDecoder, type ScgiDecoderOptions } from '../src/index.ts';
import { header, SPECIFICATION_EXAMPLE } from './wire.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const decode = (text: string, options?: ScgiDecoderOptions) => new ScgiHeaderDecoder(options).push(bytes(text));

function refusal(text: string, options?: ScgiDecoderOptions): TsgiError {
  try {
    decode(text, options);
  } catch (error) {
    if (error instanceof TsgiError) return error;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(text)}`);
}

describe('R97: the header of an SCGI request', () => {
  it('decodes the example of the specification', () => {
    const start = decode(SPECIFICATION_EXAMPLE);
    expect(start?.variables).toEqual([
      'CONTENT_LENGTH',
      '27',
      'SCGI',
      '1',
      'REQUEST_METHOD',
      'POST',
      'REQUEST_URI',
      '/deepthought',
    ]);
    expect(start?.contentLength).toBe(27);
    expect(Buffer.from(start?.rest ?? []).toString()).toBe('What is the answer to life?');
  });

  it('keeps every byte of a value', () => {
    const all = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join('');
    expect(decode(header('CONTENT_LENGTH', '0', 'SCGI', '1', 'X', all))?.variables[5]).toBe(all);
  });

  it('keeps empty values, and repeated HTTP_ names for the environ to fold', () => {
    const start = decode(header('CONTENT_LENGTH', '0', 'SCGI', '1', 'EMPTY', '', 'HTTP_A', '1', 'HTTP_A', '2'));
    expect(start?.variables.slice(4)).toEqual(['EMPTY', '', 'HTTP_A', '1', 'HTTP_A', '2']);
  });

  it.each([
    ['not a digit', 'GET / HTTP/1.1\r\n'],
    ['a sign', '+24:'],
    ['white space', ' 24:'],
    ['no digit at all', ':'],
    ['a leading zero', '024:CONTENT_LENGTH\x000\0SCGI\x001\0,'],
    ['zeros alone', '00:,'],
    ['more digits than any length has', '1'.repeat(16)],
    ['another byte for the comma', '24:CONTENT_LENGTH\x000\0SCGI\x001\0;'],
    ['a length too short', '23:CONTENT_LENGTH\x000\0SCGI\x001\0,'],
  ])('calls it broken framing: %s', (_, text) => {
    expect(refusal(text)).toMatchObject({ code: 'SCGI_FRAMING', side: 'peer', rule: 'R97' });
  });

  it.each([
    ['an empty header', '0:,'],
    ['no CONTENT_LENGTH', header('SCGI', '1')],
    ['an empty CONTENT_LENGTH', header('CONTENT_LENGTH', '', 'SCGI', '1')],
    ['CONTENT_LENGTH second', header('SCGI', '1', 'CONTENT_LENGTH', '0')],
    ['CONTENT_LENGTH -1', header('CONTENT_LENGTH', '-1', 'SCGI', '1')],
    ['CONTENT_LENGTH +1', header('CONTENT_LENGTH', '+1', 'SCGI', '1')],
    ['CONTENT_LENGTH 0x1', header('CONTENT_LENGTH', '0x1', 'SCGI', '1')],
    ['CONTENT_LENGTH 1e1', header('CONTENT_LENGTH', '1e1', 'SCGI', '1')],
    ['CONTENT_LENGTH with a space', header('CONTENT_LENGTH', ' 1', 'SCGI', '1')],
    ['CONTENT_LENGTH beyond 2^53', header('CONTENT_LENGTH', '9007199254740993', 'SCGI', '1')],
    ['no SCGI', header('CONTENT_LENGTH', '0')],
    ['SCGI 2', header('CONTENT_LENGTH', '0', 'SCGI', '2')],
    ['an empty name', header('CONTENT_LENGTH', '0', 'SCGI', '1', '', 'x')],
    ['a name twice', header('CONTENT_LENGTH', '0', 'SCGI', '1', 'A', '1', 'A', '1')],
    ['CONTENT_LENGTH twice', header('CONTENT_LENGTH', '0', 'CONTENT_LENGTH', '0', 'SCGI', '1')],
    ['an odd number of strings', header('CONTENT_LENGTH', '0', 'SCGI', '1', 'A')],
    ['no NUL after the last value', '23:CONTENT_LENGTH\x000\0SCGI\x001,'],
  ])('calls it a bad header: %s', (_, text) => {
    expect(refusal(text)).toMatchObject({ code: 'SCGI_HEADER', side: 'peer', statusHint: 400, rule: 'R97' });
  });

  it.each([
    ['leadingZeros', '0024:CONTENT_LENGTH\x000\0SCGI\x001\0,', 4],
    ['missingComma', '24:CONTENT_LENGTH\x000\0SCGI\x001\0;', 4],
    ['missingNul', '23:CONTENT_LENGTH\x000\0SCGI\x001,', 4],
    ['emptyNames', header('CONTENT_LENGTH', '0', 'SCGI', '1', '', 'x'), 4],
    ['duplicateNames', header('CONTENT_LENGTH', '0', 'SCGI', '1', 'A', '1', 'A', '2'), 6],
    ['missingScgi', header('CONTENT_LENGTH', '0'), 2],
    ['lateContentLength', header('SCGI', '1', 'CONTENT_LENGTH', '0'), 4],
    ['missingContentLength', header('SCGI', '1'), 2],
  ] as const)('accepts it with the leniency of that name: %s', (name, text, strings) => {
    expect(refusal(text).message).toContain(`lenient: ${name}`);
    const start = decode(text, { lenient: { [name]: true } });
    expect(start?.variables).toHaveLength(strings);
    expect(start?.contentLength).toBe(0);
  });

  it.each([
    ['GET / HTTP/1.1\r\n', '"G" may be the first letter of an HTTP request'],
    ['\x01\x01\x00\x01\x00\x08\x00\x00', 'a FastCGI request begins like that'],
  ])('names the wire that a web server speaks instead: %j', (text, wire) => {
    expect(refusal(text).message).toContain(wire);
  });

  it('lets the later of two values hold', () => {
    const text = header('CONTENT_LENGTH', '0', 'SCGI', '1', 'A', 'first', 'A', 'second');
    expect(decode(text, { lenient: { duplicateNames: true } })?.variables.slice(4)).toEqual(['A', 'second']);
  });

  it('says after how many bytes a connection ended', () => {
    const decoder = new ScgiHeaderDecoder();
    decoder.push(bytes('24:CONTENT'));
    expect(() => decoder.end()).toThrow('after 7 of 25 bytes');
    expect(() => new ScgiHeaderDecoder().end()).toThrow('no length');
  });
});

describe('R97: limits of the header', () => {
  it('refuses a block beyond the limit before it reads it', () => {
    expect(refusal('131073:')).toMatchObject({ code: 'SCGI_HEADER_TOO_LARGE', statusHint: 431 });
    expect(refusal('11:', { headSize: 10 })).toMatchObject({ statusHint: 431 });
  });

  it('takes a block of exactly the limit', () => {
    const padding = 'x'.repeat(131_072 - 'CONTENT_LENGTH\x000\0SCGI\x001\0X\0\0'.length);
    const text = header('CONTENT_LENGTH', '0', 'SCGI', '1', 'X', padding);
    expect(text).toMatch(/^131072:/);
    expect(decode(text)?.variables[5]).toHaveLength(padding.length);
  });

  it('refuses more pairs than the limit', () => {
    const pairs = (count: number): string =>
      header('CONTENT_LENGTH', '0', 'SCGI', '1', ...Array.from({ length: count - 2 }, (_, n) => [`N${n}`, '']).flat());
    expect(decode(pairs(1000))?.variables).toHaveLength(2000);
    expect(refusal(pairs(1001))).toMatchObject({ code: 'SCGI_HEADER_TOO_LARGE', statusHint: 431 });
    expect(refusal(pairs(4), { headerCount: 3 })).toMatchObject({ statusHint: 431 });
  });
});
