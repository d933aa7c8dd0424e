import type { Body, Bytes } from '@tsgi/core';
import type { CaseGroup, ConformanceCase } from '../run/case.ts';
import { ok, returning, TEXT, unchecked, utf8 } from '../run/case-apps.ts';
import { tracedBody } from '../app/traced-body.ts';

function good(name: string, rule: string, body: () => unknown, sent: string): ConformanceCase {
  return { name, rule, app: returning(body), expect: { status: 200, body: sent } };
}

/** What is no body, or no chunk, fails before anything was sent: that is a 500 (R3, R4, R5). */
function bad(name: string, rule: string, body: () => unknown): ConformanceCase {
  return { name, rule, app: returning(body), expect: { status: 500 }, breaks: rule };
}

function* generate(...texts: string[]): Generator<Bytes> {
  for (const text of texts) yield utf8(text);
}

async function* generateLater(...texts: string[]): AsyncGenerator<Bytes> {
  for (const text of texts) {
    await Promise.resolve();
    yield utf8(text);
  }
}

function liar(): Body {
  return Object.assign(new Set([utf8('one '), utf8('two '), utf8('three')]), { length: 1 });
}

function bothIterable(): Body {
  return {
    [Symbol.iterator]: () => generate('synchronous'),
    [Symbol.asyncIterator]: () => generateLater('asynchronous'),
  };
}

function ownIterator(): unknown {
  const chunks = [utf8('its '), utf8('own')];
  return {
    next: () => (chunks.length > 0 ? { done: false, value: chunks.shift() } : { done: true, value: undefined }),
    [Symbol.iterator]() {
      return this;
    },
  };
}

const wide = utf8('only the middle of this');

/** What an application may return, and what it may not. */
export const bodyShapes: CaseGroup = {
  hazard: 'Shapes of a body',
  cases: [
    good('an-empty-array-is-an-empty-body', 'R3', () => [], ''),
    good('an-array-of-one-chunk-is-sent', 'R3', () => [utf8('one')], 'one'),
    good(
      'an-array-of-chunks-is-sent-in-order',
      'R3',
      () => [utf8('one '), utf8('two '), utf8('three')],
      'one two three',
    ),
    good('a-set-of-chunks-is-sent', 'R3', () => new Set([utf8('one '), utf8('two')]), 'one two'),
    good('a-generator-is-sent', 'R3', () => generate('one ', 'two ', 'three'), 'one two three'),
    good('an-asynchronous-generator-is-sent', 'R3', () => generateLater('one ', 'two ', 'three'), 'one two three'),
    good('a-body-may-be-its-own-iterator', 'R3', ownIterator, 'its own'),
    good('of-two-iterators-the-asynchronous-one-is-used', 'R3', bothIterable, 'asynchronous'),
    good(
      'an-iterator-need-not-have-return',
      'R3',
      () => ({ [Symbol.iterator]: () => [utf8('plain')].values() }),
      'plain',
    ),
    good('a-buffer-is-a-chunk', 'R5', () => [Buffer.from('buffer')], 'buffer'),
    good('of-a-view-only-its-bytes-are-sent', 'R5', () => [wide.subarray(9, 15)], 'middle'),
    good(
      'every-byte-value-passes',
      'R5',
      () => [Uint8Array.from({ length: 256 }, (_, byte) => byte)],
      String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte)),
    ),
    good('empty-chunks-do-not-end-the-body', 'R69', () => [utf8('a'), utf8(''), utf8('b'), utf8(''), utf8('c')], 'abc'),
    good('empty-chunks-of-a-generator-do-not-end-the-body', 'R69', () => generateLater('', 'a', '', '', 'b', ''), 'ab'),
    good('a-body-of-empty-chunks-is-empty', 'R69', () => generate('', '', ''), ''),
    good(
      'a-body-that-looks-like-a-head-is-a-body',
      'R86',
      () => [utf8('Status: 404 Not Found\r\nX-A: b\r\n\r\nbody')],
      'Status: 404 Not Found\r\nX-A: b\r\n\r\nbody',
    ),
    good('line-breaks-in-a-body-are-left-alone', 'R5', () => [utf8('\r\n\n\ra\r\n')], '\r\n\n\ra\r\n'),
    good('a-length-that-is-not-an-arrays-is-not-believed', 'R9, R10', liar, 'one two three'),
    {
      name: 'a-body-of-many-chunks-arrives-whole',
      rule: 'R12',
      app: returning(() => Array.from({ length: 2000 }, (_, index) => utf8(`${index},`))),
      expect: { status: 200, body: Array.from({ length: 2000 }, (_, index) => `${index},`).join('') },
    },
    {
      name: 'a-large-chunk-arrives-whole',
      rule: 'R12',
      app: returning(() => [Buffer.alloc(3_000_000, 'large ')]),
      expect: () => ({ status: 200, body: Buffer.alloc(3_000_000, 'large ') }),
    },
    {
      name: 'an-answer-of-megabytes-arrives-whole',
      rule: 'R12',
      app: returning(async function* large() {
        for (let index = 0; index < 60; index++) yield Buffer.alloc(70_000, `${index} `);
      }),
      expect: () => ({
        status: 200,
        body: Buffer.concat(Array.from({ length: 60 }, (_, index) => Buffer.alloc(70_000, `${index} `))),
      }),
    },
    {
      name: 'nothing-of-a-body-is-used-but-iteration-and-close',
      rule: 'R10',
      app: (_, startResponse, trace) => {
        ok(startResponse);
        const allowed = new Set<string | symbol>([
          Symbol.iterator,
          Symbol.asyncIterator,
          'close',
          'then',
          'constructor',
          Symbol.toStringTag,
        ]);
        return new Proxy(tracedBody(trace, [utf8('used')]), {
          get(body, key, receiver) {
            if (!allowed.has(key)) trace.event(`used ${String(key)}`);
            return Reflect.get(body, key, receiver);
          },
        });
      },
      expect: {
        status: 200,
        body: 'used',
        check: ({ report }) => report.events.find((event) => event.startsWith('used ')),
      },
    },
    bad('undefined-is-no-body', 'R3', () => undefined),
    bad('null-is-no-body', 'R3', () => null),
    bad('a-number-is-no-body', 'R3', () => 42),
    bad('an-object-that-is-not-iterable-is-no-body', 'R3', () => ({ length: 0 })),
    bad('a-promise-of-nothing-is-no-body', 'R3', async () => undefined),
    bad('a-string-is-no-body', 'R4', () => 'text'),
    bad('a-promise-of-a-string-is-no-body', 'R4', async () => 'text'),
    bad('bytes-are-no-body', 'R4', () => utf8('bytes')),
    bad('a-buffer-is-no-body', 'R4', () => Buffer.from('bytes')),
    bad('an-array-buffer-is-no-body', 'R4', () => new ArrayBuffer(4)),
    bad('a-string-is-no-chunk', 'R5', () => ['text']),
    bad('a-number-is-no-chunk', 'R5', () => [65]),
    bad('null-is-no-chunk', 'R5', () => [null]),
    bad('undefined-is-no-chunk', 'R5', () => [undefined]),
    bad('an-array-of-numbers-is-no-chunk', 'R5', () => [[72, 105]]),
    bad('an-array-buffer-is-no-chunk', 'R5', () => [new ArrayBuffer(4)]),
    bad('a-wider-typed-array-is-no-chunk', 'R5', () => [new Uint16Array([72, 105])]),
    bad('a-data-view-is-no-chunk', 'R5', () => [new DataView(new ArrayBuffer(4))]),
    bad('shared-memory-is-no-chunk', 'R5', () => [new Uint8Array(new SharedArrayBuffer(4))]),
    bad('a-promise-is-no-chunk', 'R5, R19', () => [Promise.resolve(utf8('late'))]),
    bad('a-string-from-an-asynchronous-generator-is-no-chunk', 'R5', async function* body() {
      yield 'text';
    }),
    {
      name: 'a-bad-chunk-after-the-head-cuts-the-answer-off',
      rule: 'R5, R77',
      app: (_, startResponse) => {
        startResponse('200 OK', [...TEXT]);
        return unchecked<Body>(
          (function* body() {
            yield utf8('good');
            yield 'bad';
            yield utf8('never');
          })(),
        );
      },
      expect: { status: 200, body: /^(?:good)?$/, complete: false },
      breaks: 'R5',
    },
  ],
};
