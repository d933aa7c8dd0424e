import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestBody } from '../src/gateway.ts';
import { text, texts, whole } from './arrived-body.ts';
import { bytes, shown } from './scripted-writer.ts';

describe('any split of a body', () => {
  const pieces = fc.array(fc.string({ maxLength: 6, unit: fc.constantFrom('a', 'b', '\n', '\r') }), { maxLength: 12 });

  it('R46: read(size) gives the same bytes, in reads that are never too long or empty', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 8 }), async (chunks, size) => {
        const input = whole(...chunks);
        let got = '';
        for (;;) {
          const chunk = await text(input.read(size));
          if (chunk === '') break;
          expect(chunk.length).toBeLessThanOrEqual(size);
          got += chunk;
        }
        expect(got).toBe(chunks.join(''));
      }),
    );
  });

  it('R43: readline gives the same lines, be the bytes there or still to come', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, fc.boolean(), async (chunks, late) => {
        const body = new RequestBody();
        const arrive = async (): Promise<void> => {
          for (const chunk of chunks) {
            if (late) await Promise.resolve();
            body.push(bytes(chunk));
          }
          body.end();
        };
        const arrived = arrive();
        expect(await texts(body.input.readlines())).toEqual(chunks.join('').match(/[^\n]*\n|[^\n]+$/g) ?? []);
        await arrived;
      }),
    );
  });

  it('R43: reads of all kinds, mixed, give all bytes in order', async () => {
    const kinds = fc.array(fc.tuple(fc.constantFrom('read', 'readline', 'next'), fc.integer({ min: 1, max: 5 })), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(pieces, kinds, async (chunks, reads) => {
        const input = whole(...chunks);
        let got = '';
        for (const [kind, size] of reads) {
          if (kind === 'read') got += await text(input.read(size));
          else if (kind === 'readline') got += await text(input.readline(size));
          else {
            const step = await input[Symbol.asyncIterator]().next();
            if (step.done !== true) got += shown(step.value);
          }
        }
        got += await text(input.read());
        expect(got).toBe(chunks.join(''));
      }),
    );
  });
});
