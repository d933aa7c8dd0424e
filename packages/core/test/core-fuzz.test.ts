import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rawPathInfo, shiftPathInfo, TsgiError, type App, type Environ } from '../src/index.ts';
import { environFromVariables } from '../src/cgi.ts';
import {
  environFromHead,
  HOST,
  isAuthority,
  logEntry,
  logLine,
  logLines,
  parseAuthority,
  percentDecode,
  percentEncode,
  withoutBlanks,
} from '../src/server.ts';
import { validator, violationText } from '../src/validator.ts';
import { traits } from './sent-variables.ts';

/** `FUZZ_RUNS=1000000` for the long version; what fails is found again with the seed that fast-check names. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 2_000);
const timeout = 3_600_000;

/** Text of pieces that mean something to some parser of ours, and of any byte. */
const piece = fc.oneof(
  fc.constantFrom(
    '/',
    '//',
    '.',
    '..',
    '?',
    '#',
    '%',
    '%2F',
    '%2f',
    '%00',
    '%zz',
    '%2',
    ':',
    '::',
    '[',
    ']',
    '@',
    '*',
    ' ',
    '\t',
    'http://',
    'HTTPS://',
    'host',
    '80',
    '443',
    ':80',
    'a',
    'app',
    '-',
    '_',
    '~',
    '\r\n',
    '\n',
    '\0',
    '\x7f',
    '\x9b',
    '\xe9',
    '0',
    '1',
    '18446744073709551616',
    '"',
    '\\',
    ',',
    ';',
    '=',
    'on',
    'HTTP/1.1',
    'INCLUDED',
    'chunked',
  ),
  fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
);
const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

const silent: App = (_environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [];
};

/** What the validator holds against an environ that a builder of ours has made. */
function heldAgainst(environ: Environ): string[] {
  const found: string[] = [];
  validator(silent, {
    onViolation: (violation) => {
      if (violation.severity === 'error') found.push(violationText(violation));
    },
  })(environ, () => async () => {});
  return found;
}

/** A request is refused, by an error for its peer, or has an environ that keeps every rule. */
function judged(make: () => Environ): void {
  let environ: Environ;
  try {
    environ = make();
  } catch (error) {
    if (!(error instanceof TsgiError)) throw error;
    expect(error.side).toBe('peer');
    expect(error.statusHint).toBe(400);
    return;
  }
  // A body that was announced is the wire's to give (R104).
  if (environ.CONTENT_LENGTH !== undefined)
    Object.assign(environ, { 'tsgi.has_body': Number(environ.CONTENT_LENGTH) > 0 });
  expect(heldAgainst(environ)).toEqual([]);
  if (environ.PATH_INFO === '' || environ.PATH_INFO.startsWith('/')) {
    expect(percentDecode(rawPathInfo(environ))).toBe(environ.PATH_INFO);
  }
}

describe('environ builders', () => {
  const method = fc.constantFrom('GET', 'POST', 'OPTIONS', 'CONNECT', 'M-SEARCH');

  it('R20 to R42: over HTTP, a request is refused or its environ is right', { timeout }, () => {
    const name = fc.constantFrom(
      'Host',
      'X-A',
      'x_a',
      'Cookie',
      'Proxy',
      'TE',
      'Content-Type',
      'Content-Length',
      'a.b',
      'X-',
    );
    // As a parser gives it: values without controls or white space around them.
    const value = text.map((given) => withoutBlanks(given.replaceAll(/[\0-\x08\x0a-\x1f\x7f]/g, '')));
    fc.assert(
      fc.property(
        method,
        text,
        fc.array(fc.tuple(name, value), { maxLength: 5 }),
        fc.option(text),
        (verb, target, headers, mount) => {
          const head = { method: verb, target, protocol: 'HTTP/1.1', headers: headers.flat() };
          const connection = { scheme: 'http', serverName: 'localhost', serverPort: '80' } as const;
          // A mount is the deployer's, who is told of a bad one.
          const scriptName = mount !== null && mount.startsWith('/') && !mount.includes('%') ? mount : undefined;
          judged(() =>
            environFromHead(head, connection, scriptName === undefined ? traits : { ...traits, scriptName }),
          );
        },
      ),
      { numRuns },
    );
  });

  it('R20 to R42: over the CGI family, a request is refused or its environ is right', { timeout }, () => {
    const name = fc.constantFrom(
      'REQUEST_METHOD',
      'SCRIPT_NAME',
      'PATH_INFO',
      'QUERY_STRING',
      'REQUEST_URI',
      'SERVER_NAME',
      'SERVER_PORT',
      'HTTPS',
      'SERVER_PROTOCOL',
      'CONTENT_LENGTH',
      'CONTENT_TYPE',
      'HTTP_HOST',
      'HTTP_COOKIE',
      'HTTP_PROXY',
      'HTTP_CONTENT_LENGTH',
      'HTTP_CONNECTION',
      'HTTP_TRANSFER_ENCODING',
      'REMOTE_USER',
      'REMOTE_ADDR',
      'tsgi.input',
      '__proto__',
      'constructor',
      '',
    );
    fc.assert(
      fc.property(
        method,
        fc.array(fc.tuple(name, text), { maxLength: 8 }),
        fc.boolean(),
        (verb, variables, isMethod) => {
          const all = [...(isMethod ? ['REQUEST_METHOD', verb] : []), ...variables.flat()];
          judged(() => environFromVariables(all, traits, { minusOneIsUnknown: true }));
        },
      ),
      { numRuns },
    );
  });
});

describe('grammars', () => {
  /** RFC 3986 §3.2.2, a character at a time. */
  function authority(given: string): { host: string; port: string | undefined } | undefined {
    let end = 0;
    if (given.startsWith('[')) {
      end = given.indexOf(']') + 1;
      if (end < 3 || !/^[0-9a-fA-F:.]+$/.test(given.slice(1, end - 1))) return undefined;
    } else {
      const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~!$&'()*+,;=%-";
      while (end < given.length && plain.includes(given[end] ?? '')) end++;
      if (end === 0) return undefined;
    }
    const rest = given.slice(end);
    if (rest === '') return { host: given, port: undefined };
    const port = rest.slice(1);
    return rest.startsWith(':') && port.length <= 5 && [...port].every((one) => '0123456789'.includes(one))
      ? { host: given.slice(0, end), port }
      : undefined;
  }

  it('R32: hosts are what RFC 3986 says', { timeout }, () => {
    fc.assert(
      fc.property(text, (given) => {
        const expected = authority(given);
        expect(parseAuthority(given)).toEqual(expected);
        expect(isAuthority(given)).toBe(expected !== undefined);
        expect(HOST.test(given)).toBe(expected?.host === given && expected.port === undefined);
      }),
      { numRuns },
    );
  });

  it('R29: what is decoded is what a byte at a time gives', { timeout }, () => {
    fc.assert(
      fc.property(text, fc.constantFrom('', '/', '/;=,'), (given, safe) => {
        expect(percentDecode(given)).toBe(
          given.replaceAll(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
        );
        const encoded = percentEncode(given, safe);
        expect(encoded).toMatch(/^[!-~]*$/);
        expect(percentDecode(encoded)).toBe(given);
      }),
      { numRuns },
    );
  });

  it('what goes to a log has no control, and an entry no line that passes for another', { timeout }, () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(logLine(given)).not.toMatch(/[\0-\x1f\x7f-\x9f]/);
        expect(logLine(given).length).toBe(given.length);
        expect(logLines(given)).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]/);
        const [, ...others] = logEntry(given).split('\n');
        for (const line of others) expect(line.startsWith(' ')).toBe(true);
      }),
      { numRuns },
    );
  });

  it('R90: shifting ends, and keeps R26 to R28', { timeout }, () => {
    fc.assert(
      fc.property(text, text, (script, path) => {
        const environ = environFromVariables(
          ['REQUEST_METHOD', 'GET', 'SCRIPT_NAME', script, 'PATH_INFO', path],
          traits,
        );
        for (let round = 0; round <= path.length + 1; round++) {
          if (shiftPathInfo(environ) === undefined) return;
          expect(environ.SCRIPT_NAME === '' || environ.SCRIPT_NAME.startsWith('/')).toBe(true);
          expect(environ.PATH_INFO === '' || environ.PATH_INFO.startsWith('/')).toBe(true);
        }
        expect(shiftPathInfo(environ)).toBe(undefined);
      }),
      { numRuns },
    );
  });
});
