import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cgiHeadText, CgiHeadParser, environFromVariables, variablesFromEnviron } from '../src/cgi.ts';
import { checkHead, createErrorStream, type ServerTraits } from '../src/server.ts';
import type { Environ, Header } from '../src/index.ts';
import { testEnviron } from '../src/testing.ts';

const traits: ServerTraits = {
  multithread: false,
  multiprocess: false,
  runOnce: false,
  concurrent: true,
  serverSoftware: 'test',
  errors: createErrorStream(() => {}),
};

function paired(variables: string[]): [string, string][] {
  return variables.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name, variables[index + 1] ?? '']] : [],
  );
}

function cgiKeys(environ: Environ): Record<string, unknown> {
  return Object.fromEntries(Object.entries(environ).filter(([name]) => !name.includes('.')));
}

describe('the variables that a gateway sends on', () => {
  it('R97: CONTENT_LENGTH comes first', () => {
    const variables = variablesFromEnviron(testEnviron({ method: 'POST', body: 'abc' }));
    expect(variables.slice(0, 2)).toEqual(['CONTENT_LENGTH', '3']);
    expect(variables.filter((name) => name === 'CONTENT_LENGTH')).toHaveLength(1);
  });

  it('R22: keys with a dot, and values that are no strings, stay here', () => {
    const names = paired(
      variablesFromEnviron(testEnviron({ environ: { NUMBER: 1, NOTHING: undefined, 'my.key': 'x' } })),
    ).map(([name]) => name);
    expect(names).not.toContain('NUMBER');
    expect(names).not.toContain('NOTHING');
    expect(names.filter((name) => name.includes('.'))).toEqual([]);
  });

  it('R36, R38: what a middleware should not have added is not sent', () => {
    const environ = testEnviron({
      environ: {
        HTTP_PROXY: 'x',
        HTTP_CONNECTION: 'x',
        HTTP_TRANSFER_ENCODING: 'x',
        HTTP_CONTENT_LENGTH: '1',
        '': 'x',
      },
    });
    const names = paired(variablesFromEnviron(environ)).map(([name]) => name);
    for (const name of ['HTTP_PROXY', 'HTTP_CONNECTION', 'HTTP_TRANSFER_ENCODING', 'HTTP_CONTENT_LENGTH', ''])
      expect(names).not.toContain(name);
  });

  it('extra variables win, and come once', () => {
    const environ = testEnviron({ body: 'abc' });
    const variables = paired(
      variablesFromEnviron(environ, { SCRIPT_NAME: '/x', CONTENT_LENGTH: '9', SCRIPT_FILENAME: '/srv/x' }),
    );
    expect(variables[0]).toEqual(['CONTENT_LENGTH', '9']);
    expect(variables.filter(([name]) => name === 'SCRIPT_NAME')).toEqual([['SCRIPT_NAME', '/x']]);
    expect(variables).toContainEqual(['SCRIPT_FILENAME', '/srv/x']);
    expect(new Set(variables.map(([name]) => name)).size).toBe(variables.length);
  });

  it('R23: what is no byte string is refused: cut down, U+0100 would be a NUL', () => {
    for (const environ of [
      { PATH_INFO: '/\u0100' },
      { HTTP_X: '\u20ac' },
      { CONTENT_LENGTH: '\u0661' },
      { 'X\u0100': 'a' },
    ]) {
      expect(() => variablesFromEnviron(testEnviron({ environ }))).toThrow(
        expect.objectContaining({ code: 'NOT_A_BYTE_STRING', rule: 'R23', side: 'app' }),
      );
    }
    expect(() => variablesFromEnviron(testEnviron(), { X: '\u0100' })).toThrow('R23');
  });

  it('R39: the scheme is passed on as HTTPS=on, once', () => {
    const secure = testEnviron({ environ: { 'tsgi.url_scheme': 'https' } });
    expect(variablesFromEnviron(secure).slice(-2)).toEqual(['HTTPS', 'on']);
    secure.HTTPS = '1';
    expect(variablesFromEnviron(secure).filter((text) => text === 'HTTPS')).toEqual(['HTTPS']);
    expect(variablesFromEnviron(testEnviron())).not.toContain('HTTPS');
  });

  it('the environ of the other end is the same, but for what web servers add', () => {
    const byte = fc.integer({ min: 0x21, max: 0xff }).filter((code) => code !== 0x7f && code !== 0x23 && code !== 0x3f);
    const segment = fc.array(byte, { maxLength: 6 }).map((codes) => String.fromCharCode(...codes));
    const target = fc
      .tuple(fc.array(segment, { maxLength: 4 }), fc.option(segment))
      .map(([path, query]) => `/${path.join('/')}${query === null ? '' : `?${query}`}`);
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/).map((text) => `X-${text}`);
    const headers = fc.array(fc.tuple(name, segment), { maxLength: 6 });
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'POST', 'M-SEARCH'),
        target,
        headers,
        fc.option(fc.nat(1000)),
        (method, uri, given, length) => {
          const sent = testEnviron({
            method,
            target: uri,
            headers: [...given, ...(length === null ? [] : [['Content-Length', String(length)] satisfies Header])],
            environ: { SERVER_SOFTWARE: 'test' },
          });
          const got = environFromVariables(variablesFromEnviron(sent), traits);
          expect(cgiKeys(got)).toEqual({ REQUEST_SCHEME: 'http', SERVER_ADDR: '127.0.0.1', ...cgiKeys(sent) });
          expect(variablesFromEnviron(got).toSorted()).toEqual(variablesFromEnviron(sent).toSorted());
        },
      ),
    );
  });
});

describe('cgiHeadText', () => {
  it('R93: Status first, always, CRLF, and the empty line', () => {
    const headers: Header[] = [
      ['Content-Type', 'text/plain'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['X-Latin', 'caf\xe9'],
    ];
    expect(cgiHeadText(checkHead('200 OK', headers, false))).toBe(
      'Status: 200 OK\r\nContent-Type: text/plain\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Latin: caf\xe9\r\n\r\n',
    );
    expect(cgiHeadText(checkHead('204 No Content', [], false))).toBe('Status: 204 No Content\r\n\r\n');
  });

  it('R93: the parser of the other end reads what was written', () => {
    const value = fc
      .string({ unit: fc.constantFrom('a', ' ', '\t', ':', ';', '\xe9', '\xff', '~') })
      .map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ''));
    const header = fc.tuple(fc.stringMatching(/^X-[A-Za-z0-9!#$%&'*+.^_`|~-]{1,9}$/), value);
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 999 }), value, fc.array(header), (code, reason, headers) => {
        const head = checkHead(`${code} ${reason}`, headers as Header[], false);
        const parsed = new CgiHeadParser().push(Uint8Array.from(Buffer.from(`${cgiHeadText(head)}body`, 'latin1')));
        expect(parsed?.head.headers).toEqual(headers);
        expect(parsed?.head.status.slice(0, 3)).toBe(String(code));
        if (reason !== '') expect(parsed?.head.status).toBe(`${code} ${reason}`);
        expect(Buffer.from(parsed?.rest ?? []).toString()).toBe('body');
      }),
    );
  });
});
