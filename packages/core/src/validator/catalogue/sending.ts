import type { Rule } from './rule.ts';

/** R68 to R87: when things are sent, what a second `startResponse` does, and how a response ends. */
export const SENDING: readonly Rule[] = [
  {
    id: 'R68',
    binds: ['server'],
    severity: 'error',
    title: 'The head is sent with the first non-empty chunk',
    explanation: 'Or at the end. Until then `excInfo` can replace it. An empty chunk sends nothing.',
    source: 'PEP 3333, The start_response() Callable; wsgiref and gunicorn get it wrong',
    unseen: 'It happens on the wire, and the conformance kit looks there.',
  },
  {
    id: 'R69',
    binds: ['server'],
    severity: 'error',
    title: 'An empty chunk never reaches the wire',
    explanation: 'A chunk of length zero ends a chunked body, and an empty record ends a FastCGI stream.',
    source: 'cherrypy #635; eventlet #251',
    unseen: 'It happens on the wire, and the conformance kit looks there.',
  },
  {
    id: 'R70',
    binds: ['app'],
    severity: 'error',
    title: '`startResponse` is called once, or again with `excInfo`',
    explanation:
      'A second call without it is an error even if the first one threw. Middleware that answers in the application’s stead passes on what it caught.',
    source: 'PEP 3333, The start_response() Callable; wsgiref.handlers. wsgiref.validate does not look',
    example: {
      of: 'app',
      wrong:
        "export default (environ, startResponse) => {\n  startResponse('200 OK', plain);\n  startResponse('404 Not Found', plain);\n  return [];\n};",
      right:
        "export default (environ, startResponse) => {\n  startResponse('200 OK', plain);\n  startResponse('404 Not Found', plain, new Error('no such page'));\n  return [];\n};",
    },
  },
  {
    id: 'R71',
    binds: ['server'],
    severity: 'error',
    title: 'Before the head is sent, `excInfo` replaces it whole',
    explanation:
      'Status, headers, and all that was derived from them: a length or a cookie of the first head must not turn up in the second. What the validator sees is a server that throws instead.',
    source: 'PEP 3333, Error Handling; gunicorn leaks the old headers',
    example: {
      of: 'server',
      wrong:
        'await serve(failsEarly, environ, (status, headers, excInfo) => {\n  if (excInfo) throw excInfo;\n  return write;\n});',
      right: 'await serve(failsEarly, environ);',
    },
  },
  {
    id: 'R72',
    binds: ['server'],
    severity: 'error',
    title: 'After the head is sent, `excInfo` is thrown',
    explanation: 'The same object, as it came. The application stops, and the server cuts the response off.',
    source: 'PEP 3333, Error Handling; wsgiref’s bare raise is a RuntimeError outside of an except block',
    example: {
      of: 'server',
      wrong: 'await serve(failsLate, environ, () => write);',
      right: 'await serve(failsLate, environ);',
    },
  },
  {
    id: 'R73',
    binds: ['app'],
    severity: 'error',
    title: 'What `startResponse` throws is not caught',
    explanation:
      'When it throws your own `excInfo`, half a response is out and cannot be mended. An application that goes on makes it look complete.',
    source: 'PEP 3333, Error Handling',
    example: {
      of: 'app',
      wrong:
        "export default async function* (environ, startResponse) {\n  startResponse('200 OK', plain);\n  yield bytes('so far');\n  try {\n    startResponse('500 Internal Server Error', plain, new Error('no database'));\n  } catch {}\n  yield bytes('so good');\n}",
      right:
        "export default async function* (environ, startResponse) {\n  startResponse('200 OK', plain);\n  yield bytes('so far');\n  startResponse('500 Internal Server Error', plain, new Error('no database'));\n  yield bytes('sorry');\n}",
    },
  },
  {
    id: 'R74',
    binds: ['app'],
    severity: 'warning',
    title: '`excInfo` is an `Error`',
    explanation:
      'Any value but `undefined` and `null` counts as one, for anything can be thrown. It is passed on as it came, and without a stack nobody learns where from.',
    source: 'wsgiref.validate, for a tuple',
    example: {
      of: 'app',
      wrong:
        "export default (environ, startResponse) => {\n  startResponse('500 Internal Server Error', plain, 'no database');\n  return [];\n};",
      right:
        "export default (environ, startResponse) => {\n  startResponse('500 Internal Server Error', plain, new Error('no database'));\n  return [];\n};",
    },
  },
  {
    id: 'R75',
    binds: ['server'],
    severity: 'error',
    title: 'A server lets go of `excInfo`',
    explanation: 'In Python a kept traceback is a leak. JavaScript collects cycles; there is nothing to do.',
    source: 'PEP 3333, Error Handling',
    unseen: 'It asks for nothing here.',
  },
  {
    id: 'R76',
    binds: ['middleware'],
    severity: 'error',
    title: 'A middleware may swallow `excInfo`',
    explanation:
      'One that holds the response back may store the new head instead of throwing, even after the inner application has yielded.',
    source: 'PEP 3333, Error Handling',
    unseen: 'It is a permission; R72 is not reported between two validators.',
  },
  {
    id: 'R77',
    binds: ['server'],
    severity: 'error',
    title: 'A response that fails never looks complete',
    explanation:
      'Before the head it is a plain 500; after it the connection ends without the last chunk, short of the length, or by a reset.',
    source: 'PEP 3333, Error Handling; gunicorn',
    unseen: 'It happens on the wire, and the conformance kit looks there.',
  },
  {
    id: 'R78',
    binds: ['server'],
    severity: 'error',
    title: 'No stack trace goes to the peer',
    explanation: 'It goes to `tsgi.errors`.',
    source: 'flup, whose debug page was on by default',
    unseen: 'It happens on the wire, and the conformance kit looks there.',
  },
  {
    id: 'R79',
    binds: ['server'],
    severity: 'error',
    title: 'A peer that goes is no error',
    explanation:
      'It is not logged as one. `tsgi.signal` is aborted, and `write` rejects with a `TsgiAbortError`, whose name is `AbortError`; for no other reason does it reject.',
    source: 'wsgiref.handlers; ASGI 2.4',
    example: {
      of: 'server',
      wrong: "await serve(writes, environ, () => async () => {\n  throw new Error('EPIPE');\n});",
      right:
        "await serve(writes, environ, () => async () => {\n  throw new TsgiAbortError('the peer closed the connection');\n});",
    },
  },
  {
    id: 'R80',
    binds: ['server', 'app'],
    severity: 'error',
    title: 'No more is sent than `Content-Length` says',
    explanation:
      'The server cuts a body off there and stops asking for chunks; `write` throws. The application is told where it went over.',
    source: 'PEP 3333, Handling the Content-Length Header; Go, ErrContentLength',
    example: {
      of: 'app',
      wrong:
        "export default function* (environ, startResponse) {\n  startResponse('200 OK', [...plain, ['Content-Length', '5']]);\n  yield bytes('hello world');\n}",
      right:
        "export default function* (environ, startResponse) {\n  startResponse('200 OK', [...plain, ['Content-Length', '11']]);\n  yield bytes('hello world');\n}",
    },
  },
  {
    id: 'R81',
    binds: ['server', 'app'],
    severity: 'error',
    title: 'No less is sent than `Content-Length` says',
    explanation:
      'The server logs it and closes the connection, for the peer waits for the rest. HEAD and 304 name a length without sending it.',
    source: 'PEP 3333, Handling the Content-Length Header; waitress #428',
    example: {
      of: 'app',
      wrong:
        "export default function* (environ, startResponse) {\n  startResponse('200 OK', [...plain, ['Content-Length', '11']]);\n  yield bytes('hello');\n}",
      right:
        "export default function* (environ, startResponse) {\n  startResponse('200 OK', [...plain, ['Content-Length', '5']]);\n  yield bytes('hello');\n}",
    },
  },
  {
    id: 'R82',
    binds: ['server'],
    severity: 'error',
    title: 'Where no length is given, an array of one chunk has one',
    explanation:
      'If nothing was written, the server adds it. Otherwise the body is chunked, or ends with the connection; the CGI wires leave the length to the front end.',
    source: 'PEP 3333, Handling the Content-Length Header',
    unseen: 'It happens on the wire, and the conformance kit looks there, with the validator and without.',
  },
  {
    id: 'R83',
    binds: ['app'],
    severity: 'error',
    title: 'No `Transfer-Encoding` comes from an application',
    explanation:
      'The server alone knows whether a body is chunked. It is reported as R61, like every hop-by-hop header.',
    source: 'PEP 3333, Other HTTP Features',
    reportedAs: ['R61'],
    example: {
      of: 'app',
      wrong:
        "export default (environ, startResponse) => {\n  startResponse('200 OK', [...plain, ['Transfer-Encoding', 'chunked']]);\n  return [bytes('hello')];\n};",
      right:
        "export default (environ, startResponse) => {\n  startResponse('200 OK', plain);\n  return [bytes('hello')];\n};",
    },
  },
  {
    id: 'R84',
    binds: ['server', 'app'],
    severity: 'warning',
    title: 'HEAD is answered without a body',
    explanation:
      'The server goes as far as the first non-empty chunk, since the head may be set that late, drops it, and closes the body. A `Content-Length` stays. An application that sends a body all the same works for nothing.',
    source: 'RFC 9110 §9.3.2; Rack Lint; wsgiref sends the body',
    example: {
      of: 'app',
      wrong:
        "export default (environ, startResponse) => {\n  startResponse('200 OK', plain);\n  return [bytes('hello')];\n};",
      right:
        "export default (environ, startResponse) => {\n  startResponse('200 OK', [...plain, ['Content-Length', '5']]);\n  return environ.REQUEST_METHOD === 'HEAD' ? [] : [bytes('hello')];\n};",
      request: { method: 'HEAD' },
    },
  },
  {
    id: 'R85',
    binds: ['server', 'app'],
    severity: 'error',
    title: '204 and 304 have no body',
    explanation:
      'What an application sends with one is dropped, and a `Content-Length` on a 204 as well, which is a warning.',
    source: 'RFC 9110 §15.3.5 and §15.4.5; Rack Lint',
    example: {
      of: 'app',
      wrong:
        "export default (environ, startResponse) => {\n  startResponse('204 No Content', []);\n  return [bytes('deleted')];\n};",
      right: "export default (environ, startResponse) => {\n  startResponse('204 No Content', []);\n  return [];\n};",
    },
  },
  {
    id: 'R86',
    binds: ['server'],
    severity: 'error',
    title: 'Every chunk is sent when it comes',
    explanation: 'No server waits for more before it sends what it has, beyond the turn of the event loop.',
    source: 'PEP 3333, Buffering and Streaming',
    unseen: 'It happens on the wire, and the conformance kit looks there.',
  },
  {
    id: 'R87',
    binds: ['server', 'app'],
    severity: 'error',
    title: '`write` gives a promise',
    explanation:
      'It resolves when more may be written. A synchronous application need not await it: chunks are queued in order, and a rejection that nobody handles does not end the process.',
    source: 'PEP 3333, whose write blocks',
    example: {
      of: 'server',
      wrong: 'await serve(writes, environ, () => () => true);',
      right: 'await serve(writes, environ, () => async () => {});',
    },
  },
];
