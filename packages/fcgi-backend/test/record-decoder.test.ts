import { describe, expect, test } from 'vitest';
import { decodeRequests, decodeResponses, singly } from './decoded.ts';
import {
  ABORT,
  BEGIN,
  begin,
  DATA,
  END,
  GET_VALUES,
  GET_VALUES_RESULT,
  pairs,
  PARAMS,
  record,
  STDERR,
  STDIN,
  STDOUT,
  UNKNOWN_TYPE,
} from './records.ts';

const A1 = pairs({ A: '1' });

describe('R95: what breaks the framing of a request', () => {
  test.each<[name: string, records: Buffer[], code: string]>([
    ['version 0', [Buffer.of(0, 1, 0, 1, 0, 8, 0, 0)], 'FCGI_VERSION'],
    ['version 2', [Buffer.of(2, 1, 0, 1, 0, 8, 0, 0)], 'FCGI_VERSION'],
    ['an HTTP request', [Buffer.from('GET / HTTP/1.1\r\n')], 'FCGI_VERSION'],
    ['BEGIN_REQUEST of 7 bytes', [record(BEGIN, 1, '\0\x01\0\0\0\0\0')], 'FCGI_BEGIN_LENGTH'],
    ['BEGIN_REQUEST of 9 bytes', [record(BEGIN, 1, '\0\x01\0\0\0\0\0\0\0')], 'FCGI_BEGIN_LENGTH'],
    ['BEGIN_REQUEST of 0 bytes', [record(BEGIN, 1)], 'FCGI_BEGIN_LENGTH'],
    ['BEGIN_REQUEST on an active id', [begin(1), begin(1)], 'FCGI_ACTIVE_ID'],
    ...[BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA].map((type): [string, Buffer[], string] => [
      `type ${type} with id 0`,
      [record(type, 0)],
      'FCGI_NULL_REQUEST_ID',
    ]),
    ['a pair past the end', [begin(1), record(PARAMS, 1, '\x05\x05AB'), record(PARAMS, 1)], 'FCGI_PAIR'],
    ['a pair past the end in GET_VALUES', [record(GET_VALUES, 0, '\x05\x05AB')], 'FCGI_PAIR'],
    ['STDIN before the end of PARAMS', [begin(1), record(STDIN, 1, 'x')], 'FCGI_STREAM_ORDER'],
    ['PARAMS after their end', [begin(1), record(PARAMS, 1), record(PARAMS, 1, A1)], 'FCGI_STREAM_ORDER'],
    [
      'STDIN after its end',
      [begin(1), record(PARAMS, 1), record(STDIN, 1), record(STDIN, 1, 'x')],
      'FCGI_STREAM_ORDER',
    ],
    ['DATA before the end of STDIN', [begin(1, 3), record(PARAMS, 1), record(DATA, 1, 'x')], 'FCGI_STREAM_ORDER'],
  ])('%s', (_name, records, code) => {
    const whole = Buffer.concat(records);
    for (const pieces of [[whole], singly(whole)]) {
      expect(() => decodeRequests(pieces)).toThrow(expect.objectContaining({ name: 'TsgiError', code, side: 'peer' }));
    }
  });
});

describe('R95: what is borne', () => {
  test('padding of any size, after any record, with any bytes', () => {
    const records = [
      record(BEGIN, 1, '\0\x01\x01\0\0\0\0\0', 255),
      record(PARAMS, 1, A1, 1),
      record(PARAMS, 1, '', 7),
      record(STDIN, 1, 'body', 255),
      record(STDIN, 1, '', 255),
    ];
    expect(decodeRequests([Buffer.concat(records)])).toEqual([
      ['begin', 1, 1, true],
      ['params', 1, 'A', '1'],
      ['stdin', 1, 'body'],
      ['stdinEnd', 1],
    ]);
  });

  test('records of inactive ids, and of ids that have ended', () => {
    const records = [
      record(PARAMS, 7, A1),
      record(STDIN, 7, 'x'),
      record(ABORT, 7),
      begin(1),
      record(ABORT, 1),
      record(STDIN, 1, 'late'),
      record(ABORT, 1),
      begin(1),
    ];
    expect(decodeRequests([Buffer.concat(records)])).toEqual([
      ['begin', 1, 1, false],
      ['abort', 1],
      ['begin', 1, 1, false],
    ]);
  });

  test.each([END, STDOUT, STDERR, GET_VALUES, GET_VALUES_RESULT, UNKNOWN_TYPE, 0, 12, 255])(
    'type %d for an active id is skipped, content and all',
    (type) => {
      const records = [begin(1), record(type, 1, 'skipped', 3), record(PARAMS, 1)];
      expect(decodeRequests([Buffer.concat(records)])).toEqual([
        ['begin', 1, 1, false],
        ['params', 1],
      ]);
    },
  );

  test('an end that comes twice', () => {
    const records = [begin(1), record(PARAMS, 1), record(PARAMS, 1), record(STDIN, 1), record(STDIN, 1)];
    expect(decodeRequests([Buffer.concat(records)])).toEqual([
      ['begin', 1, 1, false],
      ['params', 1],
      ['stdinEnd', 1],
    ]);
  });
});

describe('management records', () => {
  test('GET_VALUES: each name once (libfcgi overflows on repeats)', () => {
    const names = '\x0e\0FCGI_MAX_CONNS'.repeat(50) + '\x01\0X';
    expect(decodeRequests([record(GET_VALUES, 0, names, 2)])).toEqual([['getValues', 'FCGI_MAX_CONNS', 'X']]);
  });

  test('GET_VALUES that asks for nothing', () => {
    expect(decodeRequests([record(GET_VALUES, 0)])).toEqual([['getValues']]);
  });

  test.each([0, 10, 12, 100, 255])('type %d with id 0 is unknown', (type) => {
    expect(decodeRequests([record(type, 0, 'what is this')])).toEqual([['unknownType', type]]);
  });

  test('UNKNOWN_TYPE is not answered with itself', () => {
    expect(decodeRequests([record(UNKNOWN_TYPE, 0, '\x09\0\0\0\0\0\0\0')])).toEqual([]);
  });
});

describe('limits of PARAMS', () => {
  const refused = [
    ['begin', 1, 1, false],
    ['refused', 1, 'PARAMS_TOO_LARGE'],
  ];

  test('128 KiB pass, one byte more is refused before it is kept', () => {
    const value = 'v'.repeat(131_072 - 9);
    const block = Buffer.concat([
      Buffer.of(4, 0x80, (value.length >> 16) & 255, (value.length >> 8) & 255, value.length & 255),
      Buffer.from(`NAME${value}`),
    ]);
    const records = (bytes: Buffer): Buffer[] => [
      begin(1),
      record(PARAMS, 1, bytes.subarray(0, 60_000)),
      record(PARAMS, 1, bytes.subarray(60_000, 120_000)),
      record(PARAMS, 1, bytes.subarray(120_000)),
      record(PARAMS, 1),
      record(STDIN, 1),
    ];
    expect(decodeRequests(records(block))).toEqual([
      ['begin', 1, 1, false],
      ['params', 1, 'NAME', value],
      ['stdinEnd', 1],
    ]);
    expect(decodeRequests(records(Buffer.concat([block, Buffer.of(0)])))).toEqual(refused);
  });

  test('1,000 pairs pass, one more is refused', () => {
    const params = (count: number): Buffer[] => [
      begin(1),
      record(PARAMS, 1, '\x01\0A'.repeat(count)),
      record(PARAMS, 1),
    ];
    expect(decodeRequests(params(1000)).at(-1)).toHaveLength(2002);
    expect(decodeRequests(params(1001))).toEqual(refused);
  });
});

describe('what a gateway receives', () => {
  test('borne: no empty STDOUT, END_REQUEST twice, an empty GET_VALUES_RESULT, records of other ids', () => {
    const end = record(END, 1, '\0\0\0\0\0\0\0\0');
    const records = [record(GET_VALUES_RESULT, 0), record(STDOUT, 9, 'a'), record(77, 1, 'b'), record(77, 0), end, end];
    expect(decodeResponses([Buffer.concat(records)])).toEqual([
      ['values'],
      ['stdout', 9, 'a'],
      ['end', 1, 0, 0],
      ['end', 1, 0, 0],
    ]);
  });

  test('UNKNOWN_TYPE, and an appStatus with its top bit set', () => {
    const records = [record(UNKNOWN_TYPE, 0, '\x09\0\0\0\0\0\0\0'), record(END, 1, '\xff\xff\xff\xfe\x02\0\0\0')];
    expect(decodeResponses([Buffer.concat(records)])).toEqual([
      ['unknownType', 9],
      ['end', 1, 4_294_967_294, 2],
    ]);
  });

  test.each<[name: string, bytes: Buffer, code: string]>([
    ['version 2', Buffer.of(2, 6, 0, 1, 0, 0, 0, 0), 'FCGI_VERSION'],
    ['STDOUT with id 0', record(STDOUT, 0, 'x'), 'FCGI_NULL_REQUEST_ID'],
    ['END_REQUEST of 4 bytes', record(END, 1, '\0\0\0\0'), 'FCGI_END_LENGTH'],
    ['a pair past the end', record(GET_VALUES_RESULT, 0, '\x05\x05AB'), 'FCGI_PAIR'],
  ])('refused: %s', (_name, bytes, code) => {
    for (const pieces of [[bytes], singly(bytes)]) {
      expect(() => decodeResponses(pieces)).toThrow(expect.objectContaining({ name: 'TsgiError', code }));
    }
  });
});
