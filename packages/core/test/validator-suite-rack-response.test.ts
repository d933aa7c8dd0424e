import type { Environ } from '@tsgi/core';
import { callApp, testEnviron } from '@tsgi/core/testing';
import { validator, type Violation } from '@tsgi/core/validator';
import { answers, app, environ, inEnviron, notOurs, suite, typed, type Case } from './validator-cases.ts';
import { asApp, bytes, inputOf, plain, reads, type AnyApp } from './validator-driver.ts';

// Rack's spec_lint.rb, the half about what an application does.

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

type HeldBody = AsyncIterable<Uint8Array> & { close(): unknown };

/** Drives a body by hand, for no right server does it. */
async function byHand(drive: (body: HeldBody) => Promise<void>): Promise<string[]> {
  const violations: Violation[] = [];
  const checked = validator(reads, { onViolation: (violation) => violations.push(violation) });
  await drive(checked(testEnviron(), () => async () => {}) as HeldBody);
  return [...new Set(violations.map((violation) => violation.rule))];
}

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

const response: Case[] = [
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
  {
    name: 'notice body errors: iterated twice',
    rules: ['R11'],
    run: () =>
      byHand(async (body) => {
        for await (const chunk of body) void chunk;
        for await (const chunk of body) void chunk;
      }),
  },
  {
    name: 'notice body errors: iterated after close',
    rules: ['R11'],
    run: () =>
      byHand(async (body) => {
        await body.close();
        for await (const chunk of body) void chunk;
      }),
  },
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

suite('spec_lint.rb, response', response, { translated: 149, notOurs: 13 });
