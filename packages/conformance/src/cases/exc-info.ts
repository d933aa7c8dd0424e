import type { App } from '@tsgi/core';
import type { CaseGroup, ConformanceCase } from '../run/case.ts';
import { noteThrow, ok, TEXT, utf8 } from '../run/case-apps.ts';

const ERROR = new Error('on purpose');

function supplied(name: string, excInfo: unknown): ConformanceCase {
  return {
    name,
    rule: 'R71, R74',
    app: (_, startResponse) => {
      ok(startResponse);
      startResponse('500 Replaced', [...TEXT], excInfo);
      return [utf8('replaced')];
    },
    expect: { status: '500 Replaced', body: 'replaced' },
    breaks: 'R74',
  };
}

function rethrown(name: string, excInfo: unknown): ConformanceCase {
  return {
    name,
    rule: 'R72',
    app: (_, startResponse, trace) => {
      ok(startResponse);
      return (function* body() {
        yield utf8('sent');
        try {
          startResponse('500 Too Late', [...TEXT], excInfo);
          trace.note('thrown', 'nothing');
        } catch (error) {
          trace.note('thrown', error === excInfo ? 'the same' : 'something else');
          throw error;
        }
      })();
    },
    expect: { status: '200 OK', complete: false, notes: { thrown: 'the same' } },
    breaks: 'R72',
  };
}

/** What `excInfo` may be, and what becomes of it once the head was sent (R70 to R76). */
export const excInfo: CaseGroup = {
  hazard: 'excInfo and second heads',
  cases: [
    supplied('exc-info-may-be-a-string', 'text'),
    supplied('exc-info-may-be-the-empty-string', ''),
    supplied('exc-info-may-be-zero', 0),
    supplied('exc-info-may-be-false', false),
    rethrown('exc-info-after-the-head-is-thrown', ERROR),
    rethrown('exc-info-after-the-head-is-thrown-as-it-came', 'text'),
    rethrown('exc-info-that-is-an-object-is-thrown-as-it-came', Object.freeze({ code: 1 })),
    {
      name: 'exc-info-after-write-is-thrown',
      rule: 'R72',
      app: async (_, startResponse, trace) => {
        const write = startResponse('200 OK', [...TEXT]);
        await write(utf8('sent'));
        try {
          startResponse('500 Too Late', [...TEXT], ERROR);
        } catch (error) {
          trace.note('thrown', error === ERROR);
          throw error;
        }
        return [];
      },
      expect: { status: '200 OK', complete: false, notes: { thrown: true } },
      breaks: 'R72',
    },
    {
      name: 'a-middleware-may-swallow-exc-info',
      rule: 'R17, R76',
      app: (environ, startResponse, trace) => {
        let sent = false;
        const inner: App = (_, start) => {
          start('200 OK', [...TEXT]);
          return (function* body() {
            yield utf8('one ');
            start('500 Swallowed', [...TEXT], ERROR);
            yield utf8('two');
          })();
        };
        const body = inner(environ, (status, headers, excInfo) => {
          if (sent) return async () => {};
          sent = true;
          return startResponse(status, headers, excInfo);
        });
        return Object.assign(body, { close: () => trace.event('close') });
      },
      expect: { status: '200 OK', body: 'one two', events: ['close'] },
    },
    {
      name: 'a-second-head-without-exc-info-is-refused',
      rule: 'R70',
      app: (_, startResponse, trace) => {
        ok(startResponse, ['X-Head', 'first']);
        noteThrow(trace, 'second', () => startResponse('404 Not Found', [...TEXT]));
        return [utf8('first')];
      },
      expect: { status: '200 OK', headers: { 'x-head': 'first' }, body: 'first', notes: { second: 'threw' } },
      breaks: 'R70',
    },
    {
      name: 'a-second-head-that-is-not-caught-is-a-500',
      rule: 'R70, R77',
      app: (_, startResponse) => {
        ok(startResponse);
        ok(startResponse);
        return [utf8('twice')];
      },
      expect: { status: 500 },
      breaks: 'R70',
    },
    {
      name: 'a-second-head-after-the-first-was-sent-is-refused',
      rule: 'R70',
      app: (_, startResponse, trace) => {
        ok(startResponse);
        return (function* body() {
          yield utf8('one ');
          noteThrow(trace, 'second', () => startResponse('404 Not Found', [...TEXT]));
          yield utf8('two');
        })();
      },
      expect: { status: '200 OK', body: 'one two', notes: { second: 'threw' } },
      breaks: 'R70',
    },
  ],
};
