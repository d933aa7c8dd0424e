import { copyEnviron, type App, type Bytes, type Environ, type StartResponse } from '@tsgi/core';
import { testEnviron } from '@tsgi/core/testing';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { asApp, bytes, collect, plain, reads, serve } from './validator-driver.ts';

// Servers that are wrong in ways the catalogue's examples do not show.

type AsyncBody = AsyncIterable<Bytes> & { close(): unknown };
const start: StartResponse = () => async () => {};

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

  it('whose tsgi.after_response is no array, whether the application looks at it or not', () => {
    const looks: App = (environ, startResponse) => {
      void environ['tsgi.after_response'];
      return reads(environ, startResponse);
    };
    for (const app of [reads, looks]) {
      for (const hooks of [{}, null, 5]) {
        const { checked, rules } = collect(app);
        checked(Object.assign(testEnviron(), { 'tsgi.after_response': hooks }), start);
        expect(rules()).toEqual(['R92']);
      }
    }
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
    ['decodes the query', { REQUEST_URI: '/?a=b%26c', QUERY_STRING: 'a=b&c' }, 'R30'],
    ['leaves the question mark', { REQUEST_URI: '/??a', QUERY_STRING: '??a' }, 'R30'],
    ['forgets the target', { REQUEST_URI: '' }, 'R29'],
    ['ends the mount with a slash', { SCRIPT_NAME: '/app/' }, 'R26'],
    ['says http behind HTTPS=on', { HTTPS: 'On' }, 'R39'],
    ['gives IPv6 without brackets', { SERVER_NAME: '::1' }, 'R32'],
    ['leaves the port empty', { SERVER_PORT: '' }, 'R32'],
    ['lets Connection through', { HTTP_CONNECTION: 'close' }, 'R38'],
    ['counts lengths in the thousands of digits', { CONTENT_LENGTH: '9'.repeat(30) }, 'R31'],
    ['says that no body comes and how long it is', { CONTENT_LENGTH: '5' }, 'R104'],
    ['says that a body comes and has no bytes', { CONTENT_LENGTH: '0', 'tsgi.has_body': true }, 'R104'],
    ['has a number for whether a body comes', { 'tsgi.has_body': 1 }, 'R104'],
    ['has no function to send a head with', { 'tsgi.send_head': true }, 'R103'],
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
