import { TsgiError, type App } from '@tsgi/core';
import { callApp, testEnviron } from '@tsgi/core/testing';
import { TsgiViolationError, validator, violationText, type Violation } from '@tsgi/core/validator';
import { describe, expect, it } from 'vitest';
import { asApp, bytes, check, plain, reads, serve } from './validator-driver.ts';

const start = (): (() => Promise<void>) => async () => {};

function caught(action: () => unknown): TsgiViolationError {
  try {
    action();
  } catch (error) {
    if (error instanceof TsgiViolationError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('without onViolation', () => {
  it('throws an error where the fault is: in the call of startResponse', () => {
    let seen: unknown;
    const app: App = (_environ, startResponse) => {
      try {
        startResponse('200OK', plain);
      } catch (error) {
        seen = error;
        throw error;
      }
      return [];
    };
    const error = caught(() => validator(app)(testEnviron({ target: '/shop?x=1' }), start));
    expect(seen).toBe(error);
    expect(error).toBeInstanceOf(TsgiError);
    expect(error).toMatchObject({
      name: 'TsgiViolationError',
      code: 'CONTRACT_VIOLATION',
      rule: 'R56',
      side: 'app',
      severity: 'error',
      statusHint: 500,
      docs: 'docs/spec.md#r56',
      request: { method: 'GET', uri: '/shop?x=1' },
    });
    expect(error.message).toMatch(/^R56: status "200OK": expected .*\(docs\/spec\.md#r56\)$/);
    expect(error.violation.message).not.toContain('R56');
  });

  it('throws at the server where the fault is the server’s', () => {
    const error = caught(() => Reflect.apply(validator(reads), undefined, [testEnviron()]));
    expect(error).toMatchObject({ rule: 'R1', side: 'server' });
  });

  it('throws from next() where a chunk is wrong, and ends the application’s iterator itself', () => {
    let ended = false;
    const app = asApp(function* (_environ, startResponse) {
      startResponse('200 OK', plain);
      try {
        yield 'text';
      } finally {
        ended = true;
      }
    });
    const body = validator(app)(testEnviron(), start) as Iterable<Uint8Array>;
    expect(caught(() => body[Symbol.iterator]().next()).rule).toBe('R5');
    expect(ended).toBe(true);
  });

  it('rejects from next() of an asynchronous body', async () => {
    const app = asApp(async function* (_environ, startResponse) {
      startResponse('200 OK', plain);
      yield 'text';
    });
    const body = validator(app)(testEnviron(), start) as AsyncIterable<Uint8Array>;
    await expect(body[Symbol.asyncIterator]().next()).rejects.toMatchObject({ rule: 'R5' });
  });

  it('rejects a read, as every fault of a read does', async () => {
    let reading: Promise<unknown> | undefined;
    validator((environ, startResponse) => {
      reading = environ['tsgi.input'].read(-1);
      startResponse('200 OK', plain);
      return [];
    })(testEnviron(), start);
    await expect(reading).rejects.toMatchObject({ rule: 'R43' });
  });

  it.each([
    ['an array', (chunk: unknown): unknown => [chunk]],
    [
      'a generator',
      function* body(chunk: unknown): unknown {
        yield chunk;
      },
    ],
  ])('takes care of a rejected promise for a chunk in %s, which nobody will await', async (_name, bodyOf) => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): unknown => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const app = asApp((_environ, startResponse) => {
      startResponse('200 OK', plain);
      return bodyOf(Promise.reject(new Error('on purpose')));
    });
    const { status, errors } = await callApp(validator(app));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(status).toBe('500 Internal Server Error');
    expect(errors).toContain('R5');
    expect(unhandled).toEqual([]);
  });

  it('closes a body that the server never gets to see', () => {
    let closed = 0;
    const app = asApp(() =>
      Object.assign(['text'], {
        close() {
          closed++;
        },
      }),
    );
    expect(caught(() => validator(app)(testEnviron(), start)).rule).toBe('R6');
    expect(closed).toBe(1);
  });

  it('writes a warning to tsgi.errors and goes on', async () => {
    const app: App = (_environ, startResponse) => {
      startResponse('200 OK', []);
      return [bytes('hello')];
    };
    const { status, text, errors } = await callApp(validator(app), { target: '/page' });
    expect({ status, text }).toEqual({ status: '200 OK', text: 'hello' });
    expect(errors).toMatch(/^tsgi validator: R64 warning \(app\), GET \/page: .*\(docs\/spec\.md#r64\)\n$/);
  });

  it('lets an application that catches the error answer with excInfo', async () => {
    const app: App = (_environ, startResponse) => {
      try {
        startResponse('200OK', plain);
      } catch (error) {
        startResponse('500 Internal Server Error', plain, error);
      }
      return [bytes('sorry')];
    };
    expect(await callApp(validator(app))).toMatchObject({ status: '500 Internal Server Error', text: 'sorry' });
  });

  it('counts a call whose head was refused (R65, R70)', async () => {
    const app: App = (_environ, startResponse) => {
      try {
        startResponse('200OK', plain);
      } catch {
        startResponse('200 OK', plain);
      }
      return [];
    };
    const { errors } = await callApp(validator(app));
    expect(errors).toContain('R70');
  });
});

describe('with onViolation', () => {
  it('collects all violations of a request and throws none', async () => {
    const { rules, violations, response } = await check((environ, startResponse) => {
      startResponse('200 OK', [...plain, ['Content-Length', '3'], ['X-Two', 'a'], ['X-Two_', 'b']]);
      environ['tsgi.errors'].writelines('ab');
      return [bytes('he'), bytes('llo')];
    });
    expect(rules).toEqual(['R58', 'R55', 'R80']);
    expect(violations.map((violation) => violation.severity)).toEqual(['warning', 'warning', 'error']);
    expect(response.text).toBe('hel');
  });

  it('throws what the callback throws, at the place of the fault', () => {
    const reason = new Error('enough');
    const app = asApp((_environ, startResponse) => {
      expect(() => startResponse('200OK', plain)).toThrow(reason);
      throw reason;
    });
    const checked = validator(app, {
      onViolation() {
        throw reason;
      },
    });
    expect(() => checked(testEnviron(), start)).toThrow(reason);
  });

  it('says each lasting breach once', async () => {
    const { rules } = await check(function* (_environ, startResponse) {
      startResponse('200 OK', [['Content-Length', '1']]);
      for (let count = 0; count < 5; count++) yield bytes('ab');
    });
    expect(rules).toEqual(['R64', 'R80']);
  });

  it.each([
    ['before the body', (hooks: unknown[]): unknown => hooks.push('no function')],
    ['undefined', (hooks: unknown[]): unknown => hooks.push(undefined)],
    [
      'in the midst of others',
      (hooks: unknown[]): unknown =>
        hooks.push(
          () => {},
          null,
          () => {},
        ),
    ],
  ])('says once that tsgi.after_response holds no function: %s', async (_name, push) => {
    for (const early of [true, false]) {
      const { rules } = await check((environ, startResponse) => {
        startResponse('200 OK', plain);
        if (early) push(environ['tsgi.after_response']);
        return (function* body() {
          yield bytes('hello');
          if (!early) push(environ['tsgi.after_response']);
        })();
      });
      expect(rules).toEqual(['R92']);
    }
  });

  it('says that the next of an iterator is no function', async () => {
    const { rules } = await check((_environ, startResponse) => {
      startResponse('200 OK', plain);
      return { [Symbol.iterator]: () => ({ next: 5 }) };
    });
    expect(rules).toEqual(['R3']);
  });

  it('gives the request with every violation', async () => {
    const { violations } = await check(() => undefined, { method: 'POST', target: '/form', body: 'a=b' });
    const [violation] = violations;
    expect(violation?.request).toMatchObject({ method: 'POST', uri: '/form' });
    expect(violation?.request.environ.PATH_INFO).toBe('/form');
    expect(violation === undefined ? '' : violationText(violation)).toMatch(/^R3 error \(app\), POST \/form: /);
  });
});

describe('what is no application', () => {
  it.each([undefined, null, 'app', {}, []])('is refused at once: %s', (value) => {
    expect(() => validator(value as never)).toThrow(/R1: validator was given .*: expected an App/);
  });
});

describe('messages', () => {
  const message = async (...args: Parameters<typeof check>): Promise<string> =>
    (await check(...args)).violations[0]?.message ?? '';
  const returning = (value: unknown) => () => value;
  const yielding = (value: unknown) => (_environ: unknown, startResponse: (...args: unknown[]) => unknown) => {
    startResponse('200 OK', plain);
    return [value];
  };

  it.each([
    ['a forgotten return', returning(undefined), /undefined.*is a return missing\?/],
    ['a string', returning('hello'), /a string \("hello"\).*TextEncoder/],
    ['a Buffer', returning(Buffer.from('hello')), /a Buffer of 5 bytes.*\[bytes\]/],
    ['a generator function', returning(function* page() {}), /a function \(page\).*must be called/],
    ['a fetch Response', returning(new Response('hello')), /a Response.*adapter/],
    ['a triple', yielding(200), /a chunk is a number \(200\)/],
    ['a promise as a chunk', yielding(Promise.resolve(bytes('late'))), /a Promise.*await it/],
    ['shared memory', yielding(new Uint8Array(new SharedArrayBuffer(4))), /SharedArrayBuffer.*slice\(\)/],
    ['an ArrayBuffer', yielding(new ArrayBuffer(4)), /an ArrayBuffer of 4 bytes.*new Uint8Array\(buffer\)/],
    ['nothing as a chunk', yielding(undefined), /undefined.*empty Uint8Array/],
  ] as const)('name %s and say how to mend it', async (_name, app, expected) => {
    expect(await message(app)).toMatch(expected);
  });

  it.each([
    ['an object', { 'Content-Type': 'text/html' }, /Object\.entries/],
    ['fetch Headers', new Headers({ a: 'b' }), /\[\.\.\.headers\]/],
    ['a Map', new Map(), /\[\.\.\.headers\]/],
    ['a number as a value', [['Content-Length', 5]], /String\(value\)/],
    ['an array as a value', [['Set-Cookie', ['a=b', 'c=d']]], /repeat the pair/],
    ['a line break', [['X-Name', 'a\nb']], /U\+000A/],
    ['a colon in the name', [['X-Name:', 'a']], /U\+003A/],
  ])('name %s among the headers', async (_name, headers, expected) => {
    expect(
      await message((_environ, startResponse) => {
        startResponse('200 OK', headers);
        return [];
      }),
    ).toMatch(expected);
  });
});

describe('an environ that is none', () => {
  it.each([[undefined], ['environ'], [42]])('is reported, and handed on: %s', async (value) => {
    const violations: Violation[] = [];
    let given: unknown;
    const app = asApp((environ) => {
      given = environ;
      return [];
    });
    Reflect.apply(validator(app, { onViolation: (found) => violations.push(found) }), undefined, [value, start]);
    expect(violations.map((found) => found.rule)).toEqual(['R20']);
    expect(given).toBe(value);
  });

  it('does not keep a request with several faults from being served', async () => {
    const violations: Violation[] = [];
    const environ = Object.assign(Object.create(null), { REQUEST_METHOD: 'GET', SCRIPT_NAME: '/', PATH_INFO: '' });
    await serve(
      validator(
        asApp(() => []),
        { onViolation: (found) => violations.push(found) },
      ),
      environ,
    );
    expect(violations.filter((found) => found.rule === 'R21').length).toBe(17);
  });
});
