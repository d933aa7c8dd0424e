import type { Rule } from './rule.ts';

const app = (lines: string): string => `export default (environ, startResponse) => {\n${lines}\n};`;
const head = (call: string, body: string = '[]'): string => app(`  ${call};\n  return ${body};`);

/** R56 to R67: status and headers of the response. */
export const HEAD: readonly Rule[] = [
  {
    id: 'R56',
    binds: ['app'],
    severity: 'error',
    title: 'A status is three digits, a space and a reason',
    explanation:
      'The reason may be empty, the space may not be missing, and no control character gets in: a line feed there would end the line.',
    source: 'PEP 3333, The start_response() Callable; wsgiref.validate; CPython #144370',
    example: { of: 'app', wrong: head("startResponse('200OK', plain)"), right: head("startResponse('200 OK', plain)") },
  },
  {
    id: 'R57',
    binds: ['app'],
    severity: 'error',
    title: 'Headers are an array of pairs of strings',
    explanation:
      'Each a name and a value. A name that is sent twice has two pairs. The server copies the array: changing it later changes nothing.',
    source: 'PEP 3333, The start_response() Callable; wsgiref.validate',
    example: {
      of: 'app',
      wrong: head("startResponse('200 OK', { 'Content-Type': 'text/plain' })"),
      right: head("startResponse('200 OK', Object.entries({ 'Content-Type': 'text/plain' }))"),
    },
  },
  {
    id: 'R58',
    binds: ['app'],
    severity: 'error',
    title: 'A header name is a token',
    explanation:
      "Letters, digits and ``!#$%&'*+-.^_`|~``, without the colon. A name that ends in `-` or `_` is legal and likely a slip: a warning.",
    source: 'RFC 9110 §5.1; wsgiref.validate, Rack Lint and Plack Lint, which are each stricter in their own way',
    example: {
      of: 'app',
      wrong: head("startResponse('200 OK', [...plain, ['X-Trace:', '1']])"),
      right: head("startResponse('200 OK', [...plain, ['X-Trace', '1']])"),
    },
  },
  {
    id: 'R59',
    binds: ['app'],
    severity: 'error',
    title: 'A header value has no control characters',
    explanation:
      'But for the tab. A line break in a value writes the next header, or the body: that is response splitting.',
    source: 'RFC 9110 §5.5; wsgiref.validate; Rack Lint (#2354); Plack Lint',
    example: {
      of: 'app',
      wrong: head("startResponse('302 Found', [...plain, ['Location', '/\\r\\nSet-Cookie: admin=1']])"),
      right: head("startResponse('302 Found', [...plain, ['Location', encodeURI('/\\r\\nSet-Cookie: admin=1')]])"),
    },
  },
  {
    id: 'R60',
    binds: ['app'],
    severity: 'error',
    title: 'There is no `Status` header',
    explanation: 'CGI, FastCGI and SCGI carry the status in a header of that name; a second one would be obeyed.',
    source: 'wsgiref.validate; Rack Lint; Plack Lint',
    example: {
      of: 'app',
      wrong: head("startResponse('200 OK', [...plain, ['Status', '404 Not Found']])"),
      right: head("startResponse('404 Not Found', plain)"),
    },
  },
  {
    id: 'R61',
    binds: ['app'],
    severity: 'error',
    title: 'Hop-by-hop headers are the server’s',
    explanation:
      '`Connection`, `Keep-Alive`, `Proxy-Authenticate`, `Proxy-Authorization`, `Proxy-Connection`, `TE`, `Trailers`, `Transfer-Encoding` and `Upgrade`. The server frames the body and keeps or closes the connection, and on some wires there is none of that.',
    source: 'PEP 3333, Other HTTP Features; RFC 9110 §7.6.1. wsgiref.validate does not look',
    example: {
      of: 'app',
      wrong: head("startResponse('200 OK', [...plain, ['Connection', 'close']])"),
      right: head("startResponse('200 OK', [...plain, ['Cache-Control', 'no-store']])"),
    },
  },
  {
    id: 'R62',
    binds: ['server'],
    severity: 'error',
    title: 'The server adds what is missing and replaces nothing',
    explanation: '`Date` on HTTP, where the application gave none. What it gave stays as it is.',
    source: 'PEP 3333, The start_response() Callable',
    unseen: 'It happens on the wire, and the conformance kit looks there.',
  },
  {
    id: 'R63',
    binds: ['server'],
    severity: 'error',
    title: 'Equal names go out one by one, in order',
    explanation: 'Two `Set-Cookie` are two headers; joined they would be one broken cookie.',
    source: 'PSGI; Plack’s test suite',
    unseen: 'It happens on the wire, and the conformance kit looks there.',
  },
  {
    id: 'R64',
    binds: ['app'],
    severity: 'error',
    title: 'A body has a `Content-Type`, and a 204 has none',
    explanation:
      'On a 204 it is an error, on a 304 a warning: there it would describe what is not sent. A body without one is a warning, for then the recipient guesses.',
    source: 'RFC 9110 §8.3; wsgiref.validate; Rack Lint (#472)',
    example: {
      of: 'app',
      wrong: head("startResponse('204 No Content', plain)"),
      right: head("startResponse('204 No Content', [])"),
    },
  },
  {
    id: 'R65',
    binds: ['server'],
    severity: 'error',
    title: 'A head is checked when `startResponse` is called, and the call counts',
    explanation:
      'So the error is thrown where the mistake is. After a head that was refused, a second call needs `excInfo`, as after one that was not.',
    source: 'PEP 3333, example gateway; wsgiref.handlers',
    unseen: 'The validator checks the head first. The conformance kit has the server without it.',
  },
  {
    id: 'R66',
    binds: ['app'],
    severity: 'error',
    title: '`Content-Length` is decimal digits, once',
    explanation:
      'Two are refused even where they are equal: different recipients make different things of them, and that is how requests are smuggled.',
    source: 'RFC 9110 §8.6; gunicorn',
    example: {
      of: 'app',
      wrong: head("startResponse('200 OK', [...plain, ['Content-Length', '5 bytes']])", "[bytes('hello')]"),
      right: head("startResponse('200 OK', [...plain, ['Content-Length', '5']])", "[bytes('hello')]"),
    },
  },
  {
    id: 'R67',
    binds: ['app', 'server'],
    severity: 'error',
    title: 'A response has a final status',
    explanation:
      '200 or above. A 103 goes out through `tsgi.early_hints`, whose headers are checked as those of a response are.',
    source: 'RFC 9110 §15.2; gunicorn',
    example: {
      of: 'app',
      wrong: head("startResponse('103 Early Hints', plain)"),
      right: head("startResponse('200 OK', plain)"),
    },
  },
];
