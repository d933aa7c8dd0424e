import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { App, Bytes, Input } from '@tsgi/core';
import { RequestBody } from '@tsgi/core/server';
import { callApp, type TestResponse } from '@tsgi/core/testing';
import { gateway as cgi } from '@tsgi/cgi-backend';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countingApp, folder, gatewayToApp, program, WIRES } from './behind.ts';
import type { ForwardOptions } from '@tsgi/core/forward';

const MEBIBYTE = 1_048_576;
const { TMPDIR } = process.env;
let temporary = '';

beforeEach(() => {
  temporary = folder();
  process.env.TMPDIR = temporary;
});
afterEach(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
});

async function gatewayOver(wire: (typeof WIRES)[number], options: ForwardOptions = {}): Promise<App> {
  if (wire !== 'cgi') return gatewayToApp(wire, countingApp, options);
  const script = `printf 'Content-Type: text/plain\\r\\n\\r\\n%s of %s' "$(wc -c)" "$CONTENT_LENGTH"\n`;
  return cgi({ program: program(join(folder(), 'count'), script), ...options });
}

/** Chunks that come one by one, as a client sends them that does not say how much it has. */
function input(chunks: Iterable<Bytes>): Input {
  return {
    ...new RequestBody().input,
    async *[Symbol.asyncIterator]() {
      for (const chunk of chunks) yield chunk;
    },
  };
}

function post(
  app: App,
  chunks: Iterable<Bytes>,
  hasBody: { 'tsgi.has_body'?: boolean } = { 'tsgi.has_body': true },
): Promise<TestResponse> {
  return callApp(app, {
    method: 'POST',
    environ: { 'tsgi.input': input(chunks), CONTENT_LENGTH: undefined, 'tsgi.has_body': undefined, ...hasBody },
  });
}

function* repeated(count: number, chunk: Bytes): Generator<Bytes> {
  for (let index = 0; index < count; index++) yield chunk;
}

/** The folder has the tests' own as well. */
function spoolNames(): string[] {
  return readdirSync(temporary).filter((name) => !name.startsWith('tsgi-gateway-'));
}

/** Files that this process has open in the folder for temporary files; those without a name are among them. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(temporary) ? [target] : [];
    } catch {
      return [];
    }
  });
}

describe.each(WIRES)('%s', (wire) => {
  it('goes into a file beyond maxSpool, and arrives whole; nothing of it stays', async () => {
    const app = await gatewayOver(wire);
    const { status, text } = await post(app, repeated(20, new Uint8Array(MEBIBYTE)));
    expect([status, text]).toEqual(['200 OK', `${20 * MEBIBYTE} of ${20 * MEBIBYTE}`]);
    await expect.poll(openFiles, { timeout: 15_000 }).toEqual([]);
    expect(spoolNames()).toEqual([]);
  });

  it('has no name while it is there', async () => {
    const app = await gatewayOver(wire, { maxSpool: 0 });
    let names: string[] | undefined;
    let open = 0;
    function* watched(): Generator<Bytes> {
      yield* repeated(4, new Uint8Array(70_000));
      names = spoolNames();
      open = openFiles().length;
      yield new Uint8Array(1);
    }
    expect((await post(app, watched())).text).toBe('280001 of 280001');
    expect([names, open]).toEqual([[], 1]);
  });

  it('is refused beyond maxBody, wherever it lies, and its file is gone', async () => {
    const app = await gatewayOver(wire, { maxSpool: 1000, maxBody: 500_000 });
    expect((await post(app, repeated(10, new Uint8Array(60_000)))).status).toBe('413 Content Too Large');
    await expect.poll(openFiles, { timeout: 15_000 }).toEqual([]);
  });

  it('that breaks off fails, and its file is gone', async () => {
    const app = await gatewayOver(wire, { maxSpool: 1000 });
    function* broken(): Generator<Bytes> {
      yield* repeated(3, new Uint8Array(60_000));
      throw new Error('cut short');
    }
    expect((await post(app, broken())).status).not.toBe('200 OK');
    await expect.poll(openFiles, { timeout: 15_000 }).toEqual([]);
  });

  it('that cannot be stored is a 507 that says why in the log', async () => {
    const app = await gatewayOver(wire, { maxSpool: 1000 });
    process.env.TMPDIR = join(temporary, 'none');
    const response = await post(app, repeated(3, new Uint8Array(60_000)));
    expect(response.status).toBe('507 Insufficient Storage');
    expect(response.errors).toContain('the request body cannot be stored until its end: ENOENT');
  });

  // As nginx: a program that asks whether there is a body hears of one of nothing, as behind HTTP's chunks.
  it('that turns out empty has the length 0', async () => {
    expect((await post(await gatewayOver(wire), [])).text).toBe('0 of 0');
  });

  // SCGI has a length for every request.
  it.skipIf(wire === 'scgi')('is none where there is no body', async () => {
    const app = await gatewayOver(wire);
    const none = wire === 'cgi' ? '0 of ' : '0 of none';
    expect((await post(app, [], { 'tsgi.has_body': false })).text).toBe(none);
    expect((await post(app, [], {})).text).toBe(none);
  });

  it('in chunks of one byte costs the memory of its bytes, not of its chunks', async () => {
    const app = await gatewayOver(wire, { maxSpool: 2 * MEBIBYTE });
    const before = process.memoryUsage();
    let most = 0;
    // One buffer a chunk, as a parser cuts them out of a packet.
    function* bytes(): Generator<Bytes> {
      for (let index = 0; index < MEBIBYTE; index++) {
        yield Uint8Array.of(index & 0xff);
        if (index % 65_536 !== 0) continue;
        globalThis.gc?.();
        const { heapUsed, arrayBuffers } = process.memoryUsage();
        most = Math.max(most, heapUsed - before.heapUsed + arrayBuffers - before.arrayBuffers);
      }
    }
    expect((await post(app, bytes())).text).toBe(`${MEBIBYTE} of ${MEBIBYTE}`);
    // 130 bytes each would be 136 MB.
    expect(most).toBeLessThan(60_000_000);
  });
});
