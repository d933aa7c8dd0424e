import type { App, Environ } from '@tsgi/core';
import { callApp, testEnviron } from '@tsgi/core/testing';
import { describe, expect, it } from 'vitest';
import { bytes, collect, inputOf, plain, serve } from './validator-driver.ts';

describe('an input', () => {
  const reading =
    (read: (input: Environ['tsgi.input']) => Promise<unknown>): App =>
    async (environ, startResponse) => {
      try {
        await read(environ['tsgi.input']);
      } catch {
        // What a wrong input throws is not the question.
      }
      startResponse('200 OK', plain);
      return [];
    };
  const rulesOf = async (
    changes: Record<string, unknown>,
    read: (input: Environ['tsgi.input']) => Promise<unknown>,
  ): Promise<string[]> => {
    const { checked, rules } = collect(reading(read));
    await serve(checked, Object.assign(testEnviron(), changes));
    return rules();
  };

  it('that gives more than was asked for', async () => {
    expect(await rulesOf({ 'tsgi.input': inputOf(['hello']) }, (input) => input.read(2))).toEqual(['R46']);
  });

  it('that gives two lines as one', async () => {
    expect(await rulesOf({ 'tsgi.input': inputOf(['one\ntwo\n']) }, (input) => input.readline())).toEqual(['R46']);
  });

  it('that gives two lines as one of its lines', async () => {
    expect(await rulesOf({ 'tsgi.input': inputOf(['one\n', 'two\nthree']) }, (input) => input.readlines())).toEqual([
      'R46',
    ]);
  });

  it('that answers without a promise', async () => {
    const input = Object.assign(inputOf([]), { read: () => bytes('hello') });
    expect(await rulesOf({ 'tsgi.input': input }, (given) => given.read())).toEqual(['R46']);
  });

  it('that goes on after its end', async () => {
    expect(
      await rulesOf({ 'tsgi.input': inputOf(['one', '', 'two']) }, async (input) => {
        for (let count = 0; count < 3; count++) await input.read(10);
      }),
    ).toEqual(['R45']);
  });

  it.each([
    [
      'iteration',
      async (input: Environ['tsgi.input']) => {
        for await (const chunk of input) void chunk;
      },
    ],
    ['readlines', (input: Environ['tsgi.input']) => input.readlines()],
    ['read', (input: Environ['tsgi.input']) => input.read()],
  ])('that is cut short without a word, under %s', async (_name, read) => {
    expect(await rulesOf({ 'tsgi.input': inputOf(['half']), CONTENT_LENGTH: '8' }, read)).toEqual(['R48']);
  });

  it('with methods of its own: they are reported when they are called, and work', async () => {
    let piped = false;
    const input = Object.assign(inputOf([]), {
      pipe() {
        piped = true;
      },
    });
    const read = async (given: Environ['tsgi.input']): Promise<void> => (given as unknown as { pipe(): void }).pipe();
    expect(await rulesOf({ 'tsgi.input': input }, read)).toEqual(['R43']);
    expect(piped).toBe(true);
  });

  it('is let alone by feature detection', async () => {
    const detect = async (input: Environ['tsgi.input']): Promise<void> => {
      const like = input as unknown as Record<string, unknown>;
      expect([like.pipe, like.getReader, like.on, like.then]).toEqual([undefined, undefined, undefined, undefined]);
    };
    expect(await rulesOf({}, detect)).toEqual([]);
  });

  it('can be given to a Response', async () => {
    const { checked, rules } = collect(async (environ, startResponse) => {
      const text = await new Response(environ['tsgi.input'] as never).text();
      startResponse('200 OK', plain);
      return [bytes(text)];
    });
    expect((await callApp(checked, { method: 'POST', body: 'hello' })).text).toBe('hello');
    expect(rules()).toEqual([]);
  });

  it('that is read while an iteration is pending', async () => {
    const { checked, rules } = collect(
      reading(async (input) => {
        const iterator = input[Symbol.asyncIterator]();
        await Promise.allSettled([iterator.next(), input.read()]);
      }),
    );
    await callApp(checked, { method: 'POST', body: 'hello' });
    expect(rules()).toEqual(['R54']);
  });
});
