import type { Bytes } from '@tsgi/core';
import type { CaseApp, CaseGroup, ConformanceCase } from '../run/case.ts';
import { noteThrow, ok, returning, TEXT, utf8, withoutEnd } from '../run/case-apps.ts';
import { tracedBody } from '../app/traced-body.ts';

function announcing(length: number, ...texts: string[]): CaseApp {
  return (_, startResponse) => {
    ok(startResponse, ['Content-Length', String(length)]);
    return texts.map((text) => utf8(text));
  };
}

function* generate(...texts: string[]): Generator<Bytes> {
  for (const text of texts) yield utf8(text);
}

function exact(name: string, app: CaseApp, body: string): ConformanceCase {
  return {
    name,
    rule: 'R80, R81',
    app,
    expect: { status: 200, headers: { 'content-length': String(body.length) }, body },
  };
}

/** More than announced: exactly the announced bytes arrive, and they are a whole answer. */
function longer(name: string, app: CaseApp): ConformanceCase {
  return {
    name,
    rule: 'R80',
    app,
    expect: { status: 200, headers: { 'content-length': '4' }, body: 'four' },
    breaks: 'R80',
  };
}

/** Less than announced: the peer must see it. */
function shorter(name: string, app: CaseApp): ConformanceCase {
  return { name, rule: 'R81', app, expect: { status: 200, complete: false }, breaks: 'R81' };
}

/** `Content-Length` holds: no more is sent, and less is seen to be too little (R80 to R82). */
export const contentLength: CaseGroup = {
  hazard: 'Content-Length of an answer',
  cases: [
    exact('an-announced-length-is-sent', announcing(4, 'four'), 'four'),
    exact('an-announced-length-of-chunks-is-sent', announcing(6, 'one', 'two'), 'onetwo'),
    exact('an-announced-length-of-nothing-is-sent', announcing(0), ''),
    exact('an-announced-length-of-empty-chunks-is-sent', announcing(3, '', 'one', ''), 'one'),
    exact(
      'an-announced-length-of-a-generator-is-sent',
      (_, startResponse) => {
        ok(startResponse, ['Content-Length', '6']);
        return generate('one', 'two');
      },
      'onetwo',
    ),
    exact(
      'an-announced-length-of-writes-and-chunks-is-sent',
      (_, startResponse) => {
        const write = startResponse('200 OK', [...TEXT, ['Content-Length', '6']]);
        void write(utf8('one'));
        return [utf8('two')];
      },
      'onetwo',
    ),
    exact(
      'an-announced-length-of-writes-alone-is-sent',
      (_, startResponse) => {
        const write = startResponse('200 OK', [...TEXT, ['Content-Length', '6']]);
        void write(utf8('one'));
        void write(utf8('two'));
        return [];
      },
      'onetwo',
    ),
    {
      name: 'an-announced-length-with-leading-zeros-is-sent',
      rule: 'R66',
      app: (_, startResponse) => {
        ok(startResponse, ['Content-Length', '004']);
        return [utf8('four')];
      },
      expect: { status: 200, headers: { 'content-length': /^0*4$/ }, body: 'four' },
    },
    {
      name: 'an-array-of-one-chunk-has-its-length',
      rule: 'R82',
      app: returning(() => [utf8('eleven text')]),
      expect: (wire) => ({
        status: 200,
        body: 'eleven text',
        ...(wire === 'http' || wire === 'http2' ? { headers: { 'content-length': '11' } } : {}),
      }),
    },
    {
      name: 'a-length-that-is-not-known-is-not-made-up',
      rule: 'R82',
      app: returning(() => generate('some ', 'text')),
      expect: { status: 200, headers: { 'content-length': null }, body: 'some text' },
    },
    {
      name: 'after-write-the-length-of-an-array-is-not-the-answers',
      rule: 'R82',
      app: (_, startResponse) => {
        const write = startResponse('200 OK', [...TEXT]);
        void write(utf8('written '));
        return [utf8('returned')];
      },
      expect: { status: 200, body: 'written returned' },
    },
    longer('one-chunk-that-is-too-long-is-cut', announcing(4, 'four and more')),
    longer('a-chunk-too-many-is-not-sent', announcing(4, 'four', ' and more')),
    longer('a-chunk-across-the-length-is-cut', announcing(4, 'fo', 'ur and more', 'and more')),
    longer('a-generator-that-is-too-long-is-cut', (_, startResponse) => {
      ok(startResponse, ['Content-Length', '4']);
      return generate('fo', 'ur', 'more', 'and more');
    }),
    longer('an-asynchronous-generator-that-is-too-long-is-cut', (_, startResponse) => {
      ok(startResponse, ['Content-Length', '4']);
      return (async function* body() {
        yield utf8('fo');
        yield utf8('ur and more');
      })();
    }),
    {
      name: 'a-body-without-end-is-left-at-its-length',
      rule: 'R80',
      app: (_, startResponse, trace) => {
        ok(startResponse, ['Content-Length', '4']);
        return tracedBody(trace, withoutEnd());
      },
      expect: { status: 200, body: 'xxxx', events: ['iterate', 'return', 'close'] },
      breaks: 'R80',
    },
    {
      name: 'a-body-longer-than-nothing-is-not-sent',
      rule: 'R80',
      app: announcing(0, 'something'),
      expect: { status: 200, headers: { 'content-length': '0' }, body: '' },
      breaks: 'R80',
    },
    {
      name: 'write-beyond-the-length-throws',
      rule: 'R80',
      app: (_, startResponse, trace) => {
        const write = startResponse('200 OK', [...TEXT, ['Content-Length', '4']]);
        void write(utf8('fo'));
        noteThrow(trace, 'beyond', () => write(utf8('ur and more')));
        return [utf8('ur')];
      },
      expect: { status: 200, body: 'four', notes: { beyond: 'threw' } },
      breaks: 'R80',
    },
    shorter('a-body-that-is-too-short-is-cut-off', announcing(10, 'short')),
    shorter('chunks-that-are-too-short-are-cut-off', announcing(10, 'sh', 'or', 't')),
    shorter('an-empty-body-that-is-too-short-is-cut-off', announcing(10)),
    shorter('a-generator-that-is-too-short-is-cut-off', (_, startResponse) => {
      ok(startResponse, ['Content-Length', '10']);
      return generate('sh', 'ort');
    }),
    shorter('writes-that-are-too-short-are-cut-off', (_, startResponse) => {
      const write = startResponse('200 OK', [...TEXT, ['Content-Length', '10']]);
      void write(utf8('short'));
      return [];
    }),
    {
      name: 'http-1-1-without-a-length-is-chunked',
      rule: 'R82',
      wires: ['http'],
      app: returning(() => generate('some ', 'text')),
      expect: { status: 200, headers: { 'transfer-encoding': 'chunked' }, body: 'some text' },
    },
    {
      name: 'http-1-0-is-never-chunked',
      rule: 'R82',
      wires: ['http'],
      app: returning(() => generate('some ', 'text')),
      request: { protocol: 'HTTP/1.0' },
      expect: { status: 200, headers: { 'transfer-encoding': null, 'content-length': null }, body: 'some text' },
    },
    {
      name: 'http-1-0-that-is-cut-off-is-seen-to-be',
      rule: 'R77',
      wires: ['http'],
      app: returning(function* body() {
        yield utf8('half');
        throw new Error('on purpose');
      }),
      request: { protocol: 'HTTP/1.0' },
      expect: { status: 200, complete: false },
      breaks: 'R77',
    },
  ],
};
