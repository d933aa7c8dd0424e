import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CgiHeadParser, environFromVariables, variablesFromEnviron } from '../src/cgi.ts';
import type { CgiHead } from '../src/cgi.ts';
import { TsgiError } from '../src/index.ts';
import { checkHead, createErrorStream } from '../src/server.ts';

/** `FUZZ_RUNS=1000000` for the long version. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 3000);
const timeout = numRuns > 100_000 ? 3_600_000 : 60_000;

const WORDS = [
  'Status: ',
  'status:',
  'Content-Type: text/html',
  'Content-Length: ',
  'Location: /',
  'Location: http://a/',
  'HTTP/1.1 ',
  'Set-Cookie: a=b',
  'Transfer-Encoding: chunked',
  'Connection: close',
  'X-Accel-Redirect: /a',
  '200',
  '404 Not Found',
  '99',
  '1000',
  ': ',
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\n\n',
  '\r',
  ' ',
  '\t',
  '\0',
  '\x80',
  '\xff',
  'a',
  ' '.repeat(40),
  '9'.repeat(30),
];
const text = fc
  .array(
    fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...WORDS) }, fc.string({ unit: 'binary-ascii', maxLength: 4 })),
    {
      maxLength: 30,
    },
  )
  .map((parts) => parts.join(''));

/** The head and what follows it, or the error, of bytes that come in these pieces. */
function parse(pieces: readonly Buffer[]): { head: CgiHead; rest: string } | { code: string } {
  const parser = new CgiHeadParser();
  try {
    for (const [index, piece] of pieces.entries()) {
      const parsed = parser.push(piece);
      if (parsed === undefined) continue;
      const rest = Buffer.concat([parsed.rest, ...pieces.slice(index + 1)]);
      return { head: parsed.head, rest: rest.toString('latin1') };
    }
    return parser.end();
  } catch (error) {
    if (error instanceof TsgiError && error.statusHint === 502 && error.side === 'peer') return { code: error.code };
    throw error;
  }
}

it(
  'a head of any bytes is one that every server takes, or a 502; and the same in any pieces',
  () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(200), { maxLength: 4 }), (content, cuts) => {
        const bytes = Buffer.from(content, 'latin1');
        const whole = parse([bytes]);
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
        expect(parse(pieces)).toEqual(whole);
        expect(parse(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(whole);
        if (!('head' in whole)) return;
        const { status, headers } = whole.head;
        expect(checkHead(status, headers, false).headers).toEqual(headers);
        expect(whole.rest.length).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns },
    );
  },
  timeout,
);

const NAMES = [
  'REQUEST_METHOD',
  'REQUEST_URI',
  'SCRIPT_NAME',
  'PATH_INFO',
  'QUERY_STRING',
  'SERVER_NAME',
  'SERVER_PORT',
  'SERVER_PROTOCOL',
  'CONTENT_LENGTH',
  'CONTENT_TYPE',
  'HTTP_HOST',
  'HTTP_COOKIE',
  'HTTP_PROXY',
  'HTTP_TRANSFER_ENCODING',
  'HTTPS',
  'REQUEST_SCHEME',
  'tsgi.input',
  '__proto__',
  'constructor',
  '',
];
const VALUES = [
  'GET',
  '/',
  '//',
  '/a%2fb?c',
  'http://a/b',
  '*',
  '-1',
  '5',
  'a:80',
  '[::1]:8',
  'HTTP/1.1',
  'INCLUDED',
  'on',
  '',
];
const piece = fc.oneof(
  fc.constantFrom(...VALUES),
  fc.string({ unit: 'binary-ascii', maxLength: 8 }),
  fc.constantFrom('\x80', '\xff'),
);
const pair = fc.tuple(fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...NAMES) }, piece), piece);
const traits = {
  multithread: false,
  multiprocess: false,
  runOnce: false,
  concurrent: true,
  serverSoftware: 'fuzz',
  errors: createErrorStream(() => {}),
};

it(
  'variables of any kind make an environ that obeys R20 to R34, or a 400; sent on, they make the same again',
  () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 12 }), fc.option(fc.constantFrom('', '/app')), (pairs, scriptName) => {
        const variables = ['REQUEST_METHOD', 'GET', ...pairs.flat()];
        let environ;
        try {
          environ = environFromVariables(variables, { ...traits, ...(scriptName === null ? {} : { scriptName }) });
        } catch (error) {
          if (error instanceof TsgiError && error.statusHint === 400) return;
          throw error;
        }
        const { SCRIPT_NAME: script, PATH_INFO: path, REQUEST_METHOD: method } = environ;
        expect(script === '' || (script.startsWith('/') && !script.endsWith('/'))).toBe(true);
        expect(path === '' || path === '*' || path.startsWith('/') || method === 'CONNECT').toBe(true);
        expect(script + path).not.toBe('');
        expect(environ.SERVER_NAME).toMatch(/^(?:\[[^\]]+\]|[^:]+)$/);
        expect(environ.SERVER_PORT).toMatch(/^\d+$/);
        for (const [key, value] of Object.entries(environ)) {
          if (!key.includes('.') && value !== undefined) expect(typeof value).toBe('string');
        }
        expect(environ['tsgi.input']).toBeTypeOf('object');
        const again = environFromVariables(variablesFromEnviron(environ), traits);
        expect([again.PATH_INFO, again.SCRIPT_NAME, again.QUERY_STRING]).toEqual([path, script, environ.QUERY_STRING]);
      }),
      { numRuns },
    );
  },
  timeout,
);
