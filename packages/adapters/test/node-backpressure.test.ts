import { setImmediate as turn } from 'node:timers/promises';
import { type Bytes, type Environ, type Input } from '@tsgi/core';
import { testEnviron } from '@tsgi/core/testing';
import { describe, expect, it } from 'vitest';
import { bridges } from './support/bridges.ts';

const PIECE = 65_536;

/** An input that counts what is asked of it. */
function counted(pieces: number): { input: Input; taken(): number } {
  let taken = 0;
  const input = {
    ...testEnviron()['tsgi.input'],
    [Symbol.asyncIterator]: () => ({
      next: () =>
        Promise.resolve<IteratorResult<Bytes>>(
          taken < pieces ? { done: false, value: (taken++, Buffer.alloc(PIECE)) } : { done: true, value: undefined },
        ),
    }),
  };
  return { input: input as unknown as Input, taken: () => taken };
}

const start = (() => () => Promise.resolve()) as never;

describe.each(bridges)('%s', (_name, bridge) => {
  it('takes no more of an upload than its application reads, but for what a stream keeps', async () => {
    const { input, taken } = counted(200);
    const environ: Environ = testEnviron({
      method: 'POST',
      environ: { 'tsgi.input': input, CONTENT_LENGTH: String(200 * PIECE), 'tsgi.has_body': true },
    });
    let read: () => unknown = () => undefined;
    const body = bridge((request) => {
      request.once('readable', () => {
        read = () => request.read(PIECE);
      });
    })(environ, start);
    Promise.resolve(body).catch(() => {});
    for (let turns = 0; turns < 50; turns++) await turn();
    expect(taken()).toBeLessThan(8);
    for (let count = 0; count < 20; count++) {
      read();
      await turn();
    }
    expect(taken()).toBeLessThan(40);
  });

  it('tells a writer to wait, and when to go on', async () => {
    let written = 0;
    let waits = 0;
    const app = bridge((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/plain' });
      const more = (): void => {
        for (; written < 100; written++) {
          if (!response.write(Buffer.alloc(PIECE))) {
            written++;
            waits++;
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    const body = await app(testEnviron(), start);
    const iterator = (body as AsyncIterable<Bytes>)[Symbol.asyncIterator]();
    // srvx took 256 pieces of 64 KiB with nobody there to read them.
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(written).toBeLessThan(4);
    let bytes = 0;
    for (let step = await iterator.next(); step.done !== true; step = await iterator.next())
      bytes += step.value.byteLength;
    expect(bytes).toBe(100 * PIECE);
    expect(waits).toBeGreaterThan(20);
  });
});
