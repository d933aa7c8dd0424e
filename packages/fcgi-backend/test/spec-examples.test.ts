import { describe, expect, test } from 'vitest';
import { decodeRequests, decodeResponses, singly } from './decoded.ts';
import { begin, END, PARAMS, record, STDERR, STDIN, STDOUT } from './records.ts';

// Appendix B of the FastCGI specification, with what its dots leave out left out.

function bothWays(decode: (pieces: Uint8Array[]) => unknown, records: Buffer[], expected: unknown): void {
  const whole = Buffer.concat(records);
  expect(decode([whole])).toEqual(expected);
  expect(decode(singly(whole))).toEqual(expected);
}

const PARAMS_B = '\x0b\x02SERVER_PORT80\x0b\x0eSERVER_ADDR199.170.183.42';
const VARIABLES_B = ['SERVER_PORT', '80', 'SERVER_ADDR', '199.170.183.42'];

describe('appendix B', () => {
  test('B.1: a request without a body, and its reply', () => {
    bothWays(
      decodeRequests,
      [begin(1), record(PARAMS, 1, PARAMS_B), record(PARAMS, 1), record(STDIN, 1)],
      [
        ['begin', 1, 1, false],
        ['params', 1, ...VARIABLES_B],
        ['stdinEnd', 1],
      ],
    );
    bothWays(
      decodeResponses,
      [
        record(STDOUT, 1, 'Content-type: text/html\r\n\r\n<html>\n<head>'),
        record(STDOUT, 1),
        record(END, 1, '\0\0\0\0\0\0\0\0'),
      ],
      [
        ['stdout', 1, 'Content-type: text/html\r\n\r\n<html>\n<head>'],
        ['stdoutEnd', 1],
        ['end', 1, 0, 0],
      ],
    );
  });

  test('B.2: PARAMS cut within a pair, and a body', () => {
    bothWays(
      decodeRequests,
      [
        begin(1),
        record(PARAMS, 1, '\x0b\x02SERVER_PORT80\x0b\x0eSER'),
        record(PARAMS, 1, 'VER_ADDR199.170.183.42'),
        record(PARAMS, 1),
        record(STDIN, 1, 'quantity=100&item=3047936'),
        record(STDIN, 1),
      ],
      [
        ['begin', 1, 1, false],
        ['params', 1, ...VARIABLES_B],
        ['stdin', 1, 'quantity=100&item=3047936'],
        ['stdinEnd', 1],
      ],
    );
  });

  test('B.3: an error, with STDERR and appStatus 938', () => {
    bothWays(
      decodeResponses,
      [
        record(STDOUT, 1, 'Content-type: text/html\r\n\r\n<ht'),
        record(STDERR, 1, 'config error: missing SI_UID\n'),
        record(STDOUT, 1, 'ml>\n<head>'),
        record(STDOUT, 1),
        record(STDERR, 1),
        record(END, 1, '\0\0\x03\xaa\0\0\0\0'),
      ],
      [
        ['stdout', 1, 'Content-type: text/html\r\n\r\n<ht'],
        ['stderr', 1, 'config error: missing SI_UID\n'],
        ['stdout', 1, 'ml>\n<head>'],
        ['stdoutEnd', 1],
        ['stderrEnd', 1],
        ['end', 1, 938, 0],
      ],
    );
  });

  test('B.4: two requests multiplexed on one connection', () => {
    bothWays(
      decodeRequests,
      [
        begin(1, 1, 1),
        record(PARAMS, 1, PARAMS_B),
        record(PARAMS, 1),
        begin(2, 1, 1),
        record(PARAMS, 2, PARAMS_B),
        record(STDIN, 1),
        record(PARAMS, 2),
        record(STDIN, 2),
      ],
      [
        ['begin', 1, 1, true],
        ['params', 1, ...VARIABLES_B],
        ['begin', 2, 1, true],
        ['stdinEnd', 1],
        ['params', 2, ...VARIABLES_B],
        ['stdinEnd', 2],
      ],
    );
    bothWays(
      decodeResponses,
      [
        record(STDOUT, 1, 'Content-type: text/html\r\n\r\n'),
        record(STDOUT, 2, 'Content-type: text/html\r\n\r\n<html>\n<head>'),
        record(STDOUT, 2),
        record(END, 2, '\0\0\0\0\0\0\0\0'),
        record(STDOUT, 1, '<html>\n<head>'),
        record(STDOUT, 1),
        record(END, 1, '\0\0\0\0\0\0\0\0'),
      ],
      [
        ['stdout', 1, 'Content-type: text/html\r\n\r\n'],
        ['stdout', 2, 'Content-type: text/html\r\n\r\n<html>\n<head>'],
        ['stdoutEnd', 2],
        ['end', 2, 0, 0],
        ['stdout', 1, '<html>\n<head>'],
        ['stdoutEnd', 1],
        ['end', 1, 0, 0],
      ],
    );
  });
});
