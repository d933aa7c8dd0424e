import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
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

/** What a process prints that reads such a body and has a heap of 64 MB. */
async function reading(read: string): Promise<string> {
  const entry = fileURLToPath(new URL('../dist/index.js', import.meta.url));
  const script = `
    import { connect } from 'node:net';
    import { serve } from '${entry}';
    const server = await serve(async (environ, startResponse) => {
      const input = environ['tsgi.input'];
      let most = 0;
      const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
      const before = process.memoryUsage.rss();
      ${read}
      clearInterval(timer);
      startResponse('200 OK', []);
      return [new TextEncoder().encode(length + ' bytes, ' + (most - before < 64e6 ? 'little more' : most - before))];
    }, { port: 0 });
    const client = connect(server.port, '127.0.0.1');
    client.write('POST / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n');
    const some = '1\\r\\nx\\r\\n'.repeat(4000);
    for (let count = 0; count < 1000; count++) {
      if (!client.write(some)) await new Promise((resolve) => client.once('drain', resolve));
    }
    client.write('0\\r\\n\\r\\n');
    let answer = '';
    for await (const bytes of client) answer += bytes;
    console.log(answer.split('\\r\\n').find((line) => line.includes('bytes')));
    process.exit();
  `;
  const child = spawn(process.execPath, ['--max-old-space-size=64', '--input-type=module', '-e', script]);
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (bytes) => (output += String(bytes)));
  await new Promise((resolve) => child.once('close', resolve));
  return output.trim();
}

test.each([
  ['at once', 'const { length } = await input.read();'],
  [
    'when all of it may be here',
    'await new Promise((resolve) => setTimeout(resolve, 2000)); const { length } = await input.read();',
  ],
  ['in pieces', 'let length = 0; for await (const bytes of input) length += bytes.length;'],
])(
  '4 MB that come in chunks of one byte cost little more than that to a process that reads them %s',
  async (_name, read) => {
    expect(await reading(read)).toBe('4000000 bytes, little more');
  },
);
