import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TsgiAbortError, TsgiError, type Input } from '../src/index.ts';
import { emptyInput, RequestBody, type RequestBodyOptions } from '../src/gateway.ts';
import { bytes, settle, shown } from './scripted-writer.ts';

/** A body that has arrived whole, in these chunks. */
function whole(...chunks: string[]): Input {
  const body = new RequestBody();
  for (const chunk of chunks) body.push(bytes(chunk));
  body.end();
  return body.input;
}

async function text(read: Promise<Uint8Array>): Promise<string> {
  return shown(await read);
}

async function texts(read: Promise<Uint8Array[]>): Promise<string[]> {
  return (await read).map((line) => shown(line));
}

describe('read', () => {
  it('R44: without a size gives all the rest', async () => {
    expect(await text(whole('ab', 'c', 'def').read())).toBe('abcdef');
    const input = whole('ab', 'cd');
    await input.read(1);
    expect(await text(input.read(undefined))).toBe('bcd');
  });

  it('R46: with a size gives 1 to size bytes, and nothing only at the end', async () => {
    const input = whole('abc', 'd');
    const reads: string[] = [];
    for (;;) {
      const chunk = await text(input.read(2));
      if (chunk === '') break;
      expect(chunk.length).toBeLessThanOrEqual(2);
      reads.push(chunk);
    }
    expect(reads.join('')).toBe('abcd');
  });

  it('R45: at and after the end gives nothing, again and again', async () => {
    const input = whole('a');
    await input.read();
    for (const _turn of [1, 2, 3]) {
      expect((await input.read()).byteLength).toBe(0);
      expect((await input.read(5)).byteLength).toBe(0);
      expect((await input.readline()).byteLength).toBe(0);
      expect(await input.readlines()).toEqual([]);
      for await (const chunk of input) expect(chunk).toBeUndefined();
    }
  });

  it('R43: read(0) gives nothing and takes nothing', async () => {
    const input = whole('abc');
    expect((await input.read(0)).byteLength).toBe(0);
    expect((await input.readline(0)).byteLength).toBe(0);
    expect(await text(input.read())).toBe('abc');
  });

  it('R43: read(0) does not wait', async () => {
    expect((await new RequestBody().input.read(0)).byteLength).toBe(0);
  });

  it('R43: a size that is no whole number from 0 up is refused, and takes nothing', async () => {
    for (const input of [whole('abc'), emptyInput]) {
      for (const method of ['read', 'readline', 'readlines'] as const) {
        for (const size of [-1, 1.5, Number.NaN, Infinity, -Infinity]) {
          await expect(input[method](size)).rejects.toThrow(RangeError);
        }
        for (const size of ['1', null, true, {}, 1n]) {
          await expect(input[method](size as number)).rejects.toThrow(TypeError);
        }
      }
    }
    const input = whole('abc');
    await expect(input.read(-1)).rejects.toThrow('R43');
    expect(await text(input.read())).toBe('abc');
  });

  it('R46: waits for the first bytes, and no longer', async () => {
    const body = new RequestBody();
    const read = body.input.read(100);
    body.push(bytes('ab'));
    expect(await text(read)).toBe('ab');
  });

  it('R44: read() waits for the end', async () => {
    const body = new RequestBody();
    let settled = false;
    const read = body.input.read().then((chunk) => {
      settled = true;
      return shown(chunk);
    });
    body.push(bytes('ab'));
    await settle();
    expect(settled).toBe(false);
    body.push(bytes('cd'));
    body.end();
    expect(await read).toBe('abcd');
  });
});

describe('readline', () => {
  it('R43: ends with and includes LF, across chunks', async () => {
    const input = whole('a\nb', 'c', '\r\nd\n', '\n', 'e');
    const lines: string[] = [];
    for (;;) {
      const line = await text(input.readline());
      if (line === '') break;
      lines.push(line);
    }
    expect(lines).toEqual(['a\n', 'bc\r\n', 'd\n', '\n', 'e']);
  });

  it('R43: with a size stops there, and goes on with the rest of the line', async () => {
    const input = whole('abc', 'def\ngh');
    expect(await text(input.readline(2))).toBe('ab');
    expect(await text(input.readline(3))).toBe('cde');
    expect(await text(input.readline(3))).toBe('f\n');
    expect(await text(input.readline(2))).toBe('gh');
    expect(await text(input.readline(2))).toBe('');
  });

  it('R43: a line that fits its size exactly keeps its LF', async () => {
    const input = whole('ab\ncd\n');
    expect(await text(input.readline(3))).toBe('ab\n');
    expect(await text(input.readline(2))).toBe('cd');
    expect(await text(input.readline(2))).toBe('\n');
  });

  it('R43: waits for the whole line', async () => {
    const body = new RequestBody();
    const line = text(body.input.readline());
    for (const chunk of ['a', 'b', 'c\nd']) {
      await settle();
      body.push(bytes(chunk));
    }
    expect(await line).toBe('abc\n');
    body.end();
    expect(await text(body.input.readline())).toBe('d');
  });
});

describe('readlines', () => {
  it('R43: gives the lines of the rest', async () => {
    const input = whole('a\n', 'b', '\nc');
    expect(await texts(input.readlines())).toEqual(['a\n', 'b\n', 'c']);
  });

  it('R43: with a hint gives whole lines until it is reached', async () => {
    expect(await texts(whole('aa\nbb\ncc\n').readlines(1))).toEqual(['aa\n']);
    expect(await texts(whole('aa\nbb\ncc\n').readlines(3))).toEqual(['aa\n']);
    expect(await texts(whole('aa\nbb\ncc\n').readlines(4))).toEqual(['aa\n', 'bb\n']);
    expect(await texts(whole('aa\nbb\ncc\n').readlines(0))).toHaveLength(3);
  });
});

describe('iteration', () => {
  it('R43: gives chunks as they arrive, not lines', async () => {
    const chunks: string[] = [];
    for await (const chunk of whole('a\nb', 'c\n', 'd')) chunks.push(shown(chunk));
    expect(chunks).toEqual(['a\nb', 'c\n', 'd']);
  });

  it('R43: may stop; what was not taken can be read', async () => {
    const input = whole('ab', 'cd', 'ef');
    for await (const chunk of input) {
      expect(shown(chunk)).toBe('ab');
      break;
    }
    expect(await text(input.read())).toBe('cdef');
  });

  it('R43: an iterator that was stopped gives nothing more', async () => {
    const input = whole('ab', 'cd');
    const iterator = input[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.return?.();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(await text(input.read())).toBe('cd');
  });

  it('R49: a second iteration goes on where the first one stopped', async () => {
    const input = whole('ab', 'cd');
    for await (const _chunk of input) break;
    const rest: string[] = [];
    for await (const chunk of input) rest.push(shown(chunk));
    expect(rest).toEqual(['cd']);
  });
});

describe('one reader at a time', () => {
  it('R54: a read that overlaps rejects, and the first one goes on', async () => {
    const body = new RequestBody();
    const first = body.input.read();
    for (const overlap of [
      body.input.read(),
      body.input.read(1),
      body.input.readline(),
      body.input.readlines(),
      body.input[Symbol.asyncIterator]().next(),
    ]) {
      await expect(overlap).rejects.toMatchObject({ code: 'OVERLAPPING_READ', rule: 'R54', side: 'app' });
    }
    body.push(bytes('abc'));
    body.end();
    expect(await text(first)).toBe('abc');
    expect(await text(body.input.read())).toBe('');
  });

  it('R54: overlaps even when the bytes are there', async () => {
    const input = whole('abc');
    const both = await Promise.allSettled([input.read(1), input.read(1)]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await text(input.read())).toBe('bc');
  });

  it('R54: a read that failed does not block the next one', async () => {
    const input = whole('abc');
    await expect(input.read(-1)).rejects.toThrow(RangeError);
    expect(await text(input.read())).toBe('abc');
  });
});

describe('length', () => {
  it('R45: what comes beyond CONTENT_LENGTH is not read', async () => {
    const body = new RequestBody({ expected: 3 });
    body.push(bytes('ab'));
    body.push(bytes('cdef'));
    body.push(bytes('gh'));
    expect(body.complete).toBe(true);
    expect(body.received).toBe(8);
    expect(await text(body.input.read())).toBe('abc');
  });

  it('R45: the end is known once CONTENT_LENGTH has come, without end()', async () => {
    const body = new RequestBody({ expected: 2 });
    expect(body.complete).toBe(false);
    body.push(bytes('ab'));
    expect(body.complete).toBe(true);
    expect(await text(body.input.read())).toBe('ab');
  });

  it('R45: a CONTENT_LENGTH of 0 is the end at once', async () => {
    const body = new RequestBody({ expected: 0 });
    expect(body.complete).toBe(true);
    expect(await text(body.input.read())).toBe('');
  });

  it('R48: fewer bytes than CONTENT_LENGTH reject after what is there, with a TsgiAbortError, again and again', async () => {
    for (const read of [
      (input: Input) => input.read(100),
      (input: Input) => input.readline(),
      (input: Input) => input.readlines(),
      (input: Input) => input[Symbol.asyncIterator]().next(),
      (input: Input) => input.read(),
    ]) {
      const body = new RequestBody({ expected: 10 });
      body.push(bytes('abc'));
      body.end();
      expect(await text(body.input.read(3))).toBe('abc');
      for (const _turn of [1, 2]) {
        const error: unknown = await read(body.input).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(TsgiAbortError);
        expect(error).toMatchObject({
          name: 'AbortError',
          code: 'BODY_TRUNCATED',
          rule: 'R48',
          side: 'peer',
          statusHint: 400,
        });
      }
    }
  });

  it('R48: read() of a body cut short rejects: half a body is no body', async () => {
    const body = new RequestBody({ expected: 10 });
    const read = body.input.read();
    body.push(bytes('abc'));
    body.end();
    await expect(read).rejects.toBeInstanceOf(TsgiAbortError);
  });

  it('R48: a line that was cut short rejects', async () => {
    const body = new RequestBody({ expected: 10 });
    body.push(bytes('a\nbc'));
    body.end();
    expect(await text(body.input.readline())).toBe('a\n');
    await expect(body.input.readline()).rejects.toBeInstanceOf(TsgiAbortError);
  });

  it('R48: fail() lets what is queued be read, wakes a pending read, and comes once', async () => {
    const gone = new TsgiAbortError('gone');
    const body = new RequestBody();
    body.push(bytes('ab'));
    body.fail(gone);
    body.fail(new TsgiAbortError('again'));
    body.push(bytes('late'));
    body.end();
    expect(await text(body.input.read(9))).toBe('ab');
    await expect(body.input.read(9)).rejects.toBe(gone);
    const pending = new RequestBody();
    const read = pending.input.read(1);
    pending.fail(gone);
    await expect(read).rejects.toBe(gone);
  });

  it('R48: a body that is complete cannot fail any more', async () => {
    const body = new RequestBody({ expected: 2 });
    body.push(bytes('ab'));
    body.fail(new TsgiAbortError('gone'));
    expect(await text(body.input.read())).toBe('ab');
  });

  it('R53: more bytes than the limit are a 413, after those within it', async () => {
    const body = new RequestBody({ limit: 5 });
    body.push(bytes('abcde'));
    expect(await text(body.input.read(5))).toBe('abcde');
    body.push(bytes('f'));
    const error: unknown = await body.input.read(1).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TsgiError);
    expect(error).toMatchObject({ code: 'BODY_TOO_LARGE', side: 'peer', statusHint: 413 });
    expect(body.complete).toBe(true);
    expect(body.push(bytes('more'))).toBe(true);
  });

  it('R53: exactly the limit is no excess', async () => {
    const body = new RequestBody({ limit: 3 });
    body.push(bytes('abc'));
    body.end();
    expect(await text(body.input.read())).toBe('abc');
  });
});

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

describe('discard', () => {
  it('R53: what is kept is let go, and the rest is taken off the wire unseen', async () => {
    const body = new RequestBody();
    expect(body.push(new Uint8Array(100_000))).toBe(false);
    body.discard();
    expect(body.push(new Uint8Array(100_000))).toBe(true);
    expect(body.received).toBe(200_000);
    await expect(body.input.read()).rejects.toMatchObject({ code: 'RESPONSE_ENDED' });
  });

  it('R48: a body that came whole and was not read does not look empty afterwards', async () => {
    const body = new RequestBody({ expected: 3 });
    body.push(bytes('abc'));
    body.discard();
    await expect(body.input.read()).rejects.toBeInstanceOf(TsgiAbortError);
  });

  it('R45: a body that was read to its end stays at its end', async () => {
    const body = new RequestBody({ expected: 3 });
    body.push(bytes('abc'));
    await body.input.read();
    body.discard();
    expect(await text(body.input.read())).toBe('');
  });

  it('R48: a pending read is woken', async () => {
    const body = new RequestBody();
    const read = body.input.read();
    body.discard();
    await expect(read).rejects.toBeInstanceOf(TsgiAbortError);
  });

  it('R48: what the body had failed with stays', async () => {
    const gone = new TsgiAbortError('gone');
    const body = new RequestBody();
    body.push(bytes('never read'));
    body.fail(gone);
    body.discard();
    await expect(body.input.read()).rejects.toBe(gone);
  });
});

describe('the input that an application sees', () => {
  it('R43, R47: has the methods of the contract and nothing to close', () => {
    for (const input of [whole('a'), emptyInput]) {
      const names = new Set<PropertyKey>();
      for (
        let level: object | null = input;
        level !== null && level !== Object.prototype;
        level = Object.getPrototypeOf(level) as object | null
      ) {
        for (const name of Reflect.ownKeys(level)) names.add(name);
      }
      names.delete('constructor');
      expect(names).toEqual(new Set(['read', 'readline', 'readlines', Symbol.asyncIterator]));
    }
  });

  it('R45: the empty input is at its end, for everybody', async () => {
    expect(await text(emptyInput.read())).toBe('');
    expect(await text(emptyInput.read(10))).toBe('');
    expect(await text(emptyInput.readline())).toBe('');
    expect(await emptyInput.readlines()).toEqual([]);
    for await (const chunk of emptyInput) expect(chunk).toBeUndefined();
    expect(Object.isFrozen(emptyInput)).toBe(true);
  });
});

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
