import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Bytes, Input } from '../src/index.ts';
import { forwardedBody } from '../src/forward.ts';
import { emptyInput } from '../src/input/input.ts';
import { testEnviron } from '../src/testing.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('a body that is given up by some readers, at any time, is whole for the last one, as long as it says so', async () => {
  let again = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 30_000 }), fc.nat(2)), { maxLength: 8 }),
      fc.array(fc.tuple(fc.nat(8), fc.nat(3)), { maxLength: 3 }),
      async (pieces, givenUp) => {
        let reads = 0;
        const input: Input = {
          ...emptyInput,
          async *[Symbol.asyncIterator](): AsyncGenerator<Bytes> {
            for (const [index, [length, turns]] of pieces.entries()) {
              reads++;
              for (let wait = 0; wait < turns; wait++) await turn();
              yield new Uint8Array(length).fill(index);
            }
          },
        };
        const all = Buffer.concat(pieces.map(([length], index) => Buffer.alloc(length, index)));
        const environ = testEnviron({ environ: { 'tsgi.input': input, CONTENT_LENGTH: String(all.length) } });
        const limits = { maxBody: Infinity, maxSpool: 0, openSpool: undefined };
        const body = await forwardedBody(environ, limits, true);
        const earlier: Promise<void>[] = [];
        for (const [count, turns] of givenUp) {
          if (!body.replayable) break;
          // Reads on beside the next one, as far as it has begun to.
          earlier.push(
            (async () => {
              let left = count;
              for await (const _chunk of body.chunks) if (left-- === 0) return;
            })(),
          );
          for (let wait = 0; wait < turns; wait++) await turn();
        }
        if (!body.replayable) {
          refused++;
          body.release();
          return;
        }
        const got: Bytes[] = [];
        let isReleased = false;
        for await (const chunk of body.chunks) {
          got.push(chunk);
          // Its target takes a while: the others may read on meanwhile.
          for (let wait = got.length % 3; wait > 0; wait--) await turn();
          // The answer has begun; the rest is still sent.
          if (got.length === 2) body.release();
          isReleased ||= got.length === 2;
        }
        if (!isReleased) body.release();
        await Promise.all(earlier);
        expect(Buffer.concat(got).equals(all)).toBe(true);
        expect(reads).toBe(pieces.length);
        if (earlier.length > 0) again++;
      },
    ),
    { numRuns: 300 },
  );
  expect([again > 20, refused > 5]).toEqual([true, true]);
});
