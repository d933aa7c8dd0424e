import type { Body } from '@tsgi/core';
import type { CaseGroup } from '../run/case.ts';
import { answering, noteThrow, ok, TEXT, unchecked, utf8 } from '../run/case-apps.ts';

/** How a server calls an application, and what the application may do with `startResponse` (R1, R2, R6). */
export const calling: CaseGroup = {
  hazard: 'Calling the application',
  cases: [
    {
      name: 'the-app-is-called-once-with-two-arguments',
      rule: 'R1',
      app: answering('called'),
      expect: { status: 200, body: 'called', calls: 1, notes: { arguments: 2 } },
    },
    {
      name: 'a-synchronous-app-is-served',
      rule: 'R1',
      app: answering('now'),
      expect: { status: 200, body: 'now' },
    },
    {
      name: 'an-app-may-return-a-promise',
      rule: 'R1',
      app: async (_, startResponse) => {
        ok(startResponse);
        await Promise.resolve();
        return [utf8('later')];
      },
      expect: { status: 200, body: 'later' },
    },
    {
      name: 'an-app-may-return-any-thenable',
      rule: 'R1',
      app: (_, startResponse) => {
        ok(startResponse);
        const thenable: PromiseLike<Body> = unchecked({
          then: (resolve: (body: Body) => unknown) => Promise.resolve([utf8('thenable')]).then(resolve),
        });
        return thenable;
      },
      expect: { status: 200, body: 'thenable' },
    },
    {
      name: 'start-response-may-be-called-after-an-await',
      rule: 'R6',
      app: async (_, startResponse) => {
        await new Promise((resolve) => setImmediate(resolve));
        startResponse('201 Created', [...TEXT]);
        return [utf8('made')];
      },
      expect: { status: '201 Created', body: 'made' },
    },
    {
      name: 'start-response-may-run-in-the-first-iteration',
      rule: 'R6',
      app: (_, startResponse) =>
        (function* body() {
          startResponse('202 Accepted', [...TEXT]);
          yield utf8('late head');
        })(),
      expect: { status: '202 Accepted', body: 'late head' },
    },
    {
      name: 'start-response-may-run-in-the-first-asynchronous-iteration',
      rule: 'R6',
      app: (_, startResponse) =>
        (async function* body() {
          await Promise.resolve();
          startResponse('202 Accepted', [...TEXT]);
          yield utf8('late head');
        })(),
      expect: { status: '202 Accepted', body: 'late head' },
    },
    {
      name: 'start-response-may-run-in-an-iteration-that-gives-nothing',
      rule: 'R6',
      app: (_, startResponse) =>
        (function* body(): Generator<Uint8Array> {
          startResponse('202 Accepted', [...TEXT]);
          yield* [];
        })(),
      expect: { status: '202 Accepted', body: '' },
    },
    {
      name: 'start-response-returns-a-function-at-once',
      rule: 'R2',
      app: (_, startResponse, trace) => {
        const write: unknown = startResponse('200 OK', [...TEXT]);
        trace.note('write', typeof write);
        trace.note('thenable', typeof write === 'function' && 'then' in write);
        return [];
      },
      expect: { status: 200, notes: { write: 'function', thenable: false } },
    },
    {
      name: 'exc-info-that-is-undefined-was-not-supplied',
      rule: 'R74',
      app: (_, startResponse, trace) => {
        startResponse('200 OK', [...TEXT], undefined);
        noteThrow(trace, 'again', () => startResponse('500 Never', [...TEXT], undefined));
        return [utf8('first')];
      },
      expect: { status: '200 OK', body: 'first', notes: { again: 'threw' } },
      breaks: 'R70',
    },
    {
      name: 'exc-info-that-is-null-was-not-supplied',
      rule: 'R74',
      app: (_, startResponse, trace) => {
        startResponse('200 OK', [...TEXT], null);
        noteThrow(trace, 'again', () => startResponse('500 Never', [...TEXT], null));
        return [utf8('first')];
      },
      expect: { status: '200 OK', body: 'first', notes: { again: 'threw' } },
      breaks: 'R70',
    },
    {
      name: 'a-chunk-without-start-response-is-a-500',
      rule: 'R6',
      app: () => [utf8('no head')],
      expect: { status: 500, body: /^(?![^]*no head)/ },
      breaks: 'R6',
    },
    {
      name: 'an-empty-body-without-start-response-is-a-500',
      rule: 'R6',
      app: () => [],
      expect: { status: 500 },
      breaks: 'R6',
    },
    {
      name: 'an-empty-iterable-without-start-response-is-a-500',
      rule: 'R6',
      app: () => new Set<Uint8Array>(),
      expect: { status: 500 },
      breaks: 'R6',
    },
    {
      name: 'an-empty-chunk-before-start-response-is-a-500',
      rule: 'R6',
      app: (_, startResponse) =>
        (function* body() {
          yield new Uint8Array(0);
          startResponse('200 OK', [...TEXT]);
          yield utf8('too late');
        })(),
      expect: { status: 500 },
      breaks: 'R6',
    },
    {
      name: 'a-request-after-a-failed-one-is-served',
      rule: 'R1',
      app: (environ, startResponse) => {
        if (environ.PATH_INFO === '/fails') throw new Error('on purpose');
        ok(startResponse);
        return [utf8('still here')];
      },
      talk: async (stage) => {
        const first = await stage.open({ target: '/fails' });
        first.sendHead();
        first.endBody();
        stage.note('first', (await first.finish()).code);
        const second = await stage.open({ target: '/works' });
        second.sendHead();
        second.endBody();
        return second.finish();
      },
      expect: { status: 200, body: 'still here', calls: 2, client: { first: 500 } },
      breaks: 'R77',
    },
  ],
};
