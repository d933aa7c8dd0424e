import type { Rule } from './rule.ts';

/** R20 to R34: what an environ is and what it holds. */
export const ENVIRON: readonly Rule[] = [
  {
    id: 'R20',
    binds: ['server', 'middleware'],
    severity: 'error',
    title: '`environ` is a plain object without a prototype’s keys',
    explanation:
      'It can be changed and extended, its keys are strings, and nothing is inherited from `Object.prototype`: a gateway may send a variable of any name, and `constructor` must not look as if it had. Copy it with `copyEnviron`. A spread brings the prototype back and loses what the environ keeps as accessors.',
    source: 'PEP 3333, environ Variables; wsgiref.validate; Rack Lint',
    example: {
      of: 'middleware',
      wrong:
        "export default (app) => (environ, startResponse) =>\n  app(Object.assign({}, environ, { 'tsgi.signal': environ['tsgi.signal'], 'tsgi.after_response': environ['tsgi.after_response'], 'tsgi.has_body': environ['tsgi.has_body'] }), startResponse);",
      right:
        "import { copyEnviron } from '@tsgi/core';\nexport default (app) => (environ, startResponse) =>\n  app(copyEnviron(environ, { 'example.user': 'ada' }), startResponse);",
    },
  },
  {
    id: 'R21',
    binds: ['server'],
    severity: 'error',
    title: 'What is required is always there',
    explanation:
      '`REQUEST_METHOD`, `SCRIPT_NAME`, `PATH_INFO`, `QUERY_STRING`, `REQUEST_URI`, `SERVER_NAME`, `SERVER_PORT` and `SERVER_PROTOCOL`, and every `tsgi.` key of the table above that is not marked optional. An application need not ask whether they exist.',
    source: 'PEP 3333, environ Variables; wsgiref.validate; Rack Lint; Plack Lint',
    example: {
      of: 'server',
      wrong: 'delete environ.QUERY_STRING;',
      right: "environ.QUERY_STRING = '';",
    },
  },
  {
    id: 'R22',
    binds: ['server', 'middleware'],
    severity: 'error',
    title: 'A key without a dot is a string',
    explanation:
      'Keys without a dot are CGI variables, and always strings. Anything else goes under a key with a dot, in lower case, with a prefix of its own. `tsgi.` is reserved: an unknown key there is a warning, as is a key with a dot and capitals.',
    source: 'PEP 3333, environ Variables; wsgiref.validate; Rack Lint',
    example: {
      of: 'server',
      wrong: 'environ.REMOTE_PORT = 54321;',
      right: "environ.REMOTE_PORT = '54321';",
    },
  },
  {
    id: 'R23',
    binds: ['server', 'app'],
    severity: 'error',
    title: 'Strings of the contract are byte strings',
    explanation:
      'In CGI variables, in the status and in headers each character is one byte, U+0000 to U+00FF. Nothing is lost that way, whatever encoding a client had in mind. `byteStringToText` and `textToByteString` go from one to the other.',
    source: 'PEP 3333, Unicode Issues; Rack Lint. wsgiref.validate does not look',
    example: {
      of: 'app',
      wrong:
        "export default (environ, startResponse) => {\n  startResponse('200 OK', [...plain, ['X-Price', '5 €']]);\n  return [];\n};",
      right:
        "export default (environ, startResponse) => {\n  startResponse('200 OK', [...plain, ['X-Price', encodeURIComponent('5 €')]]);\n  return [];\n};",
    },
  },
  {
    id: 'R24',
    binds: ['server'],
    severity: 'error',
    title: 'Content type and length have no `HTTP_`',
    explanation:
      'They are `CONTENT_TYPE` and `CONTENT_LENGTH`. With both spellings around, two readers would see two requests.',
    source: 'wsgiref.validate; Rack Lint; Plack Lint',
    example: {
      of: 'server',
      wrong: "environ.HTTP_CONTENT_TYPE = 'text/plain';",
      right: "environ.CONTENT_TYPE = 'text/plain';",
    },
  },
  {
    id: 'R25',
    binds: ['server'],
    severity: 'error',
    title: '`REQUEST_METHOD` is a token',
    explanation: 'As RFC 9110 defines it, in the case that the client used. `M-SEARCH` is one.',
    source: 'RFC 9110 §9.1; Rack Lint',
    example: {
      of: 'server',
      wrong: "environ.REQUEST_METHOD = 'GET ME';",
      right: "environ.REQUEST_METHOD = 'M-SEARCH';",
    },
  },
  {
    id: 'R26',
    binds: ['server', 'middleware'],
    severity: 'error',
    title: '`SCRIPT_NAME` is empty or begins with a slash',
    explanation:
      'At the root it is empty, never `/`: the slash belongs to `PATH_INFO`. One at its end doubles that slash, and is a warning.',
    source: 'PEP 3333, environ Variables; wsgiref.validate; Rack Lint; Plack Lint',
    example: {
      of: 'server',
      wrong: "environ.SCRIPT_NAME = '/';",
      right: "environ.SCRIPT_NAME = '/shop';",
    },
  },
  {
    id: 'R27',
    binds: ['server', 'middleware'],
    severity: 'error',
    title: '`PATH_INFO` is empty or begins with a slash',
    explanation:
      'Two methods differ: `OPTIONS *` has the path `*`, and CONNECT has `host:port`. Of an absolute target only the path comes here, and its authority goes to `HTTP_HOST`. A decoded path may well hold `#`, `?`, `%` and control characters.',
    source: 'RFC 9112 §3.2; wsgiref.validate; Rack Lint',
    example: {
      of: 'server',
      wrong: "environ.PATH_INFO = 'http://example.com/shop';",
      right: "environ.PATH_INFO = '/shop';\nenviron.HTTP_HOST = 'example.com';",
    },
  },
  {
    id: 'R28',
    binds: ['server', 'middleware'],
    severity: 'error',
    title: '`SCRIPT_NAME` and `PATH_INFO` are not both empty',
    explanation: 'A request for the root has the path `/`. Without it nothing can be rebuilt.',
    source: 'Rack Lint (#2307); wsgiref.validate',
    example: {
      of: 'server',
      wrong: "environ.SCRIPT_NAME = '';\nenviron.PATH_INFO = '';",
      right: "environ.SCRIPT_NAME = '/shop';\nenviron.PATH_INFO = '';",
    },
  },
  {
    id: 'R29',
    binds: ['server'],
    severity: 'error',
    title: 'The path is percent-decoded once',
    explanation:
      'To bytes, with repeated slashes kept. `REQUEST_URI` always has the target as it came, for whoever must tell `%2F` from `/`. Reported is what is certain: a path that was not decoded, or was decoded twice. One that was rewritten on purpose is let pass.',
    source: 'PSGI; Plack’s test suite. PEP 3333 is silent',
    example: {
      of: 'server',
      wrong: "environ.REQUEST_URI = '/caf%C3%A9';\nenviron.PATH_INFO = '/caf%C3%A9';",
      right: "environ.REQUEST_URI = '/caf%C3%A9';\nenviron.PATH_INFO = '/caf\\u00c3\\u00a9';",
    },
  },
  {
    id: 'R30',
    binds: ['server'],
    severity: 'error',
    title: '`QUERY_STRING` is what follows the first question mark',
    explanation: 'Undecoded, without the mark, and empty where there is none. A second mark is part of it.',
    source: 'RFC 3875 §4.1.7; Rack Lint; wsgiref.validate',
    example: {
      of: 'server',
      wrong: "environ.REQUEST_URI = '/?a=b';\nenviron.QUERY_STRING = '?a=b';",
      right: "environ.REQUEST_URI = '/?a=b';\nenviron.QUERY_STRING = 'a=b';",
    },
  },
  {
    id: 'R31',
    binds: ['server'],
    severity: 'error',
    title: '`CONTENT_LENGTH` is decimal digits or absent',
    explanation:
      'No sign, no underscore, no list, and no more than JavaScript counts exactly. Anything else was a 400.',
    source: 'RFC 9110 §8.6; Rack Lint; gunicorn. Python’s int() lets +1 and 0_1 through',
    example: {
      of: 'server',
      wrong: "environ.CONTENT_LENGTH = '+1';",
      right: "environ.CONTENT_LENGTH = '0';",
    },
  },
  {
    id: 'R32',
    binds: ['server'],
    severity: 'error',
    title: '`SERVER_NAME` is a host, `SERVER_PORT` digits',
    explanation:
      'The name comes without its port, an IPv6 address in brackets; neither is ever empty, not behind a UNIX socket either. An `HTTP_HOST` that names no host is the client’s doing, and a warning.',
    source: 'RFC 3875 §4.1.14; Rack Lint; Go #53368',
    example: {
      of: 'server',
      wrong: "environ.SERVER_NAME = 'example.com:8000';",
      right: "environ.SERVER_NAME = 'example.com';\nenviron.SERVER_PORT = '8000';",
    },
  },
  {
    id: 'R33',
    binds: ['server'],
    severity: 'error',
    title: '`SERVER_PROTOCOL` is `HTTP/` and a version',
    explanation: 'As in `HTTP/1.1` or `HTTP/2`. What a CGI host calls `INCLUDED` arrives as `HTTP/1.0`.',
    source: 'Rack Lint; Plack Lint; Go #70416',
    example: {
      of: 'server',
      wrong: "environ.SERVER_PROTOCOL = 'HTTP/x';",
      right: "environ.SERVER_PROTOCOL = 'HTTP/2';",
    },
  },
  {
    id: 'R34',
    binds: ['server'],
    severity: 'error',
    title: 'What has no value has no key',
    explanation:
      'An `HTTP_` key is there if and only if the client sent the header, an empty one included. A variable such as `REMOTE_USER` is left out when there is no user: an empty one looks like a user without a name.',
    source: 'PEP 3333, environ Variables; RFC 3875 §4.1',
    example: {
      of: 'server',
      wrong: "environ.REMOTE_USER = '';",
      right: 'delete environ.REMOTE_USER;',
    },
  },
];
