import type { Header } from '@tsgi/core';
import type { CaseApp, CaseGroup, ConformanceCase, Expectation } from '../run/case.ts';
import { ok, returning, TEXT, utf8, withoutEnd } from '../run/case-apps.ts';
import { tracedBody } from '../app/traced-body.ts';

/** An application that makes a body for HEAD all the same is not wrong, but a validator says so: hence `breaks`. */
function head(name: string, app: CaseApp, expect: Expectation): ConformanceCase {
  return {
    name,
    rule: 'R84',
    app,
    request: { method: 'HEAD' },
    expect: { status: 200, body: '', ...expect },
    breaks: 'R84',
  };
}

function bodiless(
  name: string,
  status: string,
  headers: readonly Header[],
  body: string[],
  expect: Expectation,
  breaks?: string,
): ConformanceCase {
  return {
    name,
    rule: 'R85',
    app: (_, startResponse) => {
      startResponse(status, [...headers]);
      return body.map((text) => utf8(text));
    },
    expect: { status, body: '', ...expect },
    ...(breaks === undefined ? {} : { breaks }),
  };
}

/** Answers that cannot have a body: none is sent, whatever the application gives (R84, R85). */
export const bodilessAnswers: CaseGroup = {
  hazard: 'Answers without a body',
  cases: [
    head(
      'head-has-no-body',
      returning(() => [utf8('body')]),
      {},
    ),
    head(
      'head-of-chunks-has-no-body',
      returning(() => [utf8('one'), utf8('two')]),
      {},
    ),
    head(
      'head-of-a-generator-has-no-body',
      returning(function* body() {
        yield utf8('one');
        yield utf8('two');
      }),
      {},
    ),
    head(
      'head-of-an-asynchronous-generator-has-no-body',
      returning(async function* body() {
        yield utf8('one');
        yield utf8('two');
      }),
      {},
    ),
    head(
      'head-of-writes-has-no-body',
      async (_, startResponse) => {
        const write = startResponse('200 OK', [...TEXT]);
        await write(utf8('written'));
        return [utf8('returned')];
      },
      {},
    ),
    head(
      'head-keeps-the-length',
      (_, startResponse) => {
        ok(startResponse, ['Content-Length', '1234']);
        return [];
      },
      { headers: { 'content-length': '1234' } },
    ),
    head(
      'head-with-a-body-keeps-the-length',
      (_, startResponse) => {
        ok(startResponse, ['Content-Length', '4']);
        return [utf8('four')];
      },
      { headers: { 'content-length': '4' } },
    ),
    head('head-keeps-headers', (_, startResponse) => (ok(startResponse, ['ETag', '"tag"']), []), {
      headers: { etag: '"tag"', 'content-type': 'text/plain; charset=utf-8' },
    }),
    head(
      'head-may-get-its-head-in-the-first-iteration',
      (_, startResponse) =>
        (function* body() {
          startResponse('404 Not Found', [...TEXT]);
          yield utf8('not here');
        })(),
      { status: '404 Not Found' },
    ),
    head(
      'head-of-a-body-without-end-is-answered',
      (_, startResponse, trace) => {
        ok(startResponse);
        return tracedBody(trace, withoutEnd());
      },
      { events: ['iterate', 'return', 'close'] },
    ),
    head(
      'head-with-an-empty-first-chunk-may-be-replaced',
      (_, startResponse) => {
        ok(startResponse);
        return (function* body() {
          yield new Uint8Array(0);
          startResponse('503 Replaced', [...TEXT], new Error('on purpose'));
          yield utf8('replaced');
        })();
      },
      { status: '503 Replaced' },
    ),
    head(
      'head-of-an-empty-body-is-answered',
      returning(() => []),
      {},
    ),
    bodiless('a-204-has-no-body', '204 No Content', [], [], {
      headers: { 'content-length': null, 'transfer-encoding': null },
    }),
    bodiless(
      'the-body-of-a-204-is-dropped',
      '204 No Content',
      [],
      ['dropped'],
      { headers: { 'content-length': null, 'transfer-encoding': null } },
      'R85',
    ),
    bodiless(
      'the-length-of-a-204-is-dropped',
      '204 No Content',
      [['Content-Length', '0']],
      [],
      { headers: { 'content-length': null } },
      'R85',
    ),
    bodiless(
      'a-length-and-a-body-of-a-204-are-dropped',
      '204 No Content',
      [['Content-Length', '7']],
      ['dropped'],
      { headers: { 'content-length': null } },
      'R85',
    ),
    bodiless('a-204-keeps-its-headers', '204 No Content', [['ETag', '"tag"']], [], { headers: { etag: '"tag"' } }),
    bodiless('a-304-has-no-body', '304 Not Modified', [['ETag', '"tag"']], [], {
      headers: { etag: '"tag"', 'transfer-encoding': null },
    }),
    bodiless(
      'the-body-of-a-304-is-dropped',
      '304 Not Modified',
      [],
      ['dropped'],
      { headers: { 'transfer-encoding': null } },
      'R85',
    ),
    bodiless('a-304-keeps-the-length', '304 Not Modified', [['Content-Length', '1234']], [], {
      headers: { 'content-length': '1234' },
    }),
    {
      name: 'writes-to-a-204-are-dropped',
      rule: 'R85',
      app: async (_, startResponse) => {
        const write = startResponse('204 No Content', []);
        await write(utf8('dropped'));
        return [utf8('dropped')];
      },
      expect: { status: 204, body: '' },
      breaks: 'R85',
    },
    {
      name: 'a-generator-of-a-204-is-closed',
      rule: 'R85, R98',
      app: (_, startResponse, trace) => {
        startResponse('204 No Content', []);
        return tracedBody(trace, [utf8('dropped'), utf8('dropped')]);
      },
      expect: {
        status: 204,
        body: '',
        check: ({ report }) =>
          report.events.filter((event) => event === 'close').length === 1
            ? undefined
            : `events: ${report.events.join(', ')}: expected one close`,
      },
      breaks: 'R85',
    },
  ],
};
