import { TsgiAbortError, type Input } from '@tsgi/core';
import { describe, expect, it } from 'vitest';
import { emptyInput, RequestBody } from '../src/server.ts';
import { text, texts, whole } from './arrived-body.ts';
import { bytes, settle, shown } from './scripted-writer.ts';

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
    for await (const chunk of whole('a\nb', 'c\n', 'd', 'e', 'f', 'g')) chunks.push(shown(chunk));
    // What waits behind the first few is joined: small pieces would cost more than their bytes.
    expect(chunks).toEqual(['a\nb', 'c\n', 'd', 'e', 'fg']);
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

  it('R54: a step of an iteration overlaps with what comes beside it, even when the bytes are there', async () => {
    const besides: ((input: Input) => Promise<unknown>)[] = [
      (input) => input.read(),
      (input) => input.read(1),
      (input) => input.readline(),
      (input) => input.readlines(),
      (input) => input[Symbol.asyncIterator]().next(),
    ];
    for (const beside of besides) {
      const input = whole('ab', 'cd');
      const both = await Promise.allSettled([input[Symbol.asyncIterator]().next(), beside(input)]);
      expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
      expect(await text(input.read())).toBe('cd');
    }
    const iterator = whole('ab', 'cd')[Symbol.asyncIterator]();
    const both = await Promise.allSettled([iterator.next(), iterator.next()]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await iterator.next()).toEqual({ done: false, value: bytes('cd') });
  });

  it('R54: a step that failed does not block the next one', async () => {
    const body = new RequestBody();
    body.push(bytes('ab'));
    body.fail(new TsgiAbortError('gone'));
    const iterator = body.input[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: bytes('ab') });
    for (const _time of [1, 2]) await expect(iterator.next()).rejects.toMatchObject({ code: 'PEER_GONE' });
    await expect(body.input.read()).rejects.toMatchObject({ code: 'PEER_GONE' });
  });

  it('R54: two reads of all overlap too when all is there, and one after the other they do not', async () => {
    const input = whole('abc');
    const both = await Promise.allSettled([input.read(), input.read()]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await text(input.read())).toBe('');
    expect(await text(input.read(1))).toBe('');
  });

  it('R54: a read that failed does not block the next one', async () => {
    const input = whole('abc');
    await expect(input.read(-1)).rejects.toThrow(RangeError);
    expect(await text(input.read())).toBe('abc');
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
