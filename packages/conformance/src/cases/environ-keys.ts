import { applicationUri, requestUri, type Environ } from '@tsgi/core';
import type { CaseGroup, ConformanceCase } from '../run/case.ts';
import { noting, ok, showEnviron, utf8, variablesOf } from '../run/case-apps.ts';
import type { Note } from '../app/trace.ts';

function look(name: string, rule: string, what: (environ: Environ) => Note, expected: Note | RegExp): ConformanceCase {
  return {
    name,
    rule,
    app: noting((environ, trace) => trace.note('found', what(environ))),
    expect: { status: 200, notes: { found: expected } },
  };
}

const REQUIRED = [
  'REQUEST_METHOD',
  'SCRIPT_NAME',
  'PATH_INFO',
  'QUERY_STRING',
  'REQUEST_URI',
  'SERVER_NAME',
  'SERVER_PORT',
  'SERVER_PROTOCOL',
  'tsgi.version',
  'tsgi.url_scheme',
  'tsgi.input',
  'tsgi.input_terminated',
  'tsgi.errors',
  'tsgi.multithread',
  'tsgi.multiprocess',
  'tsgi.run_once',
  'tsgi.concurrent',
  'tsgi.signal',
  'tsgi.after_response',
];

const INHERITED = [
  'constructor',
  'hasOwnProperty',
  'isPrototypeOf',
  'toString',
  'valueOf',
  '__proto__',
  '__defineGetter__',
];

/** The environ as an object, and the keys that every server gives (R20 to R23, R39 to R41). */
export const environKeys: CaseGroup = {
  hazard: 'Keys of the environ',
  cases: [
    look('every-required-key-is-there', 'R21', (environ) => REQUIRED.filter((key) => !(key in environ)), []),
    look('nothing-is-inherited-from-object', 'R20', (environ) => INHERITED.filter((key) => key in environ), []),
    {
      name: 'the-environ-can-be-changed-and-extended',
      rule: 'R20',
      app: noting((environ, trace) => {
        environ['kit.added'] = 'added';
        environ.PATH_INFO = '/changed';
        Reflect.deleteProperty(environ, 'QUERY_STRING');
        trace.note('found', [environ['kit.added'] === 'added', environ.PATH_INFO, 'QUERY_STRING' in environ]);
      }),
      expect: { status: 200, notes: { found: [true, '/changed', false] } },
      // A variable that was removed is missing from then on.
      breaks: 'R21',
    },
    look(
      'variables-are-strings',
      'R22',
      (environ) => Object.keys(environ).filter((key) => !key.includes('.') && typeof environ[key] !== 'string'),
      [],
    ),
    look(
      'variables-are-byte-strings',
      'R23',
      (environ) => Object.entries(variablesOf(environ)).filter(([, value]) => !/^[\0-\xff]*$/.test(value)),
      [],
    ),
    look(
      'reserved-keys-are-known-ones',
      'R22',
      (environ) =>
        Object.keys(environ).filter(
          (key) =>
            key.startsWith('tsgi.') &&
            ![
              ...REQUIRED,
              'tsgi.file_wrapper',
              'tsgi.early_hints',
              'tsgi.fcgi_role',
              'tsgi.fcgi_data',
              'tsgi.send_head',
            ].includes(key),
        ),
      [],
    ),
    look(
      'keys-with-a-dot-are-lower-case',
      'R22',
      (environ) => Object.keys(environ).filter((key) => key.includes('.') && key !== key.toLowerCase()),
      [],
    ),
    look('the-version-is-1-0', 'R40', (environ) => [...environ['tsgi.version']], [1, 0]),
    look('the-version-cannot-be-changed', 'R40', (environ) => Object.isFrozen(environ['tsgi.version']), true),
    {
      ...look('the-scheme-is-the-connections', 'R39', (environ) => environ['tsgi.url_scheme'], ''),
      expect: (_, scheme) => ({ status: 200, notes: { found: scheme } }),
    },
    look('the-input-is-terminated', 'R49, R50', (environ) => environ['tsgi.input_terminated'], true),
    look(
      'what-is-said-of-threads-is-boolean',
      'R41',
      (environ) =>
        (['tsgi.multithread', 'tsgi.multiprocess', 'tsgi.run_once', 'tsgi.concurrent'] as const).map(
          (key) => typeof environ[key],
        ),
      ['boolean', 'boolean', 'boolean', 'boolean'],
    ),
    {
      ...look('only-a-cgi-program-runs-once', 'R41', (environ) => environ['tsgi.run_once'], ''),
      expect: (wire) => ({ status: 200, notes: { found: wire === 'cgi' } }),
    },
    look(
      'the-signal-is-there-and-not-aborted',
      'R18',
      (environ) => [environ['tsgi.signal'] instanceof AbortSignal, environ['tsgi.signal'].aborted],
      [true, false],
    ),
    look('the-hooks-are-an-empty-array', 'R92', (environ) => [...environ['tsgi.after_response']].length, 0),
    look('the-signal-is-one-object', 'R18', (environ) => environ['tsgi.signal'] === environ['tsgi.signal'], true),
    look(
      'the-input-has-its-methods-and-no-close',
      'R43, R47',
      (environ) => {
        const input = environ['tsgi.input'];
        const methods = [input.read, input.readline, input.readlines, input[Symbol.asyncIterator]];
        return [methods.every((method) => typeof method === 'function'), 'close' in input];
      },
      [true, false],
    ),
    look(
      'the-server-name-has-no-port',
      'R32',
      (environ) => environ.SERVER_NAME,
      /^(?:\[[0-9A-Fa-f:.]+\]|[^:[\]/@\s]+)$/,
    ),
    look('the-server-port-is-digits', 'R32', (environ) => environ.SERVER_PORT, /^\d+$/),
    {
      ...look('the-protocol-is-the-requests', 'R33', (environ) => environ.SERVER_PROTOCOL, ''),
      expect: (wire) => ({ status: 200, notes: { found: wire === 'http2' ? /^HTTP\/2(\.0)?$/ : 'HTTP/1.1' } }),
    },
    look('the-peers-address-is-known', 'R21', (environ) => environ.REMOTE_ADDR ?? '', /^[0-9A-Fa-f.:]*$/),
    {
      ...look('the-url-can-be-rebuilt', 'R89', (environ) => [requestUri(environ), applicationUri(environ)], ''),
      request: { target: '/a%20b?c=%41' },
      expect: (_, scheme) => ({
        status: 200,
        notes: { found: [`${scheme}://kit.example:8080/a%20b?c=%41`, `${scheme}://kit.example:8080/`] },
      }),
    },
    {
      name: 'the-protocol-of-http-1-0-is-told',
      rule: 'R33',
      wires: ['connection-header'],
      app: showEnviron,
      request: { protocol: 'HTTP/1.0' },
      expect: { status: 200, environ: { SERVER_PROTOCOL: 'HTTP/1.0' } },
    },
    {
      name: 'an-environ-belongs-to-one-request',
      rule: 'R20',
      app: (environ, startResponse, trace) => {
        trace.event(`${environ.PATH_INFO} ${'kit.leak' in environ} ${'HTTP_X_FIRST' in environ}`);
        environ['kit.leak'] = true;
        ok(startResponse);
        return [utf8('seen')];
      },
      talk: async (stage) => {
        for (const [target, headers] of [
          ['/1', [['X-First', 'yes']]],
          ['/2', []],
        ] as const) {
          const peer = await stage.open({ target, headers: headers.map(([name, value]) => [name, value]) });
          peer.sendHead();
          peer.endBody();
          await peer.finish();
        }
        return undefined;
      },
      expect: { unanswered: true, events: ['/1 false true', '/2 false false'] },
    },
    {
      name: 'hooks-and-signal-belong-to-one-request',
      rule: 'R92, R98',
      app: (environ, startResponse, trace) => {
        const hooks = environ['tsgi.after_response'];
        const { PATH_INFO } = environ;
        trace.note(PATH_INFO, hooks.length);
        hooks.push(() => trace.event(PATH_INFO));
        ok(startResponse);
        return [utf8('seen')];
      },
      talk: async (stage) => {
        for (const target of ['/1', '/2']) {
          const peer = await stage.open({ target });
          peer.sendHead();
          peer.endBody();
          await peer.finish();
          await stage.report(({ events }) => events.includes(target));
        }
        return undefined;
      },
      expect: { unanswered: true, events: ['/1', '/2'], notes: { '/1': 0, '/2': 0 } },
    },
  ],
};
