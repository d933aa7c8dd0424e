import { expect, it } from 'vitest';
import type { Bytes, Input } from '../src/index.ts';
import { forwardedBody, type SpoolFile } from '../src/forward.ts';
import { emptyInput } from '../src/input/input.ts';
import { testEnviron } from '../src/testing.ts';

const MEBIBYTE = 1_048_576;
const chunk = new Uint8Array(MEBIBYTE);

/** A disk that only counts: nobody has to write a gibibyte to know. */
async function stored(mebibytes: number, limits: { maxBody: number; maxSpool: number }): Promise<number | string> {
  let written = 0;
  let closed = 0;
  const file: SpoolFile = {
    write: async (bytes) => void (written += bytes.byteLength),
    chunks: async function* (): AsyncGenerator<Bytes> {},
    close: () => void closed++,
  };
  const input: Input = {
    ...emptyInput,
    async *[Symbol.asyncIterator]() {
      for (let index = 0; index < mebibytes; index++) yield chunk;
    },
  };
  const environ = testEnviron({
    method: 'POST',
    environ: { 'tsgi.input': input, CONTENT_LENGTH: undefined, 'tsgi.has_body': true },
  });
  try {
    const body = await forwardedBody(environ, { ...limits, openSpool: async () => file });
    body.release();
    expect([body.length, closed]).toEqual([mebibytes * MEBIBYTE, written === 0 ? 0 : 1]);
    return written;
  } catch (error) {
    expect(closed).toBe(1);
    expect(written).toBeLessThanOrEqual(1025 * MEBIBYTE);
    return error instanceof Error ? error.message : String(error);
  }
}

const DEFAULT = 16 * MEBIBYTE;

it('a client that does not say how long its body is cannot fill the disk: a gibibyte, unless maxBody says how much', async () => {
  expect(await stored(40, { maxBody: Infinity, maxSpool: DEFAULT })).toBe(40 * MEBIBYTE);
  expect(await stored(1024, { maxBody: Infinity, maxSpool: DEFAULT })).toBe(1024 * MEBIBYTE);
  expect(await stored(1025, { maxBody: Infinity, maxSpool: DEFAULT })).toBe(
    'the request body is longer than 1073741824 bytes; maxBody says how long one of unknown length may be',
  );
  expect(await stored(1025, { maxBody: 2048 * MEBIBYTE, maxSpool: DEFAULT })).toBe(1025 * MEBIBYTE);
  expect(await stored(41, { maxBody: 40 * MEBIBYTE, maxSpool: DEFAULT })).toBe(
    'the request body is longer than 41943040 bytes',
  );
});
