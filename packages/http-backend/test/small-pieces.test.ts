import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { defaultLimits } from '../src/server/limits.ts';
import { RequestParser } from '../src/http1/codec/request-parser.ts';

const CHUNKED = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of heap and buffers that `work` leaves behind, what it returns still held. */
function kept<Value>(work: () => Value): { bytes: number; value: Value } {
  const inUse = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = inUse();
  const value = work();
  return { bytes: inUse() - before, value };
}

test('the chunks of one packet come as one piece, which owns no more than it counts', () => {
  const parser = new RequestParser(defaultLimits);
  parser.receive(Buffer.from(CHUNKED), true);
  parser.next();
  const packet = Buffer.from('1\r\nx\r\n'.repeat(10_000));
  parser.receive(packet, true);
  const pieces: Buffer[] = [];
  for (let event = parser.next(); Buffer.isBuffer(event); event = parser.next()) pieces.push(event);
  expect(pieces.map(String)).toEqual(['x'.repeat(10_000)]);
  expect(pieces[0]?.buffer.byteLength).toBe(10_000);
});

test('big chunks stay where they are, with small ones between them put together', () => {
  const parser = new RequestParser(defaultLimits);
  parser.receive(Buffer.from(CHUNKED), true);
  parser.next();
  const big = `2000\r\n${'b'.repeat(0x2000)}\r\n`;
  parser.receive(Buffer.from(`1\r\nx\r\n1\r\ny\r\n${big}1\r\nz\r\n${big}`), true);
  const pieces: string[] = [];
  for (let event = parser.next(); Buffer.isBuffer(event); event = parser.next()) pieces.push(String(event));
  expect(pieces).toEqual(['xy', 'b'.repeat(0x2000), 'z', 'b'.repeat(0x2000)]);
});

test.each([
  ['owned', true],
  ['lent', false],
])('packets of one byte (%s) that wait cost little more than their bytes', (_name, owned) => {
  const parser = new RequestParser(defaultLimits);
  const { bytes } = kept(() => {
    for (let count = 0; count < 60_000; count++) {
      parser.receive(Buffer.from([0x61 + (count % 26)]), owned);
      parser.keep();
    }
  });
  expect(parser.pending).toBe(60_000);
  // Buffers of their own would be 8 MB.
  expect(bytes).toBeLessThan(2_000_000);
  const waiting = parser.takePending().toString();
  expect(waiting.slice(0, 27)).toBe('abcdefghijklmnopqrstuvwxyza');
  expect(waiting).toHaveLength(60_000);
});
