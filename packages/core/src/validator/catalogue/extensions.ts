import type { Rule } from './rule.ts';

/** R88 to R98: files, URLs, extensions, and the wires. */
export const EXTENSIONS: readonly Rule[] = [
  {
    id: 'R88',
    binds: ['server'],
    severity: 'error',
    title: '`tsgi.file_wrapper` makes a body of a file',
    explanation:
      'Where there is one, it is a function. Its result can always be iterated, reads nothing before it is asked, runs from the current position to the end, and closes the file with the body. The validator hands it on untouched, so that the server knows it again.',
    source: 'PEP 3333, Optional Platform-Specific File Handling; gunicorn #595; uWSGI #1126',
    example: {
      of: 'server',
      wrong: "environ['tsgi.file_wrapper'] = true;",
      right: "environ['tsgi.file_wrapper'] = (file, blockSize) => new FileWrapper(file, blockSize);",
    },
  },
  {
    id: 'R89',
    binds: ['app'],
    severity: 'error',
    title: 'A URL is rebuilt from the environ',
    explanation:
      'Scheme, `HTTP_HOST` or `SERVER_NAME` with a port that is not the usual one, the quoted `SCRIPT_NAME` and `PATH_INFO`, and the query. `requestUri` and `applicationUri` do it.',
    source: 'PEP 3333, URL Reconstruction; wsgiref.util',
    unseen: 'An application keeps it to itself. The utilities have tests.',
  },
  {
    id: 'R90',
    binds: ['middleware'],
    severity: 'error',
    title: 'A path moves from `PATH_INFO` to `SCRIPT_NAME` a segment at a time',
    explanation: '`shiftPathInfo` does it, as `wsgiref.util.shift_path_info`.',
    source: 'wsgiref.util',
    unseen: 'What comes of a wrong move is reported as R26 to R28. The utility has tests.',
  },
  {
    id: 'R91',
    binds: ['server', 'middleware'],
    severity: 'error',
    title: 'An extension that goes past the contract takes `environ` and `startResponse`',
    explanation:
      'And refuses when a middleware has put its own `startResponse` in the place of the server’s, for then it would go past the middleware too. A middleware that only watches says so: `standInFor(mine, given)` of `@tsgi/core`. The validator does.',
    source: 'PEP 3333, Server Extension APIs',
    unseen: 'It is a matter between the extension and its server.',
  },
  {
    id: 'R92',
    binds: ['server', 'app'],
    severity: 'error',
    title: '`tsgi.after_response` is pushed to, and run once',
    explanation:
      'It is the server’s array of functions. Each is called once when the response is over, on every path, and an error in one does not keep the next from running. An array of your own in its place is never run.',
    source: 'PSGI::Extensions, psgix.cleanup; Rack, rack.response_finished',
    example: {
      of: 'app',
      wrong:
        "export default (environ, startResponse) => {\n  environ['tsgi.after_response'] = [() => {}];\n  startResponse('200 OK', plain);\n  return [];\n};",
      right:
        "export default (environ, startResponse) => {\n  environ['tsgi.after_response'].push(() => {});\n  startResponse('200 OK', plain);\n  return [];\n};",
    },
  },
  {
    id: 'R93',
    binds: ['server'],
    severity: 'error',
    title: 'A CGI response begins with `Status`',
    explanation:
      'Written with CRLF. A host wants `Status`, `Location` or `Content-Type`, or answers 500; `Location` alone redirects.',
    source: 'RFC 3875 §6; Go net/http/cgi',
    unseen: 'It is about the wire: see the tests of the CGI backend.',
  },
  {
    id: 'R94',
    binds: ['server'],
    severity: 'error',
    title: 'A CGI program reads its variables as bytes',
    explanation:
      'And its input no further than `CONTENT_LENGTH`. `process.env` has decoded them as UTF-8 and lost what was none.',
    source: 'wsgiref.handlers, read_environ; seen on Node 20',
    unseen: 'It is about the wire: see the tests of the CGI backend.',
  },
  {
    id: 'R95',
    binds: ['server'],
    severity: 'error',
    title: 'FastCGI records are read as the specification says',
    explanation:
      'PARAMS are one stream, in which a pair may straddle records; what is malformed is refused, what is unknown is answered, and replies carry the request’s id.',
    source: 'the FastCGI specification; Go net/http/fcgi',
    unseen: 'It is about the wire: see the tests of the FastCGI backend.',
  },
  {
    id: 'R96',
    binds: ['server'],
    severity: 'error',
    title: 'An aborted FastCGI request ends once',
    explanation:
      'The signal is aborted and the body fails; END_REQUEST goes out when the application has stopped, and not before.',
    source: 'the FastCGI specification; Go net/http/fcgi',
    unseen: 'It is about the wire: see the tests of the FastCGI backend.',
  },
  {
    id: 'R97',
    binds: ['server'],
    severity: 'error',
    title: 'SCGI headers are one netstring, `CONTENT_LENGTH` first',
    explanation: 'One request for each connection, read in whatever pieces it comes, bounded in size.',
    source: 'the SCGI specification',
    unseen: 'It is about the wire: see the tests of the SCGI backend.',
  },
  {
    id: 'R98',
    binds: ['server'],
    severity: 'error',
    title: 'A request is torn down in one order',
    explanation:
      '`tsgi.signal` if the peer has gone; `return()` of the iterator if it was left early; `close()`; `tsgi.after_response`. Each once, and an error in one does not skip the next.',
    source: 'the design',
    example: {
      of: 'server',
      wrong:
        'const body = app(environ, startResponse);\nconst iterator = body[Symbol.asyncIterator]();\nawait iterator.next();\nawait body.close();',
      right:
        'const body = app(environ, startResponse);\nconst iterator = body[Symbol.asyncIterator]();\nawait iterator.next();\nawait iterator.return?.();\nawait body.close();',
    },
  },
];
