import type { App, Body, Bytes } from '@tsgi/core';
import { callApp, testEnviron } from '@tsgi/core/testing';
import { describe, expect, it } from 'vitest';
import { asApp, bytes, collect, plain } from './validator-driver.ts';

type Middleware = (app: App) => App;
type Iterator = AsyncIterator<Bytes> & { return(): Promise<unknown> };

const shapes: Readonly<Record<string, App>> = {
  generator: function* (_environ, startResponse) {
    startResponse('200 OK', plain);
    yield bytes('a');
    yield bytes('b');
  },
  'asynchronous generator': async function* (_environ, startResponse) {
    startResponse('200 OK', plain);
    yield bytes('a');
    yield bytes('b');
  },
  set: (_environ, startResponse) => {
    startResponse('200 OK', plain);
    return new Set([bytes('a'), bytes('b')]);
  },
  array: (_environ, startResponse) => {
    startResponse('200 OK', plain);
    return [bytes('a'), bytes('b')];
  },
  'array with close': (_environ, startResponse) => {
    startResponse('200 OK', plain);
    return Object.assign([bytes('a'), bytes('b')], { close() {} });
  },
};

async function drain(body: Body): Promise<Bytes[]> {
  const chunks: Bytes[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return chunks;
}

/** What two validators around a middleware say of R11, by who is at fault. */
async function between(middleware: Middleware, app: App): Promise<string[]> {
  const inner = collect(app);
  const outer = collect(middleware(inner.checked));
  await callApp(outer.checked);
  return [...inner.violations, ...outer.violations]
    .filter(({ rule }) => rule === 'R11')
    .map(({ severity, side }) => `${severity} ${side}`);
}

describe('R11: a middleware goes through the inner body once', () => {
  const twice: Middleware = (app) => async (environ, startResponse) => {
    const body = await app(environ, startResponse);
    const chunks = [...(await drain(body)), ...(await drain(body))];
    await body.close?.();
    return chunks;
  };

  it.each(Object.keys(shapes).filter((name) => !name.startsWith('array')))('twice is an error: %s', async (name) => {
    expect(await between(twice, shapes[name] as App)).toContain('error middleware');
  });

  it.each(['array', 'array with close'])('twice is a warning: %s', async (name) => {
    expect(await between(twice, shapes[name] as App)).toEqual(['warning middleware']);
  });

  it.each(Object.keys(shapes))('once, and a body of its own, is right: %s', async (name) => {
    const once: Middleware = (app) => async (environ, startResponse) => {
      const body = await app(environ, startResponse);
      const chunks = await drain(body);
      await body.close?.();
      return chunks;
    };
    expect(await between(once, shapes[name] as App)).toEqual([]);
  });

  it.each(['array', 'array with close'])('R9: to count the bytes of an %s that is handed on is right', async (name) => {
    const counts: Middleware = (app) => async (environ, startResponse) => {
      const body = await app(environ, startResponse);
      let length = 0;
      if (Array.isArray(body)) for (const chunk of body as Bytes[]) length += chunk.byteLength;
      expect(length).toBe(2);
      return body;
    };
    expect(await between(counts, shapes[name] as App)).toEqual([]);
  });

  it.each(['array', 'array with close'])('an %s is an array of its chunks still', async (name) => {
    const seen: unknown[] = [];
    const looks: Middleware = (app) => (environ, startResponse) => {
      const body = app(environ, startResponse) as Bytes[] & { close?(): void };
      seen.push(
        Array.isArray(body),
        body.length,
        Object.keys(body).filter((key) => key !== 'close'),
        typeof body.close,
      );
      body.push(bytes('c'));
      return body;
    };
    const inner = collect(shapes[name] as App);
    const { text } = await callApp(collect(looks(inner.checked)).checked);
    expect([text, seen]).toEqual(['abc', [true, 2, ['0', '1'], name === 'array' ? 'undefined' : 'function']]);
  });

  it('a server that goes through a body twice is at fault itself', async () => {
    const { checked, violations } = collect(shapes.set as App);
    const body = (await checked(testEnviron(), () => async () => {})) as Body;
    await drain(body);
    await drain(body);
    expect(
      violations.filter(({ severity }) => severity === 'error').map(({ rule, side }) => `${rule} ${side}`),
    ).toEqual(['R11 server']);
  });
});

describe('R11: next() after the end', () => {
  async function iterating(deed: (iterator: Iterator) => Promise<unknown>): Promise<string[]> {
    const { checked, violations } = collect(shapes['asynchronous generator'] as App);
    const body = (await checked(testEnviron(), () => async () => {})) as AsyncIterable<Bytes>;
    await deed(body[Symbol.asyncIterator]() as Iterator);
    return violations.map(({ rule, severity, side }) => `${rule} ${severity} ${side}`);
  }

  it('after return() is an error', async () => {
    expect(
      await iterating(async (iterator) => {
        await iterator.next();
        await iterator.return();
        await iterator.next();
      }),
    ).toEqual(['R11 error server']);
  });

  it('after the last chunk is a warning', async () => {
    expect(
      await iterating(async (iterator) => {
        for (let round = 0; round < 4; round++) await iterator.next();
      }),
    ).toEqual(['R11 warning server']);
  });

  it('return() after the last chunk is nobody’s fault', async () => {
    expect(
      await iterating(async (iterator) => {
        for (let round = 0; round < 3; round++) await iterator.next();
        await iterator.return();
      }),
    ).toEqual([]);
  });
});

describe('R15: a close() that fails', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('in close');
      },
      'threw',
    ],
    ['rejects', () => Promise.reject(new Error('in close')), 'rejected with'],
    [
      'gives a thenable that rejects',
      () => ({ then: (_: unknown, no: (error: Error) => void) => no(new Error('in close')) }),
      'rejected with',
    ],
  ] as const)('is a warning, and nothing more: it %s', async (_name, close, how) => {
    for (const made of [
      () => Object.assign([bytes('a'), bytes('b')], { close }),
      () => ({
        *[Symbol.iterator]() {
          yield bytes('ab');
        },
        close,
      }),
    ]) {
      const { checked, violations } = collect(
        asApp((_environ, startResponse) => {
          startResponse('200 OK', plain);
          return made();
        }),
      );
      const { text, complete, errors } = await callApp(checked);
      expect([text, complete]).toEqual(['ab', true]);
      expect(errors).toContain('in close');
      expect(violations.map(({ rule, severity, side }) => `${rule} ${severity} ${side}`)).toEqual(['R15 warning app']);
      expect(violations[0]?.message).toContain(`${how} an Error`);
    }
  });

  it('is a warning, whatever it rejects with: a revoked proxy ends no process', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const stray: unknown[] = [];
    const note = (reason: unknown): void => void stray.push(reason);
    process.on('unhandledRejection', note);
    const { checked, violations } = collect(
      asApp((_environ, startResponse) => {
        startResponse('200 OK', plain);
        // oxlint-disable-next-line prefer-promise-reject-errors
        return Object.assign([bytes('a')], { close: () => Promise.reject(proxy) });
      }),
    );
    await callApp(checked);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(stray).toEqual([]);
    expect(violations.map(({ message }) => message)[0]).toContain('rejected with an object that cannot be looked at');
  });

  it.each([
    ['returns', () => {}],
    ['resolves', async () => {}],
  ] as const)('one that %s is right', async (_name, close) => {
    const { checked, violations } = collect(
      asApp((_environ, startResponse) => {
        startResponse('200 OK', plain);
        return Object.assign([bytes('a')], { close });
      }),
    );
    await callApp(checked);
    expect(violations).toEqual([]);
  });
});
