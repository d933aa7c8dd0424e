import type { App, Bytes } from '@tsgi/core';
import { testEnviron } from '@tsgi/core/testing';
import { validator, type Violation } from '@tsgi/core/validator';
import { describe, expect, it } from 'vitest';
import { check, plain, type AnyApp } from './validator-driver.ts';

const rulesOf = async (app: AnyApp): Promise<string[]> => (await check(app)).rules;

/** An application that fills its buffers again, `count` of them in turn. */
function refilling(size: number, count: number): AnyApp {
  return function* (_environ, startResponse) {
    startResponse('200 OK', plain);
    const buffers = Array.from({ length: count }, () => new Uint8Array(size));
    for (let round = 0; round < 6; round++) yield buffers[round % count]?.fill(round);
  };
}

describe('a chunk that was handed over (R99)', () => {
  it.each([
    [1, 1],
    [64, 1],
    [65_536, 1],
    [1_000_000, 1],
    [64, 2],
  ])('is found when its buffer of %i bytes is one of %i that are filled again', async (size, count) => {
    expect(await rulesOf(refilling(size, count))).toEqual(['R99']);
  });

  it('is found when it changes while the server holds it', async () => {
    const violations: Violation[] = [];
    const buffer = new Uint8Array(8);
    const app: App = function* (_environ, startResponse) {
      startResponse('200 OK', plain);
      yield buffer;
    };
    const body = validator(app, { onViolation: (found) => violations.push(found) })(
      testEnviron(),
      () => async () => {},
    );
    const iterator = (body as Iterable<Bytes>)[Symbol.iterator]();
    iterator.next();
    buffer.fill(1);
    iterator.next();
    expect(violations.map((found) => found.rule)).toEqual(['R99']);
  });

  it('is found when it was written and is written again', async () => {
    expect(
      await rulesOf((_environ, startResponse) => {
        const write = startResponse('200 OK', plain);
        const buffer = new Uint8Array(8);
        void write(buffer);
        void write(buffer.fill(1));
        return [];
      }),
    ).toEqual(['R99']);
  });

  it('may be handed over twice, unchanged', async () => {
    const buffer = new Uint8Array(8);
    expect(
      await rulesOf(function* (_environ, startResponse) {
        startResponse('200 OK', plain);
        yield buffer;
        yield buffer;
      }),
    ).toEqual([]);
  });

  it('may be changed in place by a middleware between two validators, and transferred by a server', async () => {
    const violations: Violation[] = [];
    const collect = { onViolation: (found: Violation) => violations.push(found) };
    const app: App = function* (_environ, startResponse) {
      startResponse('200 OK', plain);
      for (let round = 0; round < 3; round++) yield new Uint8Array(8);
    };
    const inner = validator(app, collect);
    const inPlace: App = function* (environ, startResponse) {
      const body = inner(environ, startResponse) as Iterable<Bytes> & { close(): void };
      for (const chunk of body) yield chunk.fill(7);
      body.close();
    };
    const body = validator(inPlace, collect)(testEnviron(), () => async () => {}) as Iterable<Bytes> & {
      close(): void;
    };
    for (const chunk of body) structuredClone(chunk, { transfer: [chunk.buffer as ArrayBuffer] });
    body.close();
    expect(violations.map((found) => found.rule)).toEqual([]);
  });
});
