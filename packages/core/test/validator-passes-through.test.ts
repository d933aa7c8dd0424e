import { FileWrapper, TsgiAbortError, type App, type Bytes } from '@tsgi/core';
import { Exchange } from '@tsgi/core/server';
import { callApp, testEnviron } from '@tsgi/core/testing';
import { validator, violationText } from '@tsgi/core/validator';
import { describe, expect, it } from 'vitest';
import { asApp, bytes, check, collect, plain, type AnyApp } from './validator-driver.ts';
import { TracingWriter } from './validator-scripts.ts';

describe('what passes through the validator', () => {
  const call = (app: App): unknown => validator(app)(testEnviron(), () => async () => {});

  it('stays the same array', () => {
    const array = [bytes('hello')];
    expect(
      call((_environ, startResponse) => {
        startResponse('200 OK', plain);
        return array;
      }),
    ).toBe(array);
  });

  it('stays an array where the array has a close, which is called on the original', () => {
    const closed: unknown[] = [];
    const array = Object.assign([bytes('hello')], {
      close() {
        closed.push(this);
      },
    });
    const body = call((_environ, startResponse) => {
      startResponse('200 OK', plain);
      return array;
    }) as typeof array;
    expect(Array.isArray(body)).toBe(true);
    expect([...body]).toEqual([...array]);
    body.close();
    expect(closed).toEqual([array]);
    expect(closed[0]).toBe(array);
  });

  it('stays the file wrapper that the server knows by its class', () => {
    const file = new FileWrapper({ read: async () => null });
    expect(
      call((_environ, startResponse) => {
        startResponse('200 OK', plain);
        return file;
      }),
    ).toBe(file);
  });

  it('R74: stays the excInfo that cannot be looked at, which is a warning and no error', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const given: unknown[] = [];
    const messages: string[] = [];
    const app: App = (_environ, startResponse) => {
      startResponse('500 Internal Server Error', plain, proxy);
      return [bytes('hello')];
    };
    const guarded = validator(app, { onViolation: (violation) => messages.push(violationText(violation)) });
    void guarded(testEnviron(), (...args) => {
      given.push(args[2]);
      return async () => {};
    });
    expect(given.length).toBe(1);
    expect(given[0] === proxy).toBe(true);
    expect(messages).toEqual([expect.stringMatching(/^R74 warning .*cannot be looked at/)]);
  });

  it('is as synchronous as it was', () => {
    const body = call(function* (_environ, startResponse) {
      startResponse('200 OK', plain);
      yield bytes('hello');
    }) as Iterable<Bytes>;
    expect(Symbol.asyncIterator in body).toBe(false);
    expect([...body].map((chunk) => new TextDecoder().decode(chunk))).toEqual(['hello']);
  });

  it('has a return where it had one, and none where it had none', () => {
    const withNone = { next: () => ({ done: true as const, value: undefined }) };
    const bare = call(() => ({ [Symbol.iterator]: () => withNone })) as Iterable<Bytes>;
    expect(bare[Symbol.iterator]()).not.toHaveProperty('return');
    const generator = call(function* () {
      yield bytes('hello');
    }) as Iterable<Bytes>;
    expect(generator[Symbol.iterator]()).toHaveProperty('return');
  });

  it('asks for nothing ahead', () => {
    let asked = 0;
    const body = call((_environ, startResponse) => ({
      *[Symbol.iterator]() {
        startResponse('200 OK', plain);
        for (;;) {
          asked++;
          yield bytes('hello');
        }
      },
    })) as Iterable<Bytes>;
    expect(asked).toBe(0);
    const iterator = body[Symbol.iterator]();
    expect(asked).toBe(0);
    iterator.next();
    expect(asked).toBe(1);
  });

  it('gives the promise of the server’s own write', () => {
    const accepted = Promise.resolve();
    let given: unknown;
    validator((_environ, startResponse) => {
      given = startResponse('200 OK', plain)(bytes('hello'));
      return [];
    })(testEnviron(), () => () => accepted);
    expect(given).toBe(accepted);
  });

  it('lets an error of the application through, the same object', async () => {
    const reason = new Error('no database');
    const fails: App = () => {
      throw reason;
    };
    expect(() => call(fails)).toThrow(reason);
    await expect(call(async () => Promise.reject(reason))).rejects.toBe(reason);
  });
});

describe('what is allowed and rare', () => {
  /** As little of a promise as `await` takes: its `then` gives nothing. */
  const thenable = (
    settle: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void,
  ): unknown => ({
    then: (resolve: () => void, reject: () => void) => {
      settle(resolve, reject);
    },
  });

  const answer = async (app: AnyApp): Promise<unknown[]> => {
    const { rules, response } = await check(app);
    const bare = await callApp(asApp(app));
    expect(response).toEqual(bare);
    return [rules, response.text, response.complete];
  };

  it('a thenable for a body, that of another one, and one that answers twice', async () => {
    const body = [bytes('hello')];
    for (const promised of [
      thenable((resolve) => resolve(body)),
      thenable((resolve) => setImmediate(resolve, body)),
      thenable((resolve) => resolve(thenable((again) => again(body)))),
      thenable((resolve, reject) => {
        resolve(body);
        reject(new Error('too late'));
        resolve([]);
      }),
    ]) {
      const app: AnyApp = (_environ, startResponse) => {
        startResponse('200 OK', plain);
        return promised;
      };
      expect(await answer(app)).toEqual([[], 'hello', true]);
    }
  });

  it('thenables from next() and close()', async () => {
    const closed: string[] = [];
    const app: AnyApp = (_environ, startResponse) => {
      startResponse('200 OK', plain);
      let step = 0;
      return {
        [Symbol.asyncIterator]: () => ({
          next: () => thenable((resolve) => resolve(step++ < 2 ? { value: bytes(`${step}`) } : { done: true })),
        }),
        close: () =>
          thenable((resolve) => {
            setImmediate(() => {
              closed.push('closed');
              resolve(undefined);
            });
          }),
      };
    };
    expect(await answer(app)).toEqual([[], '12', true]);
    expect(closed).toEqual(['closed', 'closed']);
    const middleware: AnyApp = (environ, startResponse) => collect(asApp(app)).checked(environ, startResponse as never);
    await answer(middleware);
    expect(closed).toHaveLength(4);
  });

  it('a last step that is done in another word than true', async () => {
    for (const done of [1, 'yes', {}]) {
      const app: AnyApp = (_environ, startResponse) => {
        startResponse('200 OK', plain);
        let steps = 0;
        return {
          [Symbol.iterator]: () => ({ next: () => (steps++ < 1 ? { value: bytes('hello'), done: 0 } : { done }) }),
        };
      };
      expect(await answer(app)).toEqual([[], 'hello', true]);
    }
  });
});

describe('tsgi.signal under the validator', () => {
  it('is not asked for unless the application asks', async () => {
    let asked = 0;
    const environ = testEnviron();
    Object.defineProperty(environ, 'tsgi.signal', {
      get() {
        asked++;
        return new AbortController().signal;
      },
      enumerable: true,
      configurable: true,
    });
    const app: App = async function* (inner, startResponse) {
      startResponse('200 OK', plain);
      yield bytes(await inner['tsgi.input'].read().then((body) => String(body.length)));
    };
    const body = validator(validator(app))(environ, () => async () => {}) as AsyncIterable<Bytes> & { close(): void };
    for await (const chunk of body) void chunk;
    body.close();
    expect(asked).toBe(0);
  });

  it('is the server’s own', async () => {
    const environ = testEnviron();
    let seen: unknown;
    validator((inner, startResponse) => {
      seen = inner['tsgi.signal'];
      startResponse('200 OK', plain);
      return [];
    })(environ, () => async () => {});
    expect(seen).toBe(environ['tsgi.signal']);
  });

  it('excuses an application that ends early because the peer has gone', async () => {
    const violations: string[] = [];
    const trace: string[] = [];
    let exchange: Exchange | undefined;
    const app: App = async function* (environ, startResponse) {
      startResponse('200 OK', [...plain, ['Content-Length', '100']]);
      yield bytes('so far');
      exchange?.abort(new TsgiAbortError('gone'));
      if (environ['tsgi.signal'].aborted) return;
      yield bytes('never');
    };
    await new Promise<void>((resolve) => {
      const checked = validator(app, { onViolation: (found) => violations.push(violationText(found)) });
      exchange = new Exchange(checked, testEnviron(), new TracingWriter(trace, resolve));
      exchange.run();
    });
    expect(violations).toEqual([]);
    expect(trace.at(-1)).toBe('finished');
  });
});
