import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { logOutput } from '../src/programs/program-output.ts';

async function logged(chunks: readonly (string | Uint8Array)[]): Promise<string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  logOutput(stream, (line) => lines.push(line));
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await finished(stream);
  await new Promise(setImmediate);
  return lines;
}

it('what a program says comes line by line, the last one too, however it is split', async () => {
  const text = 'one\r\ntwo\n\nthree ü €\nlast';
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), async (sizes) => {
      const bytes = Buffer.from(text);
      const chunks: Uint8Array[] = [];
      for (let at = 0, index = 0; at < bytes.length; index++) {
        const size = sizes[index % sizes.length] ?? 1;
        chunks.push(bytes.subarray(at, (at += size)));
      }
      // A CR that is the last of its chunk stays: what drives a terminal is taken out where the line is logged.
      expect((await logged(chunks)).map((line) => line.replace('\r', ''))).toEqual(['one', 'two', 'three ü €', 'last']);
    }),
    { numRuns: 50 },
  );
});

it('a line is cut that is too long', async () => {
  const [line, next] = await logged([`${'x'.repeat(3000)}`, `${'y'.repeat(3000)}\n`, 'next\n']);
  expect(line).toBe(`${'x'.repeat(3000)}${'y'.repeat(1096)} [the rest of this line is left out]`);
  expect(next).toBe('next');
});

it('what is too much in a second is counted, and read all the same', async () => {
  const chunk = `${'x'.repeat(99)}\n`.repeat(100);
  const lines = await logged(Array.from({ length: 100 }, () => chunk));
  const said = lines.filter((line) => line.startsWith('x')).reduce((sum, line) => sum + line.length + 1, 0);
  const leftOut = lines.flatMap((line) => /^\[(\d+) bytes of what it said are left out\]$/.exec(line)?.[1] ?? []);
  expect(leftOut.length).toBeGreaterThan(0);
  expect(said).toBeLessThan(1_000_000);
  expect(said + leftOut.reduce((sum, bytes) => sum + Number(bytes), 0)).toBeGreaterThanOrEqual(1_000_000 - 1);
});
