import { describe, expect, it } from 'vitest';
import { applicationUri, Headers, rawPathInfo, requestUri, shiftPathInfo, type Header } from '../src/index.ts';
import { CgiHeadParser, environFromVariables, variablesFromEnviron } from '../src/cgi.ts';
import {
  environFromHead,
  logEntry,
  logLine,
  logLines,
  parseAuthority,
  percentDecode,
  percentEncode,
  withoutBlanks,
} from '../src/server.ts';
import { callApp, testEnviron } from '../src/testing.ts';
import { validator } from '../src/validator.ts';
import { environ, traits } from './sent-variables.ts';
import { bytes } from './scripted-writer.ts';

const N = 200_000;
/** Milliseconds. What takes quadratic time takes several times that: 65,000 slashes took 1.9 s, 200,000 take 18. */
const MOST = 4000;

const connection = { scheme: 'http', serverName: 'localhost', serverPort: '80' } as const;
const http = (target: string, headers: string[] = [], method = 'GET'): unknown =>
  environFromHead({ method, target, protocol: 'HTTP/1.1', headers }, connection, traits);
const shown = (text: string): unknown => {
  const app = validator(
    (_environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'text/plain']]);
      return [];
    },
    { onViolation: () => {} },
  );
  return app(
    environ({ REQUEST_URI: text, SCRIPT_NAME: text, PATH_INFO: text, QUERY_STRING: text, HTTP_HOST: text }),
    () => async () => {},
  );
};
const respond = (status: string, headers: Header[]): Promise<unknown> =>
  callApp((_environ, startResponse) => {
    startResponse(status, headers);
    return [bytes('a')];
  });

/** Runs of one character, where an expression might try each of them anew, and an end that does not match. */
const runs = (characters: readonly string[]): string[] =>
  characters.flatMap((character) => [`${character.repeat(N)}\u0001`, `x${character.repeat(N)}x`]);

const anyText: readonly [name: string, look: (text: string) => unknown][] = [
  ['SCRIPT_NAME', (text) => environ({ SCRIPT_NAME: text, PATH_INFO: '/x' })],
  ['PATH_INFO', (text) => environ({ PATH_INFO: text })],
  ['REQUEST_URI below a mount', (text) => environ({ REQUEST_URI: text }, {}, '/app')],
  ['SERVER_NAME', (text) => environ({ SERVER_NAME: text })],
  ['HTTP_HOST', (text) => environ({ HTTP_HOST: text })],
  ['SERVER_PROTOCOL', (text) => environ({ SERVER_PROTOCOL: text })],
  ['REQUEST_METHOD', (text) => environ({ REQUEST_METHOD: text })],
  ['CONTENT_LENGTH', (text) => environ({ CONTENT_LENGTH: text })],
  ['HTTPS', (text) => environ({ HTTPS: text })],
  ['a variable’s value', (text) => environ({ HTTP_X: text })],
  ['a variable’s name', (text) => environ({ [`HTTP_${text}`]: 'x' })],
  ['a request target', (text) => http(text)],
  ['an absolute target', (text) => http(`http://${text}`)],
  ['an authority', (text) => http(text, [], 'CONNECT')],
  ['a header’s name', (text) => http('/', [text, 'x'])],
  ['a header’s value', (text) => http('/', ['X', text, 'Content-Length', text])],
  ['percentDecode', percentDecode],
  ['percentEncode', (text) => percentEncode(text, '/')],
  ['parseAuthority', parseAuthority],
  ['withoutBlanks', (text) => withoutBlanks(text)],
  ['logLine', logLine],
  ['logLines', logLines],
  ['logEntry', logEntry],
  ['a CGI answer’s status', (text) => new CgiHeadParser().push(bytes(`Status: ${text}\r\n\r\n`))],
  ['a CGI answer’s header', (text) => new CgiHeadParser().push(bytes(`${text}: ${text}\r\n\r\n`))],
  ['what a gateway sends on', (text) => variablesFromEnviron(testEnviron({ environ: { REQUEST_URI: text } }))],
  ['rawPathInfo', (text) => rawPathInfo(testEnviron({ environ: { REQUEST_URI: text, PATH_INFO: `/${text}` } }))],
  ['requestUri', (text) => requestUri(testEnviron({ environ: { PATH_INFO: text, SCRIPT_NAME: text } }))],
  ['applicationUri', (text) => applicationUri(testEnviron({ environ: { SCRIPT_NAME: text } }))],
  ['shiftPathInfo', (text) => shiftPathInfo(testEnviron({ environ: { SCRIPT_NAME: text, PATH_INFO: text } }))],
  ['the validator', shown],
  ['a response’s status', (text) => respond(`200 ${text}`, [])],
  ['a response’s header', (text) => respond('200 OK', [[text, text]])],
];

/** Of CPU, which others that load the machine do not take. */
async function milliseconds(work: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  try {
    await work();
  } catch {
    // To refuse it is as good.
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

describe('what a peer sends takes time in proportion to its length', () => {
  it.each(anyText)('%s', { timeout: 600_000 }, async (_name, look) => {
    for (const text of runs(['/', ' ', '?', '%2', 'a', '.', ':', '0', '\\', '@', '\n', '/..'])) {
      expect(await milliseconds(() => look(text)), JSON.stringify(text.slice(0, 10))).toBeLessThan(MOST);
    }
  });

  it.each<[string, () => unknown]>([
    [
      'many headers of one name',
      () =>
        http(
          '/',
          Array.from({ length: N }, (_, index) => (index % 2 === 0 ? 'X-A' : 'v')),
        ),
    ],
    [
      'many headers of many names',
      () =>
        http(
          '/',
          Array.from({ length: N }, (_, index) => (index % 2 === 0 ? `X-${index}` : 'v')),
        ),
    ],
    [
      'many variables of one name',
      () =>
        environFromVariables(
          ['REQUEST_METHOD', 'GET', ...Array.from({ length: N }, (_, index) => (index % 2 === 0 ? 'HTTP_X' : 'v'))],
          traits,
        ),
    ],
    [
      'a path that is shifted through',
      () => {
        const found = environ({ PATH_INFO: '/a'.repeat(65_536) });
        while (shiftPathInfo(found) !== undefined);
      },
    ],
    [
      'a list of headers',
      () => {
        const headers = new Headers(Array.from({ length: N }, (_, index): Header => [`X-${index}`, 'v']));
        headers.set('x-5', 'w');
        headers.delete('x-6');
        return headers.toString();
      },
    ],
    ['a CGI head of many lines', () => new CgiHeadParser().push(bytes('X: y\n'.repeat(12_000)))],
    [
      'a response of many headers',
      () =>
        respond(
          '200 OK',
          Array.from({ length: N }, (_, index): Header => [`X-${index}`, 'v']),
        ),
    ],
  ])('%s', { timeout: 600_000 }, async (_name, work) => {
    expect(await milliseconds(work)).toBeLessThan(MOST);
  });
});
