import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestBody } from '../src/server.ts';
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

  it('R46: chunks that arrive between reads keep their order', async () => {
    const steps = fc.array(fc.oneof(fc.string({ maxLength: 4 }), fc.integer({ min: 1, max: 5 })), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(steps, async (turns) => {
        const body = new RequestBody();
        let sent = '';
        let got = '';
        for (const turn of turns) {
          if (typeof turn === 'string') {
            body.push(new TextEncoder().encode(turn));
            sent += shown(new TextEncoder().encode(turn));
          } else if (got.length < sent.length) got += await text(body.input.read(turn));
        }
        body.end();
        expect(got + (await text(body.input.read()))).toBe(sent);
      }),
    );
  });

  // Taken off the front of one long array, these were half a minute of work.
  it.each(['read', 'readlines', 'next'] as const)('R53: a body in 300 000 pieces is read: %s', async (kind) => {
    const count = 300_000;
    const body = new RequestBody();
    const piece = bytes('a');
    for (let index = 0; index < count; index++) body.push(piece);
    body.end();
    let size = 0;
    if (kind === 'read') size = (await body.input.read()).byteLength;
    else if (kind === 'readlines') for (const line of await body.input.readlines()) size += line.byteLength;
    else for await (const chunk of body.input) size += chunk.byteLength;
    expect(size).toBe(count);
  });
});
