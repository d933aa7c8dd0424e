import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyEnviron, headerName, rawHeaders, rawPathInfo, type Environ } from '../src/index.ts';
import { blankEnviron, environFromHead, percentDecode, percentEncode } from '../src/server.ts';
import { testEnviron } from '../src/testing.ts';
import { environFromVariables } from '../src/cgi.ts';
import { traits } from './sent-variables.ts';

function at(target: string, scriptName?: string, method = 'GET'): Environ {
  const connection = { scheme: 'http', serverName: 'localhost', serverPort: '80' } as const;
  return environFromHead(
    { method, target, protocol: 'HTTP/1.1', headers: [] },
    connection,
    scriptName === undefined ? traits : { ...traits, scriptName },
  );
}

describe('rawPathInfo', () => {
  it.each([
    ['/', undefined, '/'],
    ['/a%2Fb/c?d=%2F', undefined, '/a%2Fb/c'],
    ['/a%2fb//c%zz', undefined, '/a%2fb//c%zz'],
    ['/app/a%2Fb', '/app', '/a%2Fb'],
    ['/%61pp/a%2Fb', '/app', '/a%2Fb'],
    ['/app', '/app', ''],
    ['/other/%20', '/app', '/other/%20'],
    ['http://host/a%20b?c', undefined, '/a%20b'],
    ['http://host', undefined, '/'],
    ['/caf%C3%A9/%25', '/caf\u00c3\u00a9', '/%25'],
  ])('R29: of %s below %s is %s', (target, scriptName, expected) => {
    expect(rawPathInfo(at(target, scriptName))).toBe(expected);
  });

  it('R27: of the other forms is PATH_INFO', () => {
    expect(rawPathInfo(at('*', undefined, 'OPTIONS'))).toBe('*');
    expect(rawPathInfo(at('host:443', undefined, 'CONNECT'))).toBe('host:443');
  });

  it('R29: of a path that was rewritten is that path encoded', () => {
    const rewritten = copyEnviron(at('/before'), { PATH_INFO: '/after that?' });
    expect(rawPathInfo(rewritten)).toBe('/after%20that%3F');
    expect(rawPathInfo(copyEnviron(at('/before'), { SCRIPT_NAME: '/else' }))).toBe('/before');
  });

  it('R29: always decodes to PATH_INFO, whatever the target and the mount', () => {
    const segment = fc.constantFrom('a', 'app', '%61', '%2F', '%', '%zz', '', '\u00e9', '%25', '.', '%00');
    const path = fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join('/')}`);
    fc.assert(
      fc.property(path, fc.option(path, { nil: undefined }), (target, mount) => {
        const environ = at(target, mount === undefined ? undefined : percentDecode(mount));
        expect(percentDecode(rawPathInfo(environ))).toBe(environ.PATH_INFO);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('rawHeaders', () => {
  it('R35: gives all that came, in order and spelling, from copies too', () => {
    const headers = [
      ['HOST', 'h'],
      ['X-a', '1'],
      ['x-A', '2'],
      ['under_score', 'u'],
      ['Proxy', 'p'],
    ] as const;
    const environ = testEnviron({ headers: headers.map(([name, value]) => [name, value]) });
    expect(rawHeaders(environ)).toEqual(headers.flat());
    expect(rawHeaders(copyEnviron(environ, { HTTP_X_A: 'changed' }))).toEqual(headers.flat());
    expect(rawHeaders(Object.create(environ) as Environ)).toEqual(headers.flat());
  });

  it('has none where the wire has variables, or the environ is not ours', () => {
    const environ = environFromVariables(['REQUEST_METHOD', 'GET', 'HTTP_X_A', '1'], traits);
    expect(rawHeaders(environ)).toBe(undefined);
    expect(rawHeaders(blankEnviron(traits))).toBe(undefined);
    expect(rawHeaders({} as Environ)).toBe(undefined);
  });

  it('R20: costs no key', () => {
    expect(Object.keys(testEnviron()).filter((key) => key.includes('raw'))).toEqual([]);
  });
});

describe('headerName', () => {
  it.each([
    ['HTTP_ACCEPT_LANGUAGE', 'accept-language'],
    ['HTTP_X', 'x'],
    ['CONTENT_TYPE', 'content-type'],
    ['CONTENT_LENGTH', 'content-length'],
    ['HTTP_', undefined],
    ['REMOTE_ADDR', undefined],
    ['HTTPS', undefined],
    ['tsgi.input', undefined],
    ['', undefined],
  ])('of %s is %s', (variable, expected) => {
    expect(headerName(variable)).toBe(expected);
    expect(headerName(variable)).toBe(expected);
  });

  it('is the inverse of what an environ does to a name', () => {
    const name = fc.stringMatching(/^[a-z0-9-]{1,80}$/);
    fc.assert(
      fc.property(name, (header) => {
        const environ = testEnviron({ headers: [[header, 'the value']] });
        const variable = Object.keys(environ).find((key) => environ[key] === 'the value');
        if (variable !== undefined) expect(headerName(variable)).toBe(header);
      }),
    );
  });
});

it('R89: percentEncode and percentDecode are inverse', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) }),
      (text) => {
        expect(percentDecode(percentEncode(text, ''))).toBe(text);
      },
    ),
  );
});
