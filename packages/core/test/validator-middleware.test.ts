import { copyEnviron, type App, type Environ, type Header } from '@tsgi/core';
import { callApp } from '@tsgi/core/testing';
import { validator, type Violation } from '@tsgi/core/validator';
import { describe, expect, it } from 'vitest';
import { asApp, bytes, plain, type AnyApp } from './validator-driver.ts';

type Middleware = (app: App) => App;

/** What the validator around the middleware and the one inside of it report. */
async function between(middleware: Middleware, app: AnyApp = right): Promise<{ outer: string[]; inner: string[] }> {
  const outer: Violation[] = [];
  const inner: Violation[] = [];
  const wrapped = validator(asApp(app), { onViolation: (found) => inner.push(found) });
  await callApp(validator(middleware(wrapped), { onViolation: (found) => outer.push(found) }));
  const shown = (found: Violation): string => `${found.rule} ${found.side}`;
  return { outer: outer.map(shown), inner: inner.map(shown) };
}

const right: AnyApp = async function* (_environ, startResponse) {
  startResponse('200 OK', plain);
  yield bytes('hello ');
  yield bytes('world');
};

const through: Middleware = (app) => (environ, startResponse) => app(environ, startResponse);

const silent = { outer: [], inner: [] };

describe('two validators around a middleware', () => {
  it('are silent when all three are right', async () => {
    const adds: Middleware = (app) => (environ, startResponse) =>
      app(copyEnviron(environ, { 'example.user': 'ada' }), (status, headers, excInfo) =>
        startResponse(status, [...headers, ['X-Served-By', 'example']], excInfo),
      );
    const louder: Middleware = (app) => async (environ, startResponse) => {
      const body = await app(environ, startResponse);
      return {
        async *[Symbol.asyncIterator]() {
          for await (const chunk of body) yield bytes(new TextDecoder().decode(chunk).toUpperCase());
        },
        close: () => body.close?.(),
      };
    };
    for (const middleware of [through, adds, louder, (app: App) => adds(louder(app))]) {
      expect(await between(middleware)).toEqual(silent);
    }
  });

  it('are silent about a middleware that answers by itself, or calls the application twice', async () => {
    const answers: Middleware = () => (_environ, startResponse) => {
      startResponse('404 Not Found', plain);
      return [bytes('no such page')];
    };
    const retries: Middleware = (app) => async (environ, startResponse) => {
      const first = await app(environ, () => async () => {});
      await first.close?.();
      return app(environ, startResponse);
    };
    expect(await between(answers)).toEqual(silent);
    expect(await between(retries)).toEqual(silent);
  });

  it('are silent about a middleware that holds the response back and swallows excInfo (R76)', async () => {
    const buffers: Middleware = (app) => async (environ, startResponse) => {
      let head: [string, Header[]] | undefined;
      const body = await app(environ, (status, headers) => {
        head = [status, headers];
        return async () => {};
      });
      return {
        async *[Symbol.asyncIterator]() {
          const chunks = [];
          for await (const chunk of body) {
            chunks.push(chunk);
            // R13, and R6: the head is stored before the first chunk.
            if (head !== undefined && chunks.length === 1) startResponse(...head);
            yield new Uint8Array(0);
          }
          if (head !== undefined) startResponse(...head, new Error('the last head counts'));
          yield* chunks;
        },
        close: () => body.close?.(),
      };
    };
    const fails: AnyApp = async function* (_environ, startResponse) {
      startResponse('200 OK', plain);
      yield bytes('so far');
      startResponse('500 Internal Server Error', plain, new Error('no database'));
      yield bytes('sorry');
    };
    expect(await between(buffers, fails)).toEqual(silent);
  });

  it('both see a fault of the application on their application side', async () => {
    const wrong: AnyApp = (_environ, startResponse) => {
      startResponse('200 OK', plain);
      return ['text'];
    };
    expect(await between(through, wrong)).toEqual({ outer: ['R5 app'], inner: ['R5 app'] });
  });

  it('see a fault that the middleware makes outwards from outside alone', async () => {
    const breaksHead: Middleware = (app) => (environ, startResponse) =>
      app(environ, (status, headers) => startResponse(status, [...headers, ['Connection', 'close']]));
    expect(await between(breaksHead)).toEqual({ outer: ['R61 app'], inner: [] });
    const breaksInput: Middleware = (app) => (environ, startResponse) => {
      const body = app(environ, startResponse);
      (environ['tsgi.input'] as unknown as { close(): void }).close();
      return body;
    };
    expect(await between(breaksInput)).toEqual({ outer: ['R47 app'], inner: [] });
  });

  it.each<[string, Middleware, string[]]>([
    [
      'a bad SCRIPT_NAME',
      (app) => (environ, start) => app(copyEnviron(environ, { SCRIPT_NAME: '/' }), start),
      ['R26 server'],
    ],
    [
      'a spread environ',
      (app) => (environ, start) => app({ ...environ }, start),
      ['R20 server', 'R21 server', 'R21 server', 'R21 server'],
    ],
    ['one argument', (app) => (environ) => Reflect.apply(app, undefined, [environ]), ['R1 server', 'R1 server']],
    [
      'a third argument',
      (app) => (environ, start) => Reflect.apply(app, undefined, [environ, start, 3]),
      ['R1 server'],
    ],
    [
      'a number',
      (app) => (environ, start) => app(copyEnviron(environ, { 'tsgi.multithread': 1 }), start),
      ['R41 server'],
    ],
  ])('see a fault that the middleware makes inwards from inside alone: %s', async (_name, middleware, inner) => {
    const hello: AnyApp = (_environ, startResponse) => {
      startResponse?.('200 OK', plain);
      return [bytes('hello')];
    };
    const seen = await between(middleware, hello);
    expect(seen.inner).toEqual(inner);
    expect(seen.outer.filter((found) => found !== 'R6 app')).toEqual([]);
  });

  it('find a middleware that replaces tsgi.after_response', async () => {
    const replaces: Middleware = (app) => (environ, startResponse) =>
      app(copyEnviron(environ, { 'tsgi.after_response': [] }), startResponse);
    expect(await between(replaces)).toEqual({ outer: [], inner: ['R92 middleware'] });
  });

  it('find a body that was replaced and not closed, whoever the validators are', async () => {
    const forgets: Middleware = (app) => async (environ, startResponse) => {
      const chunks = [];
      const body = await app(environ, startResponse);
      for await (const chunk of body) chunks.push(chunk);
      return chunks;
    };
    // The inner one sees its caller forget; the outer one knows that the caller is a middleware.
    const seen = await between(forgets);
    expect(seen.inner).toEqual(['R15 server']);
    expect(seen.outer.toSorted()).toEqual(['R13 middleware', 'R17 middleware']);
  });

  it('hand the environ inwards so that the middleware keeps its own', async () => {
    let before: unknown;
    let after: unknown;
    const looks: Middleware = (app) => (environ: Environ, startResponse) => {
      before = environ['tsgi.input'];
      const body = app(environ, startResponse);
      after = environ['tsgi.input'];
      return body;
    };
    expect(await between(looks)).toEqual(silent);
    expect(after).toBe(before);
  });
});
