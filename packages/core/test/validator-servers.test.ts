import { copyEnviron, type App, type Bytes, type Environ, type StartResponse } from '@tsgi/core';
import { callApp, testEnviron } from '@tsgi/core/testing';
import { validator, type Violation } from '@tsgi/core/validator';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { asApp, bytes, inputOf, plain, reads, serve } from './validator-driver.ts';

// Servers that are wrong in ways the catalogue's examples do not show.

type AsyncBody = AsyncIterable<Bytes> & { close(): unknown };
const start: StartResponse = () => async () => {};

function collect(app: App): { checked: App; rules: () => string[]; violations: Violation[] } {
  const violations: Violation[] = [];
  return {
    checked: validator(app, { onViolation: (found) => violations.push(found) }),
    violations,
    rules: () => violations.map((found) => found.rule),
  };
}

async function driven(drive: (body: AsyncBody, environ: Environ) => unknown, app: App = reads): Promise<string[]> {
  const { checked, rules, violations } = collect(app);
  const environ = testEnviron();
  await drive(checked(environ, start) as AsyncBody, environ);
  expect(violations.filter((found) => found.side !== 'server')).toEqual([]);
  return rules();
}

const runHooks = async (environ: Environ): Promise<void> => {
  for (const hook of environ['tsgi.after_response']) await hook();
};

describe('a server', () => {
  it('that closes twice', async () => {
    expect(
      await driven(async (body) => {
        for await (const chunk of body) void chunk;
        await body.close();
        await body.close();
      }),
    ).toEqual(['R15']);
  });

  it('that closes the iterator', async () => {
    expect(
      await driven(async (body) => {
        const iterator = body[Symbol.asyncIterator]() as AsyncIterator<Bytes> & { close(): void };
        iterator.close();
      }),
    ).toEqual(['R15']);
  });

  it('that asks on after the end', async () => {
    expect(
      await driven(async (body) => {
        const iterator = body[Symbol.asyncIterator]();
        for (let count = 0; count < 4; count++) await iterator.next();
        await body.close();
      }),
    ).toEqual(['R11']);
  });

  it('that asks on after close', async () => {
    expect(
      await driven(async (body) => {
        const iterator = body[Symbol.asyncIterator]();
        for (let count = 0; count < 3; count++) await iterator.next();
        await body.close();
        await iterator.next();
      }),
    ).toEqual(['R11']);
  });

  it('that returns the iterator after close', async () => {
    expect(
      await driven(async (body) => {
        const iterator = body[Symbol.asyncIterator]();
        await iterator.next();
        await body.close();
        await iterator.return?.();
      }),
    ).toEqual(['R98', 'R98']);
  });

  it('that runs tsgi.after_response before it closes', async () => {
    expect(
      await driven(async (body, environ) => {
        for await (const chunk of body) void chunk;
        await runHooks(environ);
        await body.close();
      }),
    ).toEqual(['R15', 'R98']);
  });

  it('that runs tsgi.after_response twice', async () => {
    expect(
      await driven(async (body, environ) => {
        for await (const chunk of body) void chunk;
        await body.close();
        await runHooks(environ);
        await runHooks(environ);
      }),
    ).toEqual(['R92']);
  });

  it('that closes the body of an early leaver rightly, or one that it never began, is let pass', async () => {
    expect(await driven((body) => body.close())).toEqual([]);
    expect(
      await driven(async (body) => {
        for await (const chunk of body) {
          void chunk;
          break;
        }
        await body.close();
      }),
    ).toEqual([]);
  });

  it('that forgets the body is found when the body is collected', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const { checked, rules } = collect(reads);
    // An environ of its own, for ours leads to the body while a request runs.
    (() => checked(testEnviron(), start))();
    for (let round = 0; round < 50 && rules().length === 0; round++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(rules()).toEqual(['R15']);
  });

  it('that starts a second request in a thread where it denies to', async () => {
    const gates: (() => void)[] = [];
    const app: App = async (_environ, startResponse) => {
      await new Promise<void>((resolve) => {
        gates.push(resolve);
      });
      startResponse('200 OK', plain);
      return [];
    };
    const { checked, rules } = collect(app);
    const environ = (): Environ => copyEnviron(testEnviron(), { 'tsgi.concurrent': false });
    const both = [serve(checked, environ()), serve(checked, environ())];
    for (const open of gates) open();
    await Promise.all(both);
    expect(rules()).toEqual(['R41']);
  });

  it('whose startResponse wraps a late excInfo', async () => {
    const app: App = function* (_environ, startResponse) {
      startResponse('200 OK', plain);
      yield bytes('so far');
      startResponse('500 Oops', plain, new Error('no database'));
    };
    const { checked, rules } = collect(app);
    let calls = 0;
    await serve(checked, testEnviron(), () => {
      if (calls++ > 0) throw new Error('wrapped');
      return async () => {};
    });
    expect(rules()).toEqual(['R72']);
  });

  it('whose startResponse gives no write, or a promise of one', async () => {
    const app: App = (_environ, startResponse) => {
      startResponse('200 OK', plain);
      return [];
    };
    const { checked, rules } = collect(app);
    await serve(checked, testEnviron(), (() => undefined) as never);
    await serve(checked, testEnviron(), (async () => async () => {}) as never);
    expect(rules()).toEqual(['R2', 'R2']);
  });

  it.each([
    ['decodes the path twice', { REQUEST_URI: '/100%2525', PATH_INFO: '/100%' }, 'R29'],
    ['leaves the question mark', { REQUEST_URI: '/??a', QUERY_STRING: '??a' }, 'R30'],
    ['forgets the target', { REQUEST_URI: '' }, 'R29'],
    ['ends the mount with a slash', { SCRIPT_NAME: '/app/' }, 'R26'],
    ['says http behind HTTPS=on', { HTTPS: 'On' }, 'R39'],
    ['gives IPv6 without brackets', { SERVER_NAME: '::1' }, 'R32'],
    ['leaves the port empty', { SERVER_PORT: '' }, 'R32'],
    ['lets Connection through', { HTTP_CONNECTION: 'close' }, 'R38'],
    ['counts lengths in the thousands of digits', { CONTENT_LENGTH: '9'.repeat(30) }, 'R31'],
    ['says a key is undefined', { REMOTE_USER: undefined }, 'R22'],
    ['makes up a tsgi. key', { 'tsgi.session': {} }, 'R22'],
    ['writes an extension in capitals', { 'Example.Session': {} }, 'R22'],
  ])('that %s', async (_name, changes, rule) => {
    const { checked, rules } = collect(
      asApp((_environ, startResponse) => {
        startResponse('200 OK', plain);
        return [];
      }),
    );
    await serve(checked, Object.assign(testEnviron(), changes));
    expect(rules()).toEqual([rule]);
  });

  it.each([
    ['a rewritten path', { REQUEST_URI: '/old', PATH_INFO: '/new' }],
    ['a path of bytes', { REQUEST_URI: '/%E4', PATH_INFO: '/\xe4' }],
    ['an encoded per cent', { REQUEST_URI: '/%2541', PATH_INFO: '/%41' }],
    ['a query that begins with a mark', { REQUEST_URI: '/??a', QUERY_STRING: '?a' }],
    ['an absolute target', { REQUEST_URI: 'http://example.com/a%20b', PATH_INFO: '/a b' }],
    ['a header without a value', { HTTP_X_EMPTY: '' }],
    ['an empty length', { CONTENT_LENGTH: '' }],
    ['names from a gateway', { constructor: 'x', toString: 'y' }],
    [
      'upgrade headers where an upgrade is offered',
      { 'tsgi.upgrade': () => {}, HTTP_CONNECTION: 'Upgrade', HTTP_UPGRADE: 'websocket' },
    ],
    ['an IPv6 host', { SERVER_NAME: '[::1]', HTTP_HOST: '[::1]:8000' }],
    ['a deployer’s own key', { 'example.session': {} }],
    ['https', { HTTPS: 'on', 'tsgi.url_scheme': 'https' }],
    ['a FastCGI role', { 'tsgi.fcgi_role': 'RESPONDER' }],
  ])('is let pass with %s', async (_name, changes) => {
    const { checked, violations } = collect(
      asApp((_environ, startResponse) => {
        startResponse('200 OK', plain);
        return [];
      }),
    );
    await serve(checked, Object.assign(testEnviron(), changes));
    expect(violations.map((found) => found.message)).toEqual([]);
  });
});

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
