import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ByteQueue } from '../src/input/byte-queue.ts';
import { RequestBody } from '../src/server.ts';
import { settle } from './scripted-writer.ts';

const MEGABYTE = 1_048_576;

let collect: () => void = () => {};
beforeAll(() => {
  setFlagsFromString('--expose-gc');
  collect = runInNewContext('gc') as () => void;
});

/** Bytes that are held, of objects and of buffers, after what is free was collected. */
function held(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** What the work leaves behind, in bytes; what it gives is held until it was measured. */
function cost(work: () => unknown): number {
  const before = held();
  const result = work();
  const after = held();
  expect(result).not.toBe(undefined);
  return after - before;
}

/** `count` pieces of `size` bytes, each from a buffer of `of` bytes that holds `shared` of them. */
function* pieces(count: number, size: number, of: number, shared = 1): Generator<Uint8Array> {
  let buffer = new Uint8Array(of);
  for (let index = 0; index < count; index++) {
    if (index % shared === 0) buffer = new Uint8Array(of);
    const start = (index % shared) * size;
    yield buffer.subarray(start, start + size);
  }
}

describe('bounds count bytes, not pieces', () => {
  it.each([
    ['single bytes of one read', MEGABYTE, 1, 65_536, 65_536],
    ['single bytes, each of a read of its own', 20_000, 1, 65_536, 1],
    ['single bytes, each a buffer', MEGABYTE / 2, 1, 1, 1],
    ['a thousand bytes of each read', 2_000, 1000, 65_536, 1],
    ['a quarter of each read', 200, 16_384, 65_536, 1],
    ['bytes of one huge buffer', 100_000, 1, MEGABYTE, 1000],
  ] as const)('in a body that nobody reads: %s', (_name, count, size, of, shared) => {
    const grown = cost(() => {
      const body = new RequestBody();
      for (const piece of pieces(count, size, of, shared)) body.push(piece);
      return body;
    });
    expect(grown).toBeLessThan(2 * count * size + 0.5 * MEGABYTE);
  });

  it('in a read of all: 4 MiB in single bytes', async () => {
    const body = new RequestBody({ expected: 4 * MEGABYTE });
    const before = held();
    const all = body.input.read();
    let most = 0;
    let left = 8;
    for (const piece of pieces(4 * MEGABYTE, 1, 65_536, 65_536)) {
      body.push(piece);
      if (--left > 0) continue;
      left = 512 * 1024;
      most = Math.max(most, held() - before);
    }
    expect((await all).byteLength).toBe(4 * MEGABYTE);
    expect(most).toBeLessThan(2 * 4 * MEGABYTE + MEGABYTE);
  });

  it('in a read of a line: 1 MiB in single bytes', async () => {
    const body = new RequestBody();
    const line = body.input.readline();
    const before = held();
    for (const piece of pieces(MEGABYTE, 1, 65_536, 65_536)) body.push(piece);
    await settle();
    expect(held() - before).toBeLessThan(2 * MEGABYTE + 0.5 * MEGABYTE);
    body.push(Uint8Array.of(0x0a));
    expect((await line).byteLength).toBe(MEGABYTE + 1);
  });

  it('an application that takes small pieces of a body leaves nothing of it behind', async () => {
    const body = new RequestBody();
    const before = held();
    for (let round = 0; round < 200; round++) {
      body.push(new Uint8Array(65_536));
      for (let read = 0; read < 65_536; read += 4096) await body.input.read(4096);
    }
    expect(held() - before).toBeLessThan(MEGABYTE);
  });

  it('a big piece is not copied, on its way into the queue or out of it', async () => {
    const body = new RequestBody();
    const chunk = new Uint8Array(50_000);
    const second = new Uint8Array(50_000);
    body.push(chunk);
    body.push(second);
    expect(await body.input.read(60_000)).toBe(chunk);
    expect((await body.input.read(10)).buffer).toBe(second.buffer);
    const lone = new RequestBody({ expected: 5 });
    const small = new Uint8Array(65_536).subarray(100, 105);
    lone.push(small);
    expect(await lone.input.read()).toBe(small);
  });

  it('bytes that an application has are never written to again', async () => {
    const body = new RequestBody();
    body.push(Uint8Array.of(1));
    const taken: Uint8Array[] = [];
    for (let value = 2; value < 200; value++) {
      body.push(Uint8Array.of(value));
      if (value % 3 === 0) taken.push(await body.input.read(2));
    }
    body.end();
    taken.push(await body.input.read());
    expect(taken.flatMap((piece) => [...piece])).toEqual(Array.from({ length: 199 }, (_, index) => index + 1));
    // Whoever has bytes may give their buffer away.
    for (const piece of taken) structuredClone(piece, { transfer: [piece.buffer as ArrayBuffer] });
  });
});

describe('ByteQueue', () => {
  type Step = ['push', number, number] | ['take', number] | ['line', number] | ['all'];

  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(
        fc.constant('push' as const),
        fc.oneof(fc.nat(4), fc.nat(3000), fc.nat(70_000)),
        fc.nat(5000),
      ),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(fc.constant('take' as const), fc.oneof(fc.nat(3), fc.nat(3000), fc.constant(Infinity))),
    },
    { weight: 3, arbitrary: fc.tuple(fc.constant('line' as const), fc.oneof(fc.nat(50), fc.constant(Infinity))) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('all' as const)) },
  );

  it('gives what came, in order, however it came and is taken', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new ByteQueue();
        let value = 0;
        let expected: number[] = [];
        for (const [type, size = 0, room = 0] of steps) {
          if (type === 'push') {
            const buffer = new Uint8Array(size + room);
            const bytes = buffer.subarray(room >> 1, (room >> 1) + size);
            for (let index = 0; index < size; index++) {
              bytes[index] = value % 13;
              expected.push(value++ % 13);
            }
            queue.push(bytes);
          } else {
            const taken = type === 'take' ? queue.take(size) : type === 'line' ? queue.takeLine(size) : queue.takeAll();
            expect([...taken]).toEqual(expected.slice(0, taken.byteLength));
            expected = expected.slice(taken.byteLength);
            if (type === 'all') expect(expected).toEqual([]);
            else if (expected.length > 0 && size > 0) expect(taken.byteLength).toBeGreaterThan(0);
            if (type !== 'all') expect(taken.byteLength).toBeLessThanOrEqual(size);
            if (type === 'line') expect(taken.subarray(0, -1).includes(10)).toBe(false);
          }
          expect(queue.length).toBe(expected.length);
        }
      }),
      { numRuns: 400 },
    );
  });
});
