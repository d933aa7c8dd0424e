import { describe, expect, it } from 'vitest';
import { RequestBody, type RequestBodyOptions } from '../src/server.ts';
import { text } from './arrived-body.ts';
import { bytes } from './scripted-writer.ts';

describe('backpressure', () => {
  const block = (size: number): Uint8Array => new Uint8Array(size);

  function counting(options: RequestBodyOptions = {}): { body: RequestBody; wanted: () => number } {
    let wanted = 0;
    const body = new RequestBody({
      ...options,
      onWanted: () => {
        wanted++;
      },
    });
    return { body, wanted: () => wanted };
  }

  it('asks for a pause at 64 KiB that nobody reads, and for more when there is room', async () => {
    const { body, wanted } = counting();
    expect(body.push(block(65_535))).toBe(true);
    expect(body.push(block(1))).toBe(false);
    expect(wanted()).toBe(0);
    await body.input.read(10);
    expect(wanted()).toBe(0);
    await body.input.read(65_525);
    expect(wanted()).toBe(1);
    await body.input.read(10);
    expect(wanted()).toBe(1);
    expect(body.started).toBe(false);
  });

  it('asks for no pause when all has come', () => {
    const { body } = counting({ expected: 100_000 });
    expect(body.push(block(99_999))).toBe(false);
    expect(body.push(block(1))).toBe(true);
  });

  it('R52: tells when the application waits for bytes, each time, and not before', async () => {
    const { body, wanted } = counting();
    expect(body.started).toBe(false);
    const read = body.input.read(1);
    expect(body.started).toBe(true);
    expect(wanted()).toBe(1);
    body.push(bytes('ab'));
    await read;
    await body.input.read(1);
    expect(wanted()).toBe(1);
    const again = body.input.read(1);
    expect(wanted()).toBe(2);
    body.end();
    await again;
  });

  it('R52: a read of nothing, or of a body that has none, wants nothing', async () => {
    const { body, wanted } = counting({ expected: 0 });
    await body.input.read();
    const other = counting();
    await other.body.input.read(0);
    expect([wanted(), other.wanted(), other.body.started]).toEqual([0, 0, false]);
  });

  it('bytes may be pushed from within onWanted', async () => {
    const body: RequestBody = new RequestBody({ expected: 3, onWanted: () => body.push(bytes('abc')) });
    expect(await text(body.input.read())).toBe('abc');
  });
});
