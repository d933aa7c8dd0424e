import { copyEnviron, type App } from '@tsgi/core';
import { callApp } from '@tsgi/core/testing';
import { validator, type Violation } from '@tsgi/core/validator';
import { answers, app, environ, notOurs, suite, typed, type Case } from './validator-cases.ts';
import { bytes, plain, reads } from './validator-driver.ts';

// Plack's t/Plack-Middleware/lint*.t.

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

suite('Plack lint', plack, { translated: 28, notOurs: 4 });
