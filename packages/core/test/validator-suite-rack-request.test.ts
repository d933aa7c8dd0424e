import { answers, app, environ, notOurs, suite, type Case } from './validator-cases.ts';
import { bytes, plain } from './validator-driver.ts';

// Rack's spec_lint.rb, the half about what a server hands over.

const request: Case[] = [
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
];

suite('spec_lint.rb, request', request, { translated: 39, notOurs: 8 });
