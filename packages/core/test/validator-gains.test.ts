import { copyEnviron, type Input } from '@tsgi/core';
import { emptyInput } from '@tsgi/core/server';
import { callApp, testEnviron } from '@tsgi/core/testing';
import { describe, expect, it } from 'vitest';
import { asApp, bytes, check, collect, plain, reads, serve } from './validator-driver.ts';

describe('tsgi.send_head under the validator', () => {
  it('R103: sends the head, and is silent about it', async () => {
    const { checked, rules } = collect((environ, startResponse) => {
      startResponse('200 OK', plain);
      environ['tsgi.send_head']?.(startResponse);
      return [bytes('a')];
    });
    // Two of them, as around a middleware.
    const { text } = await callApp(collect(checked).checked);
    expect([text, rules()]).toEqual(['a', []]);
  });

  it('R72: a server that takes excInfo after it is at fault', async () => {
    const { checked, rules } = collect((environ, startResponse) => {
      startResponse('200 OK', plain);
      environ['tsgi.send_head']?.(startResponse);
      startResponse('500 Internal Server Error', plain, new Error('too late'));
      return [];
    });
    const environ = copyEnviron(testEnviron(), { 'tsgi.send_head': () => {} });
    await serve(checked, environ, () => async () => {});
    expect(rules()).toEqual(['R72']);
  });

  it.each([
    ['without a head', [] as unknown[], false],
    ['with nothing', [] as unknown[], true],
    ['with two arguments', [() => {}, 1], true],
  ])('R103: an application that calls it %s is at fault', async (_name, args, starts) => {
    const { violations } = await check(
      asApp((environ, startResponse) => {
        if (starts) startResponse('200 OK', plain);
        const given = starts ? args : [startResponse];
        try {
          Reflect.apply(environ['tsgi.send_head'] as () => void, undefined, given);
        } catch {
          // The server refuses it too.
        }
        if (!starts) startResponse('200 OK', plain);
        return [];
      }),
    );
    expect(violations.map(({ rule, side }) => `${rule} ${side}`)).toEqual(['R103 app']);
  });
});

describe('tsgi.has_body under the validator', () => {
  it('R104: bytes that come where none were said to are a fault of the server', async () => {
    const { checked, violations } = collect(reads);
    let left = 1;
    const input: Input = { ...emptyInput, read: async () => bytes('x'.repeat(left-- > 0 ? 1 : 0)) };
    await serve(checked, copyEnviron(testEnviron(), { 'tsgi.input': input, 'tsgi.has_body': false }));
    expect(violations.map(({ rule, side }) => `${rule} ${side}`)).toEqual(['R104 server']);
  });

  it('R104: a body of unknown length that is empty is none', async () => {
    const { checked, rules } = collect(reads);
    await serve(checked, copyEnviron(testEnviron(), { 'tsgi.input': { ...emptyInput }, 'tsgi.has_body': true }));
    expect(rules()).toEqual([]);
  });
});
