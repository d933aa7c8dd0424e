import { expect, it } from 'vitest';
import { TsgiError } from '@tsgi/core';
import { withoutBlanks } from '@tsgi/core/server';
import {
  asksForUpgrade,
  expectsContinue,
  isHost,
  listOf,
  persists,
  requestFraming,
} from '../src/http1/codec/request-head.ts';
import { byteByByte, type Outcome, parse, parseText } from './support/events.ts';
import { cut } from './support/mutated-requests.ts';

/** `FUZZ_RUNS=1000000` for the long version; what fails is found again with the `FUZZ_SEED` that it names. */
const runs = Number(process.env.FUZZ_RUNS ?? 3_000);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000_007);
const timeout = runs > 100_000 ? 3_600_000 : 60_000;

/** Marsaglia's xorshift: a million inputs should cost little more than what they are for. */
function randomFrom(start: number): (below: number) => number {
  let state = start | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const WORDS = [
  'GET ',
  'POST ',
  'CONNECT ',
  'M-SEARCH ',
  '/',
  '*',
  'http://a/b?c',
  ' HTTP/1.1\r\n',
  ' HTTP/1.0\r\n',
  ' HTTP/2.0\r\n',
  'Host: a\r\n',
  'Host: [::1]:80\r\n',
  'Content-Length: 3\r\n',
  'Content-Length: ',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: ',
  'Connection: close\r\n',
  'Connection: ',
  'Upgrade: x\r\n',
  'Expect: 100-continue\r\n',
  'Expect: ',
  'Trailer: A\r\n',
  'chunked',
  'gzip',
  'keep-alive',
  'upgrade',
  '100-continue',
  '0\r\n\r\n',
  '3\r\nabc\r\n',
  '1;a=b\r\nx\r\n',
  'abc',
  'A: b\r\n',
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\r',
  ':',
  ',',
  ' ',
  '\t',
  '\0',
  '\x7f',
  '\xe9',
  'a',
  '0',
  '9',
  ' '.repeat(30),
  '1'.repeat(20),
];
/** Heads that are good up to where they end, so that what follows is looked at. */
const STARTS = [
  '',
  'GET / HTTP/1.1\r\nHost: a\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade',
  'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue',
];

/** `expect` costs more than what is tested here. */
function same(found: unknown, expected: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(expected)) expect(found).toEqual(expected);
}

function words(random: (below: number) => number, most: number): string {
  let text = '';
  for (let left = random(most); left >= 0; left--) text += WORDS[random(WORDS.length)] as string;
  return text;
}

const STATUSES = [400, 414, 417, 431, 501, 505];

function checkOutcome({ requests, refused, message }: Outcome): void {
  if (refused !== undefined) {
    expect(STATUSES).toContain(refused);
    expect(message).not.toBe('');
  }
  for (const { method, target, headers, trailers } of requests) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method)) throw new Error(`the method ${JSON.stringify(method)}`);
    if (!/^[\x21-\x7e\x80-\xff]+$/.test(target)) throw new Error(`the target ${JSON.stringify(target)}`);
    for (const text of [...headers, ...trailers]) {
      // What is a byte of a field: nothing that ends one, nothing that a log would choke on but HTAB.
      if (/[\0-\x08\x0a-\x1f\x7f]|^[ \t]|[ \t]$/.test(text)) throw new Error(`a field with ${JSON.stringify(text)}`);
    }
  }
}

it(
  'any bytes are requests or an error of the peer, and the same in any pieces',
  () => {
    const random = randomFrom(seed);
    for (let run = 0; run < runs; run++) {
      const text = (STARTS[random(STARTS.length)] as string) + words(random, 24);
      try {
        const whole = parseText(text);
        checkOutcome(whole);
        const cuts = parse(cut(text, [random(400), random(400), random(400)]));
        same([cuts.refused, cuts.requests], [whole.refused, whole.requests]);
        if (run % 8 !== 0) continue;
        const bytes = parse(byteByByte(text));
        same([bytes.refused, bytes.requests], [whole.refused, whole.requests]);
      } catch (error) {
        throw new Error(`FUZZ_SEED=${seed}, run ${run}: ${JSON.stringify(text)}`, { cause: error });
      }
    }
  },
  timeout,
);

const VALUES = [
  'close',
  'Close',
  'keep-alive',
  'upgrade',
  'UPGRADE',
  '100-continue',
  'chunked',
  'gzip',
  ',',
  ' ',
  '\t',
  ' , ',
  'x',
  '\xa0',
  '\xc3',
  '-',
  ':',
  ':80',
  '[',
  ']',
  '::1',
  '0',
  '12',
  '+1',
  '0x1',
  '1e3',
  '9'.repeat(17),
  'a.b',
  '%41',
  ' '.repeat(20),
];

/** What RFC 9110 §5.6.1 says of a list, as plainly as it can be written. */
function elements(value: string): string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((one) => one.replace(/^[ \t]*/, '').replace(/[ \t]{0,999}$/, ''));
}

function outcomeOf<Value>(work: () => Value): Value | number {
  try {
    return work();
  } catch (error) {
    if (error instanceof TsgiError && error.side === 'peer') return -error.statusHint;
    throw error;
  }
}

it(
  'any value of a header is read as plainly as the RFCs say it, or refused',
  () => {
    const random = randomFrom(seed + 1);
    for (let run = 0; run < runs; run++) {
      let value = '';
      for (let left = random(8); left >= 0; left--) value += VALUES[random(VALUES.length)] as string;
      const list = elements(value);
      try {
        same(listOf(value), list);
        same(withoutBlanks(value), value.replace(/^[ \t]+/, '').replace(/[ \t]{1,999}$/, ''));
        same(persists(value, 'HTTP/1.1'), !list.includes('close'));
        same(persists(value, 'HTTP/1.0'), !list.includes('close') && list.includes('keep-alive'));
        same(asksForUpgrade(value, ['UpGrade', 'x']), list.includes('upgrade'));
        same(asksForUpgrade(value, ['X', 'upgrade']), false);
        const isContinue = list.every((one) => one === '100-continue');
        same(
          outcomeOf(() => expectsContinue(value)),
          isContinue ? true : -417,
        );
        const host = outcomeOf(() => requestFraming(['Host', value], 'HTTP/1.1').bodyLength);
        same(host, isHost(value) ? 0 : -400);
        if (isHost(value)) same(/[\s@/\\]/.test(value), false);
        const length = outcomeOf(() => requestFraming(['Host', 'a', 'Content-Length', value], 'HTTP/1.1').bodyLength);
        const isLength = /^[0-9]+$/.test(value) && Number.isSafeInteger(Number(value));
        same(length, isLength ? Number(value) : -400);
        const coded = outcomeOf(() => requestFraming(['Host', 'a', 'Transfer-Encoding', value], 'HTTP/1.1').bodyLength);
        // Only `chunked` alone has a length of its own: -1. Anything else ends the connection.
        if (value.toLowerCase() === 'chunked') same(coded, -1);
        else same(coded === -400 || coded === -501, true);
      } catch (error) {
        throw new Error(`FUZZ_SEED=${seed}, run ${run}: ${JSON.stringify(value)}`, { cause: error });
      }
    }
  },
  timeout,
);
