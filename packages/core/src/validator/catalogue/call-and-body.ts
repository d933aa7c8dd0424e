import type { Rule } from './rule.ts';

/** R1 to R19: how the application is called, and what it returns. */
export const CALL_AND_BODY: readonly Rule[] = [
  {
    id: 'R1',
    binds: ['server', 'app'],
    severity: 'error',
    title: 'An application is called with two arguments',
    explanation:
      'The server calls `app(environ, startResponse)`, once a request and as often as there are requests, and makes nothing of how the function is written: not of its `length`, its name or its kind. What comes back is a body or a promise of one, awaited once.',
    source: 'PEP 3333, Specification Details; wsgiref.validate counts the arguments',
    example: {
      of: 'server',
      wrong: 'await serve((environ) => app(environ), environ);',
      right: 'await serve((environ, startResponse) => app(environ, startResponse), environ);',
    },
  },
  {
    id: 'R2',
    binds: ['app', 'server'],
    severity: 'error',
    title: '`startResponse` takes two or three arguments and gives `write`',
    explanation:
      'Status and headers, and `excInfo` where an error is answered. It answers at once, with a function: it is no promise.',
    source: 'PEP 3333, The start_response() Callable; wsgiref.validate',
    example: {
      of: 'app',
      wrong: "export default (environ, startResponse) => {\n  startResponse('200 OK');\n  return [];\n};",
      right: "export default (environ, startResponse) => {\n  startResponse('200 OK', plain);\n  return [];\n};",
    },
  },
  {
    id: 'R3',
    binds: ['app'],
    severity: 'error',
    title: 'An application returns an iterable',
    explanation:
      'An array, an object with `Symbol.iterator`, or one with `Symbol.asyncIterator`: a generator of either kind is one. If there is nothing to send, it is `[]`. Most often a `return` is missing, or the braces of an arrow function swallow the value.',
    source: 'PEP 3333, Specification Details; wsgiref.validate',
    example: {
      of: 'app',
      wrong: "export default (environ, startResponse) => {\n  startResponse('200 OK', plain);\n  [bytes('hello')];\n};",
      right:
        "export default (environ, startResponse) => {\n  startResponse('200 OK', plain);\n  return [bytes('hello')];\n};",
    },
  },
  {
    id: 'R4',
    binds: ['app'],
    severity: 'error',
    title: 'A body is not itself a string, nor bytes',
    explanation:
      'Both can be iterated, and neither gives chunks: a string gives characters, and a `Buffer` gives numbers. Put what you have into an array.',
    source: 'PEP 3333; wsgiref.validate; werkzeug lint',
    example: {
      of: 'app',
      wrong: "export default (environ, startResponse) => {\n  startResponse('200 OK', plain);\n  return 'hello';\n};",
      right:
        "export default (environ, startResponse) => {\n  startResponse('200 OK', plain);\n  return [new TextEncoder().encode('hello')];\n};",
    },
  },
  {
    id: 'R5',
    binds: ['app'],
    severity: 'error',
    title: 'Every chunk is a `Uint8Array`',
    explanation:
      'Whether yielded or written. `Buffer` is one. Nothing is encoded on the way, so text goes out in the encoding that you chose, or not at all. A `Uint8Array` over a `SharedArrayBuffer` is refused: another thread could change it between the check and the wire.',
    source: 'PEP 3333; wsgiref.validate; uWSGI #456 and #1023, where other types vanished without a word',
    example: {
      of: 'app',
      wrong:
        "export default function* (environ, startResponse) {\n  startResponse('200 OK', plain);\n  yield 'hello';\n}",
      right:
        "export default function* (environ, startResponse) {\n  startResponse('200 OK', plain);\n  yield bytes('hello');\n}",
    },
  },
  {
    id: 'R6',
    binds: ['app', 'server'],
    severity: 'error',
    title: '`startResponse` is called before the first chunk',
    explanation:
      'Before an empty one too, and before the end of a body that has none. It may be called as late as in the first step of the iteration, which is where a generator calls it; a server must not expect it any earlier.',
    source: 'PEP 3333, The start_response() Callable; wsgiref.validate, which misses a body without chunks',
    example: {
      of: 'app',
      wrong:
        "export default function* (environ, startResponse) {\n  yield bytes('hello');\n  startResponse('200 OK', plain);\n}",
      right:
        "export default function* (environ, startResponse) {\n  startResponse('200 OK', plain);\n  yield bytes('hello');\n}",
    },
  },
  {
    id: 'R7',
    binds: ['app'],
    severity: 'error',
    title: 'All that is written comes before all that is yielded',
    explanation:
      '`write` works until the application has returned, or its promise has settled. From then on the body speaks. A generator has returned before its first line runs, so it never calls `write`.',
    source: 'PEP 3333, The write() Callable',
    example: {
      of: 'app',
      wrong:
        "export default function* (environ, startResponse) {\n  const write = startResponse('200 OK', plain);\n  write(bytes('hello'));\n  yield bytes('world');\n}",
      right:
        "export default (environ, startResponse) => {\n  const write = startResponse('200 OK', plain);\n  write(bytes('hello'));\n  return [bytes('world')];\n};",
    },
  },
  {
    id: 'R8',
    binds: ['app'],
    severity: 'error',
    title: 'A body is returned even if everything was written',
    explanation: '`write` does not stand in for the body. When nothing is left, return `[]`.',
    source: 'PEP 3333, The write() Callable',
    example: {
      of: 'app',
      wrong:
        "export default async (environ, startResponse) => {\n  const write = startResponse('200 OK', plain);\n  await write(bytes('hello'));\n};",
      right:
        "export default async (environ, startResponse) => {\n  const write = startResponse('200 OK', plain);\n  await write(bytes('hello'));\n  return [];\n};",
    },
  },
  {
    id: 'R9',
    binds: ['app', 'server'],
    severity: 'error',
    title: 'A length that is given is right',
    explanation:
      'A `Content-Length` counts bytes, not characters. A server that works a length out itself does so from an array alone: the `length` of any other object may mean anything. A body that does not match its length is reported as R80 when it is longer, as R81 when it is shorter.',
    source: 'PEP 3333, Handling the Content-Length Header',
    reportedAs: ['R80', 'R81'],
    example: {
      of: 'app',
      wrong:
        "export default (environ, startResponse) => {\n  const text = 'naïve';\n  startResponse('200 OK', [...plain, ['Content-Length', String(text.length)]]);\n  return [bytes(text)];\n};",
      right:
        "export default (environ, startResponse) => {\n  const body = bytes('naïve');\n  startResponse('200 OK', [...plain, ['Content-Length', String(body.length)]]);\n  return [body];\n};",
    },
  },
  {
    id: 'R10',
    binds: ['server'],
    severity: 'error',
    title: 'Of a body nothing is used but iteration and `close`',
    explanation:
      'Whatever else the object can do is its own affair. The exception is the server’s own file wrapper, which it knows by its class.',
    source: 'PEP 3333, Specification Details',
    example: {
      of: 'server',
      wrong: 'const body = app(environ, startResponse);\nconst length = body.length;',
      right: "const body = app(environ, startResponse);\nconst length = Array.isArray(body) ? body.length : 'unknown';",
    },
  },
  {
    id: 'R11',
    binds: ['server', 'middleware'],
    severity: 'error',
    title: 'A body is iterated once, step by step, and not after `close`',
    explanation:
      'One iterator, one `next()` at a time, and a middleware goes through the inner body once. Asking again after the end gives nothing and is a warning; asking after `return()` or `close()`, or while a `next()` is pending, is an error. An array can be gone through twice, but whoever does it works with arrays alone: between two validators, a warning.',
    source: 'wsgiref.validate; Rack Lint',
    example: {
      of: 'server',
      wrong:
        'const iterator = app(environ, startResponse)[Symbol.asyncIterator]();\nawait Promise.all([iterator.next(), iterator.next()]);',
      right:
        'const iterator = app(environ, startResponse)[Symbol.asyncIterator]();\nawait iterator.next();\nawait iterator.next();',
    },
  },
  {
    id: 'R12',
    binds: ['server'],
    severity: 'error',
    title: 'The next chunk is asked for when the last one was accepted',
    explanation:
      'Accepted means sent, or queued where it will surely be sent. This is how a slow reader slows the application down, and why memory stays bounded whatever the body is.',
    source: 'PEP 3333, Buffering and Streaming',
    unseen: 'Only the wire knows what it accepted. The conformance kit proves it with a reader that stops reading.',
  },
  {
    id: 'R13',
    binds: ['middleware'],
    severity: 'warning',
    title: 'A middleware yields at least once for each chunk of the inner body',
    explanation:
      'An empty chunk will do where there is nothing to say yet. PEP 3333 wanted this so that no thread blocks, and an asynchronous body does not block; but what is held back without a word cannot be told from what hangs.',
    source: 'PEP 3333, Middleware Handling of Block Boundaries; Rack Lint',
    example: {
      of: 'middleware',
      wrong:
        'export default (app) => async function* (environ, startResponse) {\n  const body = app(environ, startResponse);\n  const chunks = [];\n  for await (const chunk of body) chunks.push(chunk);\n  await body.close?.();\n  yield* chunks;\n};',
      right:
        'export default (app) => async function* (environ, startResponse) {\n  const body = app(environ, startResponse);\n  const chunks = [];\n  for await (const chunk of body) {\n    chunks.push(chunk);\n    yield new Uint8Array(0);\n  }\n  await body.close?.();\n  yield* chunks;\n};',
    },
  },
  {
    id: 'R14',
    binds: ['middleware'],
    severity: 'error',
    title: 'A middleware does not send the inner body through `write`',
    explanation:
      'What the inner application yields goes on in the body that the middleware returns, where the server can ask for it piece by piece.',
    source: 'PEP 3333, The write() Callable',
    example: {
      of: 'middleware',
      wrong:
        "export default (app) => async (environ, startResponse) => {\n  const write = startResponse('200 OK', plain);\n  const body = app(environ, () => write);\n  for await (const chunk of body) await write(chunk);\n  body.close();\n  return [];\n};",
      right: 'export default (app) => (environ, startResponse) => app(environ, startResponse);',
    },
  },
  {
    id: 'R15',
    binds: ['server', 'app'],
    severity: 'error',
    title: '`close()` is called once, on what the application returned',
    explanation:
      'After the last chunk, after an error, after the peer has gone: always, once, on the object itself and not on its iterator. A generator that never started runs no `finally` when its iterator is returned, so `close` is the one place for cleaning up. Where a body has a `close`, it is a method; one that throws or rejects changes nothing, and is a warning.',
    source: 'PEP 3333, Specification Details; wsgiref.validate, when the garbage collector gets there',
    example: {
      of: 'server',
      wrong:
        "const body = app(environ, startResponse);\nfor await (const chunk of body) send(chunk);\nfor (const hook of environ['tsgi.after_response']) await hook();",
      right:
        "const body = app(environ, startResponse);\nfor await (const chunk of body) send(chunk);\nawait body.close?.();\nfor (const hook of environ['tsgi.after_response']) await hook();",
    },
  },
  {
    id: 'R16',
    binds: ['app'],
    severity: 'error',
    title: 'A body need not be taken to its end',
    explanation:
      'A peer that goes, a HEAD, a `Content-Length` that is reached: the server stops where it must. Nothing that has to happen may wait for the last `next()`.',
    source: 'PEP 3333, Specification Details',
    unseen:
      'What an application expects cannot be seen. `tsgi check` breaks connections off, so that what goes wrong then shows.',
  },
  {
    id: 'R17',
    binds: ['middleware'],
    severity: 'error',
    title: 'Who replaces a body closes the one he replaced',
    explanation:
      'A body of your own needs a `close` that calls the inner one. For this rule the validator stands on both sides of the middleware; one inside of it alone reports R15.',
    source: 'PEP 3333, Specification Details; Rack Lint',
    example: {
      of: 'middleware',
      wrong:
        'export default (app) => (environ, startResponse) => {\n  const body = app(environ, startResponse);\n  return { [Symbol.asyncIterator]: () => body[Symbol.asyncIterator]() };\n};',
      right:
        'export default (app) => (environ, startResponse) => {\n  const body = app(environ, startResponse);\n  return {\n    [Symbol.asyncIterator]: () => body[Symbol.asyncIterator](),\n    close: () => body.close?.(),\n  };\n};',
    },
  },
  {
    id: 'R18',
    binds: ['server'],
    severity: 'error',
    title: '`tsgi.signal` says that the peer has gone',
    explanation:
      'A `next()` in flight cannot be interrupted, and `return()` queues behind it. So the signal goes first: whoever awaits something long listens to it. It is an `AbortSignal`, aborted when the peer is gone and the response is not finished, and never otherwise. Its type is checked where that costs nothing.',
    source: 'JavaScript’s asynchronous generators; the design',
    example: {
      of: 'server',
      wrong: "environ['tsgi.signal'] = { aborted: false };",
      right: "environ['tsgi.signal'] = new AbortController().signal;",
    },
  },
  {
    id: 'R19',
    binds: ['server'],
    severity: 'error',
    title: 'Iterators are driven by hand',
    explanation:
      '`for await` over a synchronous body whose values are promises leaves the iterator open when one of them rejects. A server calls `next()`, `return()` and `close()` itself.',
    source: 'JavaScript; seen on Node 20',
    unseen: 'It is a way to keep R11, R15 and R98, and those are checked.',
  },
];
