import { copyEnviron, type App, type Environ } from '@tsgi/core';
import { callApp, testEnviron } from '@tsgi/core/testing';
import { validator, type Violation } from '@tsgi/core/validator';
import { describe, expect, it } from 'vitest';
import { asApp, bytes, check, inputOf, plain, reads, serve, type AnyApp } from './validator-driver.ts';

// The test cases of CPython's test_wsgiref.py (what concerns wsgiref.validate), Rack's spec_lint.rb and Plack's
// lint*.t, each translated: found under a rule, let pass as theirs is, or not for us, with the reason.

interface Case {
  readonly name: string;
  /** The rules that must be reported; `[]` for silence. */
  readonly rules?: readonly string[];
  readonly run?: () => Promise<string[]>;
  /** Why it is not for us. */
  readonly notOurs?: string;
}

async function inEnviron(change: (environ: Environ) => void, app: App = reads): Promise<string[]> {
  const violations: Violation[] = [];
  const environ = testEnviron();
  change(environ);
  await serve(validator(app, { onViolation: (violation) => violations.push(violation) }), environ);
  return violations.map((violation) => violation.rule);
}

function environ(name: string, rules: readonly string[], change: (environ: Record<string, unknown>) => void): Case {
  return { name, rules, run: () => inEnviron(change) };
}

function app(name: string, rules: readonly string[], wrong: AnyApp, request = {}): Case {
  return { name, rules, run: async () => (await check(wrong, request)).rules };
}

function answers(status: unknown, headers: unknown, body: unknown = [bytes('Hello')]): AnyApp {
  return (_environ, startResponse) => {
    startResponse(status, headers);
    return body;
  };
}

function notOurs(name: string, reason: string): Case {
  return { name, notOurs: reason };
}

const typed = (name: unknown, value: unknown): unknown[] => [...plain, [name, value]];

/** Puts the application between two validators, with a middleware around it, and drives it to its end. */
async function around(
  inner: AnyApp,
  replace: (body: AsyncIterable<Uint8Array> & { close?(): unknown }) => unknown,
): Promise<string[]> {
  const violations: Violation[] = [];
  const collect = { onViolation: (violation: Violation) => violations.push(violation) };
  const checked = validator(asApp(inner), collect);
  const middleware = asApp((request, startResponse) =>
    replace(checked(request, startResponse as never) as AsyncIterable<Uint8Array>),
  );
  await callApp(validator(middleware, collect));
  return violations.map((violation) => violation.rule);
}

const wsgiref: Case[] = [
  app('test_validated_hello', [], answers('200 OK', plain)),
  app(
    'test_simple_validation_error: headers are no list of pairs',
    ['R57'],
    answers('200 OK', 'Content-Type', ['Hello, world!']),
  ),
  app("test_status_validation_errors: '200'", ['R56'], answers('200', plain)),
  app("test_status_validation_errors: '20X OK'", ['R56'], answers('20X OK', plain)),
  app("test_status_validation_errors: '200OK'", ['R56'], answers('200OK', plain)),
  notOurs('test_wsgi_input: a bare read() is refused', 'our input always ends, so read() is safe and allowed (R44)'),
  app(
    'test_bytes_validation',
    [],
    answers('200 OK', [...plain, ['Date', 'Wed, 24 Dec 2008 13:29:32 GMT']], [bytes('data')]),
  ),
  environ('test_cp1252_url: bytes beyond ASCII in a path', [], (given) => {
    given.REQUEST_URI = '/\x80%80';
    given.PATH_INFO = '/\x80\x80';
  }),
  notOurs('test_interrupted_write', 'signals do not interrupt writes in Node'),
  app('a chunk that is text', ['R5'], answers('200 OK', plain, ['Hello'])),
  app('a body that is a string', ['R4'], answers('200 OK', plain, 'Hello')),
  app('a body that is bytes', ['R4'], answers('200 OK', plain, bytes('Hello'))),
  app('no body', ['R3'], answers('200 OK', plain, null)),
  app('a body that is false', ['R3'], answers('200 OK', plain, false)),
  app('no Content-Type', ['R64'], answers('200 OK', [])),
  app('a Content-Type on 204', ['R64'], answers('204 No Content', plain, [])),
  app('a Content-Type on 304', ['R64'], answers('304 Not Modified', plain, [])),
  app('an excInfo that is none', ['R74'], (_environ, startResponse) => {
    startResponse('500 Oops', plain, 'oops');
    return [];
  }),
  app('write with text', ['R5'], (_environ, startResponse) => {
    const write = startResponse('200 OK', plain);
    try {
      void write('text');
    } catch {
      // The run loop refuses it, too.
    }
    return [];
  }),
  app('iterated before startResponse', ['R6'], function* () {
    yield bytes('Hello');
  }),
  environ('no QUERY_STRING', ['R21'], (given) => {
    delete given.QUERY_STRING;
  }),
  environ('a version that is no tuple', ['R40'], (given) => {
    given['tsgi.version'] = 1;
  }),
  environ('no tsgi.url_scheme, where wsgiref throws a KeyError', ['R21'], (given) => {
    delete given['tsgi.url_scheme'];
  }),
  notOurs('an unknown REQUEST_METHOD is a warning', 'every token is a method (R25)'),
];

const INVALID_NAME_CHARACTERS = [
  ...Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)),
  ...'(),/:;<=>?@[\\]{}\x7f',
];
const VALID_NAME_CHARACTERS = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter(
  (character) => !INVALID_NAME_CHARACTERS.includes(character) && !' "-_'.includes(character),
);

const hints =
  (headers: unknown): AnyApp =>
  (request, startResponse) => {
    const send = request['tsgi.early_hints'] as (headers: unknown) => void;
    try {
      send(headers);
    } catch {
      // The run loop refuses them, too.
    }
    startResponse('200 OK', plain);
    return [];
  };

const headerCases = (prefix: string, send: (headers: unknown) => AnyApp): Case[] => [
  app(`${prefix}: an object that is no list`, ['R57'], send({ each() {} })),
  app(`${prefix}: a name that is no string`, ['R57'], send(typed(true, false))),
  app(`${prefix}: Status`, ['R60'], send(typed('status', '404'))),
  ...INVALID_NAME_CHARACTERS.map((character) =>
    app(`${prefix}: the name ${JSON.stringify(character)}`, ['R58'], send(typed(character, 'text/plain'))),
  ),
  ...[' ', '"'].map((character) =>
    app(
      `${prefix}: the name ${JSON.stringify(character)}, which Rack lets pass against its own comment`,
      ['R58'],
      send(typed(character, 'x')),
    ),
  ),
  ...['-', '_'].map((character) => app(`${prefix}: the name ${character}`, ['R58'], send(typed(character, 'x')))),
  app(`${prefix}: all other characters in one name`, [], send(typed(VALID_NAME_CHARACTERS.join(''), 'x'))),
  notOurs(`${prefix}: A to Z are refused`, 'names are sent as they are written, in any case'),
  app(`${prefix}: a value that is no string`, ['R57'], send(typed('foo', {}))),
  app(`${prefix}: NUL in a value`, ['R59'], send(typed('foo-bar', 'text\0plain'))),
  notOurs(`${prefix}: an array of pairs is refused`, 'it is our form; a hash is what we refuse'),
];

const rack: Case[] = [
  app('pass valid request', [], answers('200 OK', [...plain, ['Content-Length', '3']], [bytes('foo')])),
  environ('notice environment errors: frozen', ['R20'], Object.freeze),
  environ('notice environment errors: a key that is no string', ['R20'], (given) => {
    Object.defineProperty(given, Symbol('a'), { value: 1 });
  }),
  ...['REQUEST_METHOD', 'SERVER_NAME', 'SERVER_PROTOCOL'].map((key) =>
    environ(`notice environment errors: no ${key}`, ['R21'], (given) => {
      delete given[key];
    }),
  ),
  environ('notice environment errors: SERVER_PROTOCOL Foo', ['R33'], (given) => {
    given.SERVER_PROTOCOL = 'Foo';
  }),
  environ('notice environment errors: HTTP_CONTENT_TYPE', ['R24'], (given) => {
    given.HTTP_CONTENT_TYPE = 'text/plain';
  }),
  environ('notice environment errors: HTTP_CONTENT_LENGTH', ['R24'], (given) => {
    given.HTTP_CONTENT_LENGTH = '42';
  }),
  environ('notice environment errors: a value that is no string', ['R22'], (given) => {
    given.FOO = {};
  }),
  environ('notice environment errors: url_scheme gopher', ['R39'], (given) => {
    given['tsgi.url_scheme'] = 'gopher';
  }),
  ...['session ×6', 'logger ×5', 'multipart ×5', 'hijack ×8', 'rack.protocol ×4'].map((name) =>
    notOurs(name, 'an extension of Rack that TSGI does not have'),
  ),
  environ('notice environment errors: SERVER_PORT howdy', ['R32'], (given) => {
    given.SERVER_PORT = 'howdy';
  }),
  environ('notice environment errors: SERVER_NAME "A Host"', ['R32'], (given) => {
    given.SERVER_NAME = 'A Host';
  }),
  environ('notice environment errors: HTTP_HOST "A Host"', ['R32'], (given) => {
    given.HTTP_HOST = 'A Host';
  }),
  environ('notice environment errors: a method with a question mark', ['R25'], (given) => {
    given.REQUEST_METHOD = 'HICCUP?';
  }),
  environ('notice environment errors: a method with a control character', ['R25'], (given) => {
    given.REQUEST_METHOD = 'OOPS?\b!';
  }),
  environ('notice environment errors: SCRIPT_NAME howdy', ['R26'], (given) => {
    given.SCRIPT_NAME = 'howdy';
  }),
  environ('notice environment errors: CONTENT_LENGTH xcii', ['R31'], (given) => {
    given.CONTENT_LENGTH = 'xcii';
  }),
  environ('notice environment errors: QUERY_STRING nil', ['R22'], (given) => {
    given.QUERY_STRING = null;
  }),
  environ('notice environment errors: QUERY_STRING beyond bytes', ['R23'], (given) => {
    given.QUERY_STRING = '\u1234';
  }),
  environ('QUERY_STRING of the same text in bytes', [], (given) => {
    given.QUERY_STRING = '\xe1\x88\xb4';
  }),
  environ('neither SCRIPT_NAME nor PATH_INFO', ['R21', 'R21'], (given) => {
    delete given.SCRIPT_NAME;
    delete given.PATH_INFO;
  }),
  environ('both empty', ['R28'], (given) => {
    given.PATH_INFO = '';
  }),
  environ('PATH_INFO empty and no SCRIPT_NAME', ['R21'], (given) => {
    given.PATH_INFO = '';
    delete given.SCRIPT_NAME;
  }),
  environ('SCRIPT_NAME empty and no PATH_INFO', ['R21'], (given) => {
    delete given.PATH_INFO;
  }),
  environ('SCRIPT_NAME /', ['R26'], (given) => {
    given.SCRIPT_NAME = '/';
  }),
  environ('notice input errors: without its methods', ['R43'], (given) => {
    given['tsgi.input'] = '';
  }),
  notOurs(
    'notice input errors: text mode and encoding',
    'JavaScript has no such modes: what a read gives is checked (R46)',
  ),
  environ('notice error errors', ['R55'], (given) => {
    given['tsgi.errors'] = { write: () => {} };
  }),
  notOurs(
    'notice response errors: frozen, no array, four elements',
    'we answer by calls; R2 and R3 are the like of it',
  ),
  environ('accepts empty PATH_INFO', [], (given) => {
    given.SCRIPT_NAME = '/foo';
    given.PATH_INFO = '';
    given.REQUEST_URI = '/foo';
  }),
  environ('asterisk form, OPTIONS', [], (given) => {
    given.REQUEST_METHOD = 'OPTIONS';
    given.REQUEST_URI = '*';
    given.PATH_INFO = '*';
  }),
  environ('asterisk form, GET', ['R27'], (given) => {
    given.PATH_INFO = '*';
  }),
  environ('authority form, CONNECT', [], (given) => {
    given.REQUEST_METHOD = 'CONNECT';
    given.REQUEST_URI = 'example.com:80';
    given.PATH_INFO = 'example.com:80';
  }),
  environ('authority form, GET', ['R27'], (given) => {
    given.PATH_INFO = 'example.com:80';
  }),
  environ('a path that looks like a port', [], (given) => {
    given.PATH_INFO = '/:80';
  }),
  ...['GET', 'CONNECT', 'OPTIONS'].map((method) =>
    environ(`absolute form, ${method}: the server takes the path out of it`, ['R27'], (given) => {
      given.REQUEST_METHOD = method;
      given.PATH_INFO = 'http://foo/bar';
    }),
  ),
  environ('origin form', [], (given) => {
    given.PATH_INFO = '/foo/bar';
  }),
  environ('origin form: ../etc/passwd', ['R27'], (given) => {
    given.PATH_INFO = '../etc/passwd';
  }),
  notOurs('origin form: a fragment in the path ×2', 'the path arrives decoded, and %23 is # there'),
  app("notice status errors: 'cc'", ['R56'], answers('cc', plain)),
  app('notice status errors: 42', ['R56'], answers('42 Answer', plain)),
  app('notice status errors: a number', ['R56'], answers(200, plain)),
  ...headerCases('notice header errors', (headers) => answers('200 OK', headers, [])),
  notOurs('notice header errors: frozen', 'the server copies the headers'),
  ...headerCases('notice early_hints errors', hints),
  environ('notice early_hints errors: no function', ['R67'], (given) => {
    given['tsgi.early_hints'] = {};
  }),
  ...['100 Continue', '101 Switching Protocols'].flatMap((status) => [
    app(
      `notice content-type and content-length errors: ${status}`,
      ['R67'],
      answers(status, [...plain, ['Content-Length', '0']], []),
    ),
  ]),
  app(
    'notice content-type and content-length errors: 204',
    ['R64', 'R85'],
    answers('204 No Content', [...plain, ['Content-Length', '0']], []),
  ),
  app('notice content-type errors: 304', ['R64'], answers('304 Not Modified', plain, [])),
  notOurs('notice content-length errors: 304', 'a 304 may say how long the body would be (RFC 9110 §8.6)'),
  app(
    'notice content-length errors: 1 where it is 0',
    ['R81'],
    answers('200 OK', [...plain, ['Content-Length', '1']], []),
  ),
  ...['responds to to_path', 'to_path that is nil', 'to_path that is missing ×2'].map((name) =>
    notOurs(name, 'files go through tsgi.file_wrapper, which a server knows by its class (R88)'),
  ),
  app('notice body errors: chunks that are numbers', ['R5', 'R5', 'R5'], answers('200 OK', plain, [1, 2, 3])),
  app('notice body errors: an object that cannot be iterated', ['R3'], answers('200 OK', plain, {})),
  environ('notice body errors: iterated twice', ['R11'], () => {}),
  environ('notice body errors: iterated after close', ['R11'], () => {}),
  {
    name: 'a middleware whose body closes the inner one',
    rules: [],
    run: () =>
      around(tenTimes, (body) => ({
        [Symbol.asyncIterator]: () => body[Symbol.asyncIterator](),
        close: () => body.close?.(),
      })),
  },
  {
    name: 'a middleware that takes the whole inner body first',
    rules: ['R13'],
    run: () =>
      around(tenTimes, async (body) => {
        const chunks = [];
        for await (const chunk of body) chunks.push(chunk);
        await body.close?.();
        return chunks;
      }),
  },
  {
    name: 'a middleware that yields less often than the inner body',
    rules: ['R13'],
    run: () =>
      around(tenTimes, async function* (body) {
        let count = 0;
        for await (const chunk of body) if (++count % 2 === 0) yield chunk;
        await body.close?.();
      }),
  },
  {
    name: 'a middleware that does not close the inner body',
    rules: ['R15', 'R17'],
    run: () =>
      around(tenTimes, async function* (body) {
        for await (const chunk of body) yield chunk;
      }),
  },
  notOurs('to_ary ×2', 'an array is returned as it is'),
  notOurs('streaming body call ×4', 'there is write'),
  app(
    'notice input handling errors: gets with arguments',
    ['R43'],
    readsBy((input) => input.readline('\r\n' as never)),
  ),
  app(
    'notice input handling errors: read(1, 2, 3)',
    ['R43'],
    readsBy((input) => Reflect.apply(input.read, input, [1, 2, 3])),
  ),
  app(
    'notice input handling errors: read("foo")',
    ['R43'],
    readsBy((input) => input.read('foo' as never)),
  ),
  app(
    'notice input handling errors: read(-1)',
    ['R43'],
    readsBy((input) => input.read(-1)),
  ),
  notOurs('notice input handling errors: a buffer ×2', 'read has no buffer argument, and reports it as R43'),
  {
    name: 'notice input handling errors: reads that give numbers',
    rules: ['R46', 'R46', 'R46'],
    run: () =>
      inEnviron(
        (given) => {
          const odd = inputOf([]);
          given['tsgi.input'] = {
            read: async () => 23,
            readline: async () => 42,
            readlines: odd.readlines,
            async *[Symbol.asyncIterator]() {
              yield 23;
            },
          } as never;
        },
        asApp(async (given, startResponse) => {
          await given['tsgi.input'].read();
          await given['tsgi.input'].readline();
          for await (const chunk of given['tsgi.input']) void chunk;
          startResponse('201 Created', plain);
          return [];
        }),
      ),
  },
  app('can call close, which we do not allow', ['R47'], (given, startResponse) => {
    (given['tsgi.input'] as unknown as { close(): void }).close();
    startResponse('201 Created', plain);
    return [];
  }),
  app('notice error handling errors: write(42)', ['R55'], (given, startResponse) => {
    try {
      given['tsgi.errors'].write(42 as never);
    } catch {
      // The stream refuses it, too.
    }
    startResponse('201 Created', plain);
    return [];
  }),
  app('notice error handling errors: close', ['R47'], (given, startResponse) => {
    (given['tsgi.errors'] as unknown as { close(): void }).close();
    startResponse('201 Created', plain);
    return [];
  }),
  app('notice HEAD errors: none', [], answers('200 OK', [...plain, ['Content-Length', '3']], []), { method: 'HEAD' }),
  app('notice HEAD errors: a body', ['R84'], answers('200 OK', [...plain, ['Content-Length', '3']], [bytes('foo')]), {
    method: 'HEAD',
  }),
  ...[undefined, 0, 1].map((size) =>
    app(
      `pass valid read calls: ${size}`,
      [],
      readsBy((input) => input.read(size)),
    ),
  ),
  app('notices response_finished errors: no function', ['R92'], (given, startResponse) => {
    given['tsgi.after_response'].push('not a callable' as never);
    startResponse('200 OK', plain);
    return [];
  }),
  notOurs('response_finished: arity and arguments ×5', 'our hooks take no arguments'),
];

function* tenTimes(_environ: Environ, startResponse: (...args: unknown[]) => unknown): Generator<Uint8Array> {
  startResponse('200 OK', plain);
  for (let count = 0; count < 10; count++) yield bytes('foo');
}

function readsBy(read: (input: Environ['tsgi.input']) => Promise<unknown>): AnyApp {
  return async (given, startResponse) => {
    try {
      await read(given['tsgi.input']);
    } catch {
      // The input refuses it, too.
    }
    startResponse('201 Created', plain);
    return [];
  };
}

const plack: Case[] = [
  app('bad: {}', ['R3'], answers('200 OK', plain, {})),
  notOurs('bad: four elements', 'we answer by calls; too many arguments are R2'),
  app('bad: too many arguments', ['R2'], (_environ, startResponse) => {
    startResponse('200 OK', plain, undefined, 4);
    return [];
  }),
  app('bad: headers are a hash', ['R57'], answers('200 OK', {}, [])),
  app('bad: status 0 and a body that is a string, which is not reached', ['R56'], answers(0, plain, 'Hello World')),
  app('bad: wide characters', ['R5'], answers('200 OK', plain, ['\u1234'])),
  app('bad: body undef', ['R3'], (_environ, startResponse) => {
    startResponse('200 OK', plain);
  }),
  app('bad: "Foo:"', ['R58'], answers('200 OK', typed('Foo:', 'bar'))),
  app('bad: "Foo-"', ['R58'], answers('200 OK', typed('Foo-', 'bar'))),
  notOurs('bad: "0xyz"', 'a token may begin with a digit'),
  app('bad: Status', ['R60'], answers('200 OK', typed('Status', '201'))),
  app('bad: a line feed in a name', ['R58'], answers('200 OK', typed('Foo\nBar', 'baz'))),
  app('bad: a line feed in a value', ['R59'], answers('200 OK', typed('Location', 'Foo\nBar'))),
  app('bad: a name without a value', ['R57'], answers('200 OK', [...plain, ['Foo']])),
  app('bad, late: {}', ['R3'], async (_environ, startResponse) => {
    startResponse('200 OK', plain);
    return {};
  }),
  app('bad, late: undef', ['R3'], async (_environ, startResponse) => {
    startResponse('200 OK', plain);
  }),
  app('bad: a value that is undef', ['R57'], answers('200 OK', typed('X-Foo', undefined))),
  {
    name: 'bad: a middleware that sets SCRIPT_NAME to /',
    rules: ['R26'],
    run: () => {
      const inner: Violation[] = [];
      const checked = validator(reads, { onViolation: (violation) => inner.push(violation) });
      const middleware: App = (given, startResponse) =>
        checked(copyEnviron(given, { SCRIPT_NAME: '/' }), startResponse);
      return callApp(middleware).then(() => inner.map((violation) => violation.rule));
    },
  },
  app('good: a body that is read piece by piece', [], async function* (_environ, startResponse) {
    startResponse('200 OK', plain);
    yield bytes('foo');
  }),
  app(
    'good: latin-1',
    [],
    answers('200 OK', [['Content-Type', 'text/html; charset=latin-1']], [Uint8Array.of(0x4c, 0xe9, 0x6f, 0x6e)]),
  ),
  environ('lint_env, good: PATH_INFO is empty', [], (given) => {
    given.SCRIPT_NAME = '/app';
    given.PATH_INFO = '';
  }),
  environ('lint_env: REQUEST_METHOD undef', ['R22'], (given) => {
    given.REQUEST_METHOD = undefined;
  }),
  notOurs('lint_env: REQUEST_METHOD foo', 'a method is a token, in any case (R25); Plack would refuse M-SEARCH'),
  environ('lint_env: PATH_INFO foo', ['R27'], (given) => {
    given.PATH_INFO = 'foo';
  }),
  environ('lint_env: SERVER_PORT undef', ['R22'], (given) => {
    given.SERVER_PORT = undefined;
  }),
  environ('lint_env: SERVER_PROTOCOL HTTP/x', ['R33'], (given) => {
    given.SERVER_PROTOCOL = 'HTTP/x';
  }),
  environ('lint_env: version 2', ['R40'], (given) => {
    given['tsgi.version'] = 2;
  }),
  environ('lint_env: HTTP_CONTENT_TYPE', ['R24'], (given) => {
    given.HTTP_CONTENT_TYPE = 'text/plain';
  }),
  notOurs('lint_utf8_false_alarm', 'strings have no flags: bytes are bytes'),
  app('lint_wrong_header_info: foo bar', [], answers('200 OK', typed('foo', 'bar'))),
  app('lint_wrong_header_info: a control in a value', ['R59'], answers('200 OK', typed('foo', '\x11bar'))),
  app('lint_wrong_header_info: a control in a name', ['R58'], answers('200 OK', typed('foo\x11', 'bar'))),
];

// Driven by hand, for no right server does it.
const byHand: Record<string, (body: AsyncIterable<Uint8Array> & { close(): unknown }) => Promise<void>> = {
  'notice body errors: iterated twice': async (body) => {
    for await (const chunk of body) void chunk;
    for await (const chunk of body) void chunk;
  },
  'notice body errors: iterated after close': async (body) => {
    await body.close();
    for await (const chunk of body) void chunk;
  },
};

function runByHand(drive: (body: never) => Promise<void>): () => Promise<string[]> {
  return async () => {
    const violations: Violation[] = [];
    const checked = validator(reads, { onViolation: (violation) => violations.push(violation) });
    await drive(checked(testEnviron(), () => async () => {}) as never);
    return [...new Set(violations.map((violation) => violation.rule))];
  };
}

describe.each([
  ['test_wsgiref.py', wsgiref],
  ['spec_lint.rb', rack],
  ['Plack lint', plack],
] as const)('%s', (_suite, cases) => {
  const translated = cases.filter((each) => each.notOurs === undefined);

  it.each(translated.map((each) => [each.name, each] as const))('%s', async (name, each) => {
    const drive = byHand[name];
    const run = drive === undefined ? each.run : runByHand(drive);
    expect((await run?.())?.toSorted()).toEqual(each.rules?.toSorted());
  });
});

it('counts the translated cases', () => {
  const all = [...wsgiref, ...rack, ...plack];
  expect({
    translated: all.filter((each) => each.run !== undefined).length,
    notOurs: all.filter((each) => each.notOurs !== undefined).length,
  }).toEqual({
    translated: 237,
    notOurs: 28,
  });
});
