import { describe, expect, test } from 'vitest';
import {
  encodeBeginRequest,
  encodeEndRequest,
  encodeGetValuesResult,
  encodeRecord,
  encodeStderr,
  encodeStream,
  encodeUnknownType,
  writeHeader,
} from '../src/codec/record-encoder.ts';
import { encodeReply, encodeReplyEnd } from '../src/codec/record-encoder.ts';
import { decodeResponses } from './decoded.ts';

const hex = (...pieces: Uint8Array[]): string => Buffer.concat(pieces).toString('hex');

describe('records byte by byte', () => {
  test.each([
    ['BEGIN_REQUEST, responder, kept', encodeBeginRequest(1, 1, 1), '0101000100080000 0001010000000000'],
    ['BEGIN_REQUEST, filter, id 0x1234', encodeBeginRequest(0x1234, 3, 0), '0101123400080000 0003000000000000'],
    ['END_REQUEST', encodeEndRequest(1, 0, 0), '0103000100080000 0000000000000000'],
    [
      'END_REQUEST, all bits of appStatus',
      encodeEndRequest(65_535, 0xffff_fffe, 3),
      '0103ffff00080000 fffffffe03000000',
    ],
    ['UNKNOWN_TYPE', encodeUnknownType(77), '010b000000080000 4d00000000000000'],
    [
      'content is padded to 8 bytes with zeros',
      encodeRecord(6, 1, Buffer.from('abc')),
      '0106000100030500 6162630000000000',
    ],
    [
      'content of 8 bytes needs no padding',
      encodeRecord(7, 1, Buffer.from('12345678')),
      '0107000100080000 3132333435363738',
    ],
    ['an empty record', encodeRecord(6, 1, new Uint8Array(0)), '0106000100000000'],
  ])('%s', (_name, record, expected) => {
    expect(hex(record)).toBe(expected.replace(' ', ''));
  });

  test('GET_VALUES_RESULT as in Go fcgi_test TestGetValues', () => {
    const content = '\x0f\x01FCGI_MPXS_CONNS1';
    const expected = `010a0000${'0012'}0600${Buffer.from(content, 'latin1').toString('hex')}${'00'.repeat(6)}`;
    expect(hex(encodeGetValuesResult(['FCGI_MPXS_CONNS', '1']))).toBe(expected);
  });

  test('65536 bytes in one record would smuggle records (HAProxy 0aeae23)', () => {
    expect(() => writeHeader(new Uint8Array(8), 0, 6, 1, 65_536)).toThrow(RangeError);
  });
});

describe('streams', () => {
  test('66000 bytes are two records, each padded, as in Go fcgi_test TestStreams', () => {
    const encoded = Buffer.concat([
      ...encodeStream(6, 1, new Uint8Array(66_000)),
      encodeRecord(6, 1, new Uint8Array(0)),
    ]);
    expect(encoded.subarray(0, 8)).toEqual(Buffer.of(1, 6, 0, 1, 0xff, 0xff, 1, 0));
    expect(encoded.subarray(65_544, 65_552)).toEqual(Buffer.of(1, 6, 0, 1, 0x01, 0xd1, 7, 0));
    expect(encoded.subarray(-8)).toEqual(Buffer.of(1, 6, 0, 1, 0, 0, 0, 0));
    expect(encoded.length).toBe(8 + 65_536 + 8 + 472 + 8);
  });

  test('large content is not copied', () => {
    const content = new Uint8Array(100_000);
    const slices = encodeStream(6, 1, content).filter((piece) => piece.buffer === content.buffer);
    expect(slices.map((slice) => slice.byteLength)).toEqual([65_535, 34_465]);
  });
});

describe('replies', () => {
  const plain = { usedStderr: false, appStatus: 0 };

  test('a whole small reply is one buffer', () => {
    const pieces = encodeReply(1, 'Status: 200 OK\r\n\r\n', Buffer.from('hi'), plain);
    expect(pieces).toHaveLength(1);
    expect(decodeResponses(pieces)).toEqual([
      ['stdout', 1, 'Status: 200 OK\r\n\r\nhi'],
      ['stdoutEnd', 1],
      ['end', 1, 0, 0],
    ]);
  });

  test.each([0, 1, 16_383, 16_384, 16_385, 65_516, 65_517, 65_518, 65_536, 131_072, 200_000])(
    'a head and %d bytes, whatever the id',
    (size) => {
      for (const id of [1, 2, 65_535]) {
        const body = Buffer.alloc(size, 'x');
        const head = 'Status: 200 OK\r\n\r\n';
        expect(decodeResponses(encodeReply(id, head, body, { usedStderr: true, appStatus: 7 }))).toEqual([
          ['stdout', id, head + body.toString('latin1')],
          // R77: what failed has no end of STDOUT, and is no whole page.
          ['stderrEnd', id],
          ['end', id, 7, 0],
        ]);
        expect(decodeResponses(encodeReply(id, head, body, { usedStderr: true, appStatus: 0 }))).toEqual([
          ['stdout', id, head + body.toString('latin1')],
          ['stdoutEnd', id],
          ['stderrEnd', id],
          ['end', id, 0, 0],
        ]);
      }
    },
  );

  test('a head of more than one record', () => {
    const head = `Status: 200 OK\r\nX-Long: ${'a'.repeat(70_000)}\r\n\r\n`;
    expect(decodeResponses(encodeReply(1, head, Buffer.from('body')))).toEqual([['stdout', 1, `${head}body`]]);
  });

  test('the precomputed end of id 1 is what every other id gets', () => {
    const other = Buffer.from(encodeReplyEnd(258, plain));
    for (const at of [2, 10]) {
      other[at] = 0;
      other[at + 1] = 1;
    }
    expect(encodeReplyEnd(1, plain)).toEqual(other);
  });

  test('padding is zeros, never old memory', () => {
    for (let round = 0; round < 50; round++) Buffer.allocUnsafe(64).fill(0xee);
    const [reply = Buffer.alloc(0)] = encodeReply(1, 'abc');
    expect([...reply.subarray(11)]).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('STDERR', () => {
  /** Content length and padding of each record. */
  function sizes(bytes: Buffer): [number, number][] {
    const found: [number, number][] = [];
    for (let at = 0; at < bytes.length;) {
      const [length, padding] = [bytes.readUInt16BE(at + 4), bytes[at + 6] ?? 0];
      found.push([length, padding]);
      at += 8 + length + padding;
    }
    return found;
  }

  test('each record has padding, also where its content needs none, and at most 8 KiB (HAProxy 2.6)', () => {
    for (let length = 1; length <= 40; length++) {
      const [[content, padding] = [0, 0], ...more] = sizes(encodeStderr(1, 'x'.repeat(length)));
      expect([content, more]).toEqual([length, []]);
      expect(padding).toBeGreaterThan(0);
      expect((content + padding) % 8).toBe(0);
    }
    expect(sizes(encodeStderr(1, 'x'.repeat(20_000)))).toEqual([
      [8192, 8],
      [8192, 8],
      [3616, 8],
    ]);
  });

  test('text arrives as it was, whatever the records cut', () => {
    const text = '\u20ac'.repeat(9_000);
    expect(decodeResponses([encodeStderr(258, text)])).toEqual([['stderr', 258, Buffer.from(text).toString('latin1')]]);
  });
});
