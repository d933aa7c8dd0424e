import type { Rule } from './rule.ts';

/** R43 to R55: `tsgi.input` and `tsgi.errors`. */
export const STREAMS: readonly Rule[] = [
  {
    id: 'R43',
    binds: ['server', 'app'],
    severity: 'error',
    title: '`tsgi.input` is read by `read`, `readline`, `readlines` and iteration',
    explanation:
      'The server gives all four, and the application uses nothing else, for the next server has nothing else. A size is a whole number of bytes, 0 or more; without one, everything that is left is meant.',
    source: 'PEP 3333, Input and Error Streams; wsgiref.validate; Rack Lint',
    example: {
      of: 'app',
      wrong:
        "export default async (environ, startResponse) => {\n  const start = await environ['tsgi.input'].read(-1);\n  startResponse('200 OK', plain);\n  return [start];\n};",
      right:
        "export default async (environ, startResponse) => {\n  const start = await environ['tsgi.input'].read(1024);\n  startResponse('200 OK', plain);\n  return [start];\n};",
    },
  },
  {
    id: 'R44',
    binds: ['server'],
    severity: 'error',
    title: '`read()` without a size gives the whole rest',
    explanation:
      'PEP 3333 left it open, and wsgiref’s validator forbids it. Here it is safe, for the input always ends. A rest that is not whole is reported as R48.',
    source: 'PEP 3333 against wsgiref.validate; decided by the design',
    reportedAs: ['R48'],
    example: {
      of: 'server',
      wrong: "environ.CONTENT_LENGTH = '5';\nenviron['tsgi.input'] = inputOf(['he']);",
      right: "environ.CONTENT_LENGTH = '5';\nenviron['tsgi.input'] = inputOf(['he', 'llo']);",
    },
  },
  {
    id: 'R45',
    binds: ['server'],
    severity: 'error',
    title: 'The end of the input is final',
    explanation:
      'At it and after it every read gives an empty array at once, and nothing beyond `CONTENT_LENGTH` is ever read.',
    source: 'PEP 3333, Input and Error Streams; cherrypy #966, which hung',
    example: {
      of: 'server',
      wrong: "environ.CONTENT_LENGTH = '5';\nenviron['tsgi.input'] = inputOf(['hello', ' and more']);",
      right: "environ.CONTENT_LENGTH = '5';\nenviron['tsgi.input'] = inputOf(['hello']);",
    },
  },
  {
    id: 'R46',
    binds: ['server'],
    severity: 'error',
    title: 'A read gives a promise of 1 to `size` bytes',
    explanation:
      'Fewer than asked for is no end; none is. `readline` ends with the first line feed and includes it, `readlines` gives an array, and the bytes are always `Uint8Array`.',
    source: 'PEP 3333, Input and Error Streams; wsgiref.validate; Rack Lint',
    example: {
      of: 'server',
      wrong: "const input = inputOf(['hello']);\ninput.read = async () => 'hello';\nenviron['tsgi.input'] = input;",
      right: "const input = inputOf(['hello']);\nenviron['tsgi.input'] = input;",
    },
  },
  {
    id: 'R47',
    binds: ['app'],
    severity: 'error',
    title: 'An application closes neither stream',
    explanation: 'Both are the server’s. Whoever wants no more of the body stops reading.',
    source: 'PEP 3333, Input and Error Streams; wsgiref.validate',
    example: {
      of: 'app',
      wrong:
        "export default (environ, startResponse) => {\n  environ['tsgi.input'].close();\n  startResponse('200 OK', plain);\n  return [];\n};",
      right: "export default (environ, startResponse) => {\n  startResponse('200 OK', plain);\n  return [];\n};",
    },
  },
  {
    id: 'R48',
    binds: ['server'],
    severity: 'error',
    title: 'A body that was cut short is an error, not an end',
    explanation: 'The read rejects, with a `TsgiAbortError`. Otherwise half an upload would be stored as a whole one.',
    source: 'Go net/http/fcgi; gunicorn #3234',
    example: {
      of: 'server',
      wrong: "environ.CONTENT_LENGTH = '100';\nenviron['tsgi.input'] = inputOf(['hello']);",
      right: "environ.CONTENT_LENGTH = '5';\nenviron['tsgi.input'] = inputOf(['hello']);",
    },
  },
  {
    id: 'R49',
    binds: ['server'],
    severity: 'error',
    title: 'The input need not be rewound',
    explanation: 'It is read once. A middleware that reads it for itself hands on an input of its own.',
    source: 'Rack 3 (#1148, #1804)',
    unseen: 'It is a permission.',
  },
  {
    id: 'R50',
    binds: ['server'],
    severity: 'error',
    title: 'The input ends by itself, and the environ says so',
    explanation:
      '`tsgi.input_terminated` is `true`, always: with a length, chunked, or with nothing at all. `CONTENT_LENGTH` is absent where the length is not known beforehand.',
    source: 'wsgi.input_terminated',
    example: {
      of: 'server',
      wrong: "environ['tsgi.input_terminated'] = false;",
      right: "environ['tsgi.input_terminated'] = true;",
    },
  },
  {
    id: 'R51',
    binds: ['server'],
    severity: 'error',
    title: 'Each wire has its own end of a body',
    explanation:
      'SCGI needs a length; FastCGI ends its stream itself; CGI has a length, or the end of the file where the front end passes a coded body on.',
    source: 'RFC 3875 §4.2; the FastCGI and SCGI specifications',
    unseen: 'It is about the wire. The conformance kit sends bodies with and without a length.',
  },
  {
    id: 'R52',
    binds: ['server'],
    severity: 'error',
    title: '`100 Continue` is sent at the first read',
    explanation: 'Once at most, never after the head, never to HTTP/1.0. Any other expectation is a 417.',
    source: 'PEP 3333, HTTP 1.1 Expect/Continue; RFC 9110 §10.1.1',
    unseen: 'It is about the wire. The conformance kit waits for it.',
  },
  {
    id: 'R53',
    binds: ['server'],
    severity: 'error',
    title: 'A body that nobody read is drained, or the connection closed',
    explanation: 'Up to a bound, in bytes and in time.',
    source: 'Go net/http; gunicorn, finish_body',
    unseen: 'It is about the wire. The conformance kit leaves bodies unread.',
  },
  {
    id: 'R54',
    binds: ['app'],
    severity: 'error',
    title: 'The input has one reader at a time',
    explanation: 'A read that overlaps another rejects: which bytes would it get?',
    source: 'the design; JavaScript alone has the question',
    example: {
      of: 'app',
      wrong:
        "export default async (environ, startResponse) => {\n  const input = environ['tsgi.input'];\n  const lines = await Promise.all([input.readline(), input.readline()]);\n  startResponse('200 OK', plain);\n  return lines;\n};",
      right:
        "export default async (environ, startResponse) => {\n  const input = environ['tsgi.input'];\n  const lines = [await input.readline(), await input.readline()];\n  startResponse('200 OK', plain);\n  return lines;\n};",
      request: { method: 'POST', body: 'one\ntwo\n' },
    },
  },
  {
    id: 'R55',
    binds: ['server', 'app'],
    severity: 'error',
    title: '`tsgi.errors` takes text',
    explanation:
      'By `write`, `writelines` and `flush`; any text, and never does one throw. It takes no bytes. `writelines` of a string works, character by character, and is a warning.',
    source: 'PEP 3333, Input and Error Streams; wsgiref.validate; asgiref #529',
    example: {
      of: 'app',
      wrong:
        "export default (environ, startResponse) => {\n  environ['tsgi.errors'].write(bytes('no such page\\n'));\n  startResponse('200 OK', plain);\n  return [];\n};",
      right:
        "export default (environ, startResponse) => {\n  environ['tsgi.errors'].write('no such page\\n');\n  startResponse('200 OK', plain);\n  return [];\n};",
    },
  },
];
