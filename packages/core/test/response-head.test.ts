import { describe, expect, it } from 'vitest';
import { TsgiError, type Header } from '../src/index.ts';
import { checkHead, checkHeaders } from '../src/server.ts';

function check(status: unknown, headers: unknown = [], isHead = false): ReturnType<typeof checkHead> {
  return checkHead(status as string, headers as Header[], isHead);
}

function refusal(work: () => unknown): TsgiError {
  try {
    work();
  } catch (error) {
    if (error instanceof TsgiError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const TOKEN_CHARACTERS = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

describe('headers', () => {
  it('R57: a real array of pairs of strings', () => {
    for (const headers of [undefined, null, {}, 'text', new Map([['a', 'b']]), new Set()]) {
      expect(refusal(() => checkHead('200 OK', headers as unknown as Header[], false))).toMatchObject({
        code: 'BAD_HEADERS',
        rule: 'R57',
      });
    }
    for (const header of [
      null,
      undefined,
      'a: b',
      {},
      [],
      ['a'],
      ['a', 'b', 'c'],
      ['a', 1],
      [1, 'b'],
      ['a', undefined],
      ['a', null],
      ['a', ['b']],
      { 0: 'a', 1: 'b', length: 2 },
    ]) {
      expect(refusal(() => check('200 OK', [header]))).toMatchObject({ code: 'BAD_HEADER', rule: 'R57' });
    }
  });

  it('R57: no holes', () => {
    // oxlint-disable-next-line no-sparse-arrays
    expect(refusal(() => check('200 OK', [, ['a', 'b']])).rule).toBe('R57');
  });

  it('R57: a hole in the array is no pair', () => {
    const holed: Header[] = [];
    holed[1] = ['X-A', 'b'];
    for (const work of [() => checkHead('200 OK', holed, false), () => checkHeaders(holed)]) {
      expect(refusal(work)).toMatchObject({ code: 'BAD_HEADER', rule: 'R57' });
    }
  });

  it('R59: what is sent is what was checked, also of a pair that changes while it is read', () => {
    const twoFaced = (): Header => {
      let reads = 0;
      const pair = ['X-A', 'right'];
      Object.defineProperty(pair, 1, { get: () => (reads++ === 0 ? 'right' : 'wrong\r\nX-Forged: yes') });
      return pair as Header;
    };
    expect(checkHead('200 OK', [twoFaced()], false).headers).toEqual([['X-A', 'right']]);
    expect(checkHeaders([twoFaced()])).toEqual([['X-A', 'right']]);
  });

  it('R57, R63: copied, in order, in their spelling, repeats kept', () => {
    const headers: Header[] = [
      ['Set-Cookie', 'a=1'],
      ['x-lower', ''],
      ['Set-Cookie', 'b=2'],
      ['SET-COOKIE', 'c=3'],
    ];
    const checked = check('200 OK', headers).headers;
    expect(checked).toEqual(headers);
    expect(checked).not.toBe(headers);
    for (const [index, header] of checked.entries()) expect(header).not.toBe(headers[index]);
  });

  it('R58: every token is a name, in silence', () => {
    for (const character of TOKEN_CHARACTERS) {
      expect(check('200 OK', [[`X${character}`, 'v']]).headers).toEqual([[`X${character}`, 'v']]);
      expect(check('200 OK', [[character, 'v']]).headers).toHaveLength(1);
    }
    expect(
      check('200 OK', [
        ['9-', ''],
        ['X_', ''],
        ['__proto__', ''],
        ['constructor', ''],
      ]).headers,
    ).toHaveLength(4);
  });

  it('R58: nothing else is', () => {
    for (let code = 0; code < 0x180; code++) {
      const character = String.fromCharCode(code);
      if (TOKEN_CHARACTERS.includes(character)) continue;
      for (const name of [character, `X${character}`, `${character}X`, `X${character}Y`]) {
        expect(refusal(() => check('200 OK', [[name, 'v']]))).toMatchObject({ code: 'BAD_HEADER_NAME', rule: 'R58' });
      }
    }
    expect(refusal(() => check('200 OK', [['', 'v']])).rule).toBe('R58');
  });

  it('R59: a value is bytes without control characters but HTAB', () => {
    for (let code = 0; code < 0x180; code++) {
      const value = `a${String.fromCharCode(code)}b`;
      const isLegal = code === 9 || (code >= 0x20 && code !== 0x7f && code <= 0xff);
      if (isLegal) expect(check('200 OK', [['X-A', value]]).headers).toEqual([['X-A', value]]);
      else
        expect(refusal(() => check('200 OK', [['X-A', value]]))).toMatchObject({
          code: 'BAD_HEADER_VALUE',
          rule: 'R59',
        });
    }
    for (const value of ['a\r\nX-B: c', 'a\n', '\r', 'a\0', '\u2028', 'a\r\n b']) {
      expect(refusal(() => check('200 OK', [['X-A', value]])).rule).toBe('R59');
    }
  });

  it('R60: no Status header, in whatever case', () => {
    for (const name of ['Status', 'status', 'STATUS']) {
      expect(refusal(() => check('200 OK', [[name, '404 Not Found']]))).toMatchObject({
        code: 'STATUS_HEADER',
        rule: 'R60',
      });
    }
  });

  it('R61: no hop-by-hop header, in whatever case', () => {
    const names =
      'Connection Keep-Alive Proxy-Authenticate Proxy-Authorization Proxy-Connection TE Trailers Transfer-Encoding Upgrade';
    for (const name of names.split(' ')) {
      for (const spelling of [name, name.toLowerCase(), name.toUpperCase()]) {
        expect(refusal(() => check('200 OK', [[spelling, 'x']]))).toMatchObject({
          code: 'HOP_BY_HOP_HEADER',
          rule: 'R61',
        });
      }
    }
    expect(
      check('200 OK', [
        ['Trailer', 'X-A'],
        ['Via', 'x'],
        ['Warning', 'x'],
      ]).headers,
    ).toHaveLength(3);
  });

  it('R62: Date and Server are noticed, in whatever case', () => {
    expect(check('200 OK', [])).toMatchObject({ hasDate: false, hasServer: false });
    expect(check('200 OK', [['DATE', 'x']])).toMatchObject({ hasDate: true, hasServer: false });
    expect(check('200 OK', [['server', 'x']])).toMatchObject({ hasDate: false, hasServer: true });
  });

  it('R66: one Content-Length, of digits', () => {
    for (const [value, length] of [
      ['0', 0],
      ['12345', 12_345],
      ['007', 7],
      ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ] as const) {
      expect(check('200 OK', [['content-LENGTH', value]])).toMatchObject({
        contentLength: length,
        headers: [['content-LENGTH', value]],
      });
    }
    for (const value of [
      '',
      '-1',
      '+1',
      '1.0',
      '1e3',
      '0x10',
      ' 1',
      '1 ',
      '1, 1',
      '1,1',
      '0_1',
      'ten',
      '9007199254740992',
      '1\t',
    ]) {
      expect(refusal(() => check('200 OK', [['Content-Length', value]]))).toMatchObject({ rule: 'R66' });
    }
  });

  it('R66: a second Content-Length is refused, an equal one too, on every status', () => {
    for (const status of ['200 OK', '204 No Content', '304 Not Modified']) {
      for (const second of ['5', '6']) {
        expect(
          refusal(() =>
            check(status, [
              ['Content-Length', '5'],
              ['content-length', second],
            ]),
          ),
        ).toMatchObject({ code: 'BAD_CONTENT_LENGTH', rule: 'R66' });
      }
    }
  });

  it('R84, R85: whether there is a body', () => {
    expect(check('200 OK').hasBody).toBe(true);
    expect(check('200 OK', [], true).hasBody).toBe(false);
    for (const status of ['204 No Content', '304 Not Modified']) expect(check(status).hasBody).toBe(false);
    for (const status of ['205 Reset Content', '404 Not Found', '200 204']) expect(check(status).hasBody).toBe(true);
  });

  it('R67: the headers of a 103 are checked as strictly, and copied', () => {
    const headers: Header[] = [['Link', '</a>']];
    expect(checkHeaders(headers)).toEqual(headers);
    expect(checkHeaders(headers)[0]).not.toBe(headers[0]);
    for (const [bad, rule] of [
      [[['Link', 'a\r\nb']], 'R59'],
      [[['Li nk', 'a']], 'R58'],
      [[['Connection', 'close']], 'R61'],
      [[['Status', '200']], 'R60'],
      [[['Link']], 'R57'],
      ['text', 'R57'],
    ] as const) {
      expect(refusal(() => checkHeaders(bad as unknown as Header[])).rule).toBe(rule);
    }
  });

  it('R58: the memory of names is bounded, and right beyond its bound', () => {
    for (let index = 0; index < 2000; index++) check('200 OK', [[`X-Invented-${index}`, 'v']]);
    expect(check('200 OK', [['X-Invented-1999', 'v']]).headers).toHaveLength(1);
    expect(refusal(() => check('200 OK', [['X Invented', 'v']])).rule).toBe('R58');
    expect(check('200 OK', [['Content-length', '3']]).contentLength).toBe(3);
  });
});
