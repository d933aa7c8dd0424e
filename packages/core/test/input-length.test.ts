import { describe, expect, it } from 'vitest';
import { TsgiAbortError, TsgiError, type Input } from '../src/index.ts';
import { RequestBody } from '../src/server.ts';
import { text } from './arrived-body.ts';
import { bytes } from './scripted-writer.ts';

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

  it('R45: what comes beyond the expected length is no excess over the limit', async () => {
    const body = new RequestBody({ expected: 3, limit: 5 });
    body.push(bytes('abc and more'));
    expect(await text(body.input.read())).toBe('abc');
  });

  it('R53: exactly the limit is no excess', async () => {
    const body = new RequestBody({ limit: 3 });
    body.push(bytes('abc'));
    body.end();
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
