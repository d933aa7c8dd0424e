import type { Body, Bytes } from '@tsgi/core';
import type { CaseGroup, ConformanceCase } from '../run/case.ts';
import { ok, returning, unchecked, utf8 } from '../run/case-apps.ts';
import { tracedBody, type TracedBodyOptions } from '../app/traced-body.ts';
import type { Trace } from '../app/trace.ts';

const TWO = [utf8('one '), utf8('two')];
const NEXTS = { nexts: true } satisfies TracedBodyOptions;

function traced(name: string, rule: string, options: TracedBodyOptions, events: readonly string[]): ConformanceCase {
  return {
    name,
    rule,
    app: returning((trace) => tracedBody(trace, TWO, options)),
    expect: { status: 200, body: 'one two', events },
  };
}

/** Takes its time over each chunk, and notices when it is asked for two at once. */
function jealous(trace: Trace): Body {
  let asked = 0;
  let left = 5;
  return {
    [Symbol.asyncIterator]: () => ({
      next: async (): Promise<IteratorResult<Bytes, undefined>> => {
        if (++asked > 1) trace.event('asked for two at once');
        await new Promise((resolve) => setImmediate(resolve));
        asked--;
        return left-- > 0 ? { done: false, value: utf8('x') } : { done: true, value: undefined };
      },
    }),
  };
}

/** How a server drives the body: by pulling, once, and to the end. */
export const iteration: CaseGroup = {
  hazard: 'Iterating over a body',
  cases: [
    traced('a-body-is-iterated-once', 'R11', {}, ['iterate', 'close']),
    traced('an-asynchronous-body-is-iterated-once', 'R11', { async: true }, ['iterate', 'close']),
    traced('next-is-not-called-after-the-end', 'R11', NEXTS, ['iterate', 'next', 'next', 'next', 'close']),
    traced('next-is-not-called-after-an-asynchronous-end', 'R11', { ...NEXTS, async: true }, [
      'iterate',
      'next',
      'next',
      'next',
      'close',
    ]),
    {
      name: 'next-is-not-called-after-it-threw',
      rule: 'R11, R77',
      app: returning((trace) => tracedBody(trace, TWO, { ...NEXTS, fails: new Error('on purpose') })),
      expect: { status: 200, complete: false, events: ['iterate', 'next', 'next', 'next', 'close'] },
      breaks: 'R77',
    },
    {
      name: 'next-is-not-called-after-it-rejected',
      rule: 'R11, R77',
      app: returning((trace) => tracedBody(trace, TWO, { ...NEXTS, async: true, fails: new Error('on purpose') })),
      expect: { status: 200, complete: false, events: ['iterate', 'next', 'next', 'next', 'close'] },
      breaks: 'R77',
    },
    {
      name: 'one-chunk-is-asked-for-at-a-time',
      rule: 'R11',
      app: returning((trace) => jealous(trace)),
      expect: { status: 200, body: 'xxxxx', events: [] },
    },
    {
      name: 'a-chunk-is-sent-before-the-next-is-asked-for',
      rule: 'R12, R86',
      app: returning(async function* body(trace) {
        yield utf8('first');
        await trace.gate();
        yield utf8(' second');
      }),
      talk: async (stage) => {
        const peer = await stage.open();
        peer.sendHead();
        peer.endBody();
        const early = await peer.until(({ body }) => body.byteLength >= 5);
        stage.note('early', early.body.toString('latin1'));
        await stage.openGate();
        return peer.finish();
      },
      expect: { status: 200, body: 'first second', client: { early: 'first' } },
    },
    {
      name: 'a-written-chunk-is-sent-at-once',
      rule: 'R86',
      app: async (_, startResponse, trace) => {
        const write = startResponse('200 OK', [['Content-Type', 'text/plain']]);
        await write(utf8('first'));
        await trace.gate();
        return [utf8(' second')];
      },
      talk: async (stage) => {
        const peer = await stage.open();
        peer.sendHead();
        peer.endBody();
        const early = await peer.until(({ body }) => body.byteLength >= 5);
        stage.note('early', early.body.toString('latin1'));
        await stage.openGate();
        return peer.finish();
      },
      expect: { status: 200, body: 'first second', client: { early: 'first' } },
    },
    {
      name: 'return-is-called-when-a-chunk-is-bad',
      rule: 'R15, R98',
      app: returning((trace) => tracedBody(trace, unchecked<Bytes[]>([utf8('good'), 'bad', utf8('never')]))),
      expect: { complete: false, events: ['iterate', 'return', 'close'] },
      breaks: 'R5',
    },
    {
      name: 'return-is-called-when-the-first-chunk-is-bad',
      rule: 'R15, R98',
      app: returning((trace) => tracedBody(trace, unchecked<Bytes[]>(['bad', utf8('never')]))),
      expect: { status: 500, events: ['iterate', 'return', 'close'] },
      breaks: 'R5',
    },
    {
      name: 'a-synchronous-body-of-promises-is-closed',
      rule: 'R19',
      app: returning((trace) => tracedBody(trace, unchecked<Bytes[]>([Promise.resolve(utf8('late'))]))),
      expect: { status: 500, events: ['iterate', 'return', 'close'] },
      breaks: 'R5',
    },
    {
      name: 'a-step-that-is-no-object-is-a-failure',
      rule: 'R3',
      app: (_, startResponse) => {
        ok(startResponse);
        return unchecked<Body>({ [Symbol.iterator]: () => ({ next: () => 1 }) });
      },
      expect: { status: 500 },
      breaks: 'R3',
    },
    {
      name: 'the-finally-of-a-generator-runs-on-an-early-end',
      rule: 'R15, R16, R18',
      app: (_, startResponse, trace) => {
        ok(startResponse, ['Content-Length', '4']);
        return (function* body() {
          try {
            yield utf8('four');
            yield utf8('more');
          } finally {
            trace.event('finally');
          }
        })();
      },
      expect: { status: 200, body: 'four', events: ['finally'] },
      breaks: 'R80',
    },
  ],
};
