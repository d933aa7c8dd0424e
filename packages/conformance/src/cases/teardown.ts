import type { Body } from '@tsgi/core';
import type { CaseApp, CaseGroup, ConformanceCase } from '../run/case.ts';
import { ok, TEXT, utf8 } from '../run/case-apps.ts';
import { tracedBody, type TracedBodyOptions } from '../app/traced-body.ts';

const CHUNKS = [utf8('one '), utf8('two')];

function hooked(options: TracedBodyOptions = {}): CaseApp {
  return (environ, startResponse, trace) => {
    environ['tsgi.after_response'].push(() => trace.event('after'));
    ok(startResponse);
    return tracedBody(trace, CHUNKS, options);
  };
}

const failing = new Error('on purpose');

function closing(
  name: string,
  app: CaseApp,
  expect: ConformanceCase['expect'],
  more: Partial<ConformanceCase> = {},
): ConformanceCase {
  return { name, rule: 'R15, R98', app, expect, ...more };
}

/** A closable array: what a server may send without iterating is closed all the same. */
const closableArray: CaseApp = (_, startResponse, trace) => {
  ok(startResponse);
  return Object.assign([utf8('array')], { close: () => trace.event('close') });
};

/** `close()` once, on the right object, on every path; then the hooks (R15, R92, R98). */
export const teardown: CaseGroup = {
  hazard: 'Tearing down',
  cases: [
    closing('close-is-called-once-at-the-end', hooked(), {
      status: 200,
      body: 'one two',
      events: ['iterate', 'close', 'after'],
    }),
    closing('close-is-called-once-at-an-asynchronous-end', hooked({ async: true }), {
      status: 200,
      body: 'one two',
      events: ['iterate', 'close', 'after'],
    }),
    closing('an-array-with-close-is-closed', closableArray, { status: 200, body: 'array', events: ['close'] }),
    closing(
      'a-generator-with-close-is-closed',
      (_, startResponse, trace) => {
        ok(startResponse);
        const body = (function* chunks() {
          yield utf8('generated');
        })();
        return Object.assign(body, { close: () => trace.event('close') });
      },
      { status: 200, body: 'generated', events: ['close'] },
    ),
    closing(
      'close-is-called-after-next-threw',
      hooked({ fails: failing }),
      { complete: false, events: ['iterate', 'close', 'after'] },
      { breaks: 'R77' },
    ),
    closing(
      'close-is-called-after-next-rejected',
      hooked({ fails: failing, async: true }),
      { complete: false, events: ['iterate', 'close', 'after'] },
      { breaks: 'R77' },
    ),
    closing(
      'close-is-called-after-the-first-next-threw',
      (_, startResponse, trace) => {
        ok(startResponse);
        return tracedBody(trace, [], { fails: failing });
      },
      { status: 500, events: ['iterate', 'close'] },
      { breaks: 'R77' },
    ),
    closing(
      'close-is-called-when-start-response-was-not',
      (_, __, trace) => tracedBody(trace, CHUNKS),
      { status: 500, events: ['iterate', 'return', 'close'] },
      { breaks: 'R6' },
    ),
    closing(
      'close-is-called-when-the-body-cannot-be-iterated',
      (_, startResponse, trace) => {
        ok(startResponse);
        const body: object = { close: () => trace.event('close') };
        // Faulty on purpose (R3): what has a close is closed even so.
        return body as Body;
      },
      { status: 500, events: ['close'] },
      { breaks: 'R3' },
    ),
    closing(
      'close-is-called-after-head',
      hooked(),
      { status: 200, body: '', check: ({ report }) => lastTwo(report.events) },
      { request: { method: 'HEAD' }, breaks: 'R84' },
    ),
    closing(
      'close-is-called-after-a-204',
      (_, startResponse, trace) => {
        startResponse('204 No Content', []);
        return tracedBody(trace, []);
      },
      { status: 204, check: ({ report }) => lastIs(report.events, 'close') },
    ),
    closing(
      'close-is-called-when-content-length-is-reached-early',
      (_, startResponse, trace) => {
        ok(startResponse, ['Content-Length', '6']);
        return tracedBody(trace, [utf8('one '), utf8('two'), utf8('three')]);
      },
      { status: 200, body: 'one tw', events: ['iterate', 'return', 'close'] },
      { breaks: 'R80' },
    ),
    closing(
      'a-close-that-throws-changes-nothing',
      hooked({
        close: () => {
          throw failing;
        },
      }),
      { status: 200, body: 'one two', events: ['iterate', 'close', 'after'] },
      { breaks: 'R15' },
    ),
    closing(
      'a-close-that-rejects-changes-nothing',
      hooked({ close: async () => Promise.reject(failing) }),
      { status: 200, body: 'one two', events: ['iterate', 'close', 'after'] },
      { breaks: 'R15' },
    ),
    closing(
      'an-asynchronous-close-is-awaited',
      (environ, startResponse, trace) => {
        environ['tsgi.after_response'].push(() => trace.event('after'));
        ok(startResponse);
        return tracedBody(trace, CHUNKS, {
          close: async () => {
            await new Promise((resolve) => setImmediate(resolve));
            trace.event('closed');
          },
        });
      },
      { status: 200, body: 'one two', events: ['iterate', 'close', 'closed', 'after'] },
    ),
    {
      name: 'hooks-run-once-each-after-the-response',
      rule: 'R92',
      app: (environ, startResponse, trace) => {
        for (const name of ['first', 'second']) environ['tsgi.after_response'].push(() => trace.event(name));
        ok(startResponse);
        return [utf8('hooked')];
      },
      expect: { status: 200, body: 'hooked', check: ({ report }) => bothRan(report.events), notes: {} },
    },
    {
      name: 'an-error-in-a-hook-stays-there',
      rule: 'R92',
      app: (environ, startResponse, trace) => {
        environ['tsgi.after_response'].push(
          () => {
            trace.event('first');
            throw failing;
          },
          async () => {
            trace.event('second');
            throw failing;
          },
          () => trace.event('third'),
        );
        startResponse('200 OK', [...TEXT]);
        return [utf8('hooked')];
      },
      expect: { status: 200, body: 'hooked', events: ['first', 'second', 'third'] },
      breaks: 'R92',
    },
    {
      name: 'hooks-run-when-the-app-throws',
      rule: 'R92, R98',
      app: (environ, _, trace) => {
        environ['tsgi.after_response'].push(() => trace.event('after'));
        throw failing;
      },
      expect: { status: 500, events: ['after'] },
      breaks: 'R77',
    },
    {
      name: 'hooks-run-when-the-app-rejects',
      rule: 'R92, R98',
      app: async (environ, _, trace) => {
        environ['tsgi.after_response'].push(() => trace.event('after'));
        throw failing;
      },
      expect: { status: 500, events: ['after'] },
      breaks: 'R77',
    },
    {
      name: 'a-hook-may-be-added-while-the-body-is-sent',
      rule: 'R92',
      app: (environ, startResponse, trace) => {
        ok(startResponse);
        return (function* body() {
          yield utf8('one ');
          environ['tsgi.after_response'].push(() => trace.event('after'));
          yield utf8('two');
        })();
      },
      expect: { status: 200, body: 'one two', events: ['after'] },
    },
  ],
};

function bothRan(events: readonly string[]): string | undefined {
  return events.toSorted().join() === 'first,second' ? undefined : `hooks that ran: ${events.join() || 'none'}`;
}

function lastIs(events: readonly string[], wanted: string): string | undefined {
  const closes = events.filter((event) => event === 'close').length;
  if (closes !== 1) return `close() was called ${closes} times: expected once`;
  return events.at(-1) === wanted ? undefined : `the last event is ${events.at(-1)}: expected ${wanted}`;
}

function lastTwo(events: readonly string[]): string | undefined {
  return lastIs(events, 'after');
}
