import { answers, app, environ, notOurs, suite, type Case } from './validator-cases.ts';
import { bytes, plain } from './validator-driver.ts';

// CPython's test_wsgiref.py, what concerns wsgiref.validate, and what wsgiref.validate checks without a test.

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

suite('test_wsgiref.py', wsgiref, { translated: 21, notOurs: 3 });
