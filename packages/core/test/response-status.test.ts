import { describe, expect, it } from 'vitest';
import { TsgiError, type Header } from '../src/index.ts';
import { checkHead, reasonPhrase } from '../src/server.ts';

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

const CONTROLS = [...Array(32).keys(), 0x7f].map((code) => String.fromCharCode(code));

describe('status', () => {
  it('R56: a code of three digits, a space, and any bytes but control characters', () => {
    for (const [status, code] of [
      ['200 OK', 200],
      ['404 Not Found', 404],
      ['299 ', 299],
      ['999 x', 999],
      ['200 caf\xe9 \x80\xff', 200],
      ['200 a\tb', 200],
      ['200   spaces', 200],
      ['451 "quoted": ,;', 451],
    ] as const) {
      expect(check(status)).toMatchObject({ status, code });
    }
  });

  it('R56: refuses anything else', () => {
    const bad = [
      '',
      '200',
      '200OK',
      '20X OK',
      '20 OK',
      '2000 OK',
      ' 200 OK',
      '200\tOK',
      '-20 OK',
      '+20 OK',
      '0200 OK',
      '099 Low',
      '200 OK\r\n',
      '200 OK\n',
      '200 \u20ac',
      '200 \u0100',
      200,
      null,
      undefined,
      ['200 OK'],
      {},
    ];
    for (const status of bad) {
      expect(refusal(() => check(status))).toMatchObject({
        code: 'BAD_STATUS',
        rule: 'R56',
        side: 'app',
        statusHint: 500,
      });
    }
  });

  it('R56: refuses every control character but HTAB in the reason', () => {
    for (const control of CONTROLS) {
      if (control === '\t') expect(check(`200 a${control}b`).code).toBe(200);
      else expect(refusal(() => check(`200 a${control}b`)).rule).toBe('R56');
    }
  });

  it('R67: 1xx is no final status', () => {
    for (const status of ['100 Continue', '101 Switching Protocols', '103 Early Hints', '199 x']) {
      expect(refusal(() => check(status))).toMatchObject({ code: 'BAD_STATUS', rule: 'R67' });
    }
  });

  it('R56: what was refused once is refused again, and what passed passes again', () => {
    for (const _turn of [1, 2]) {
      expect(refusal(() => check('200 OK\0')).rule).toBe('R56');
      expect(check('200 OK').code).toBe(200);
      expect(refusal(() => check('200 OK', [['a b', '']])).rule).toBe('R58');
    }
  });

  it('R56: the message says what was found, cut down', () => {
    expect(refusal(() => check(`200 ${'x'.repeat(1000)}\n`)).message.length).toBeLessThan(200);
    expect(refusal(() => check('20X OK')).message).toBe(
      `R56: status "20X OK": expected 'NNN Reason' without control characters`,
    );
    expect(refusal(() => check(200 as never)).message).toBe(
      "R56: the status is of type number: expected a string such as '200 OK'",
    );
  });

  it('R56: the usual reasons are known', () => {
    expect([200, 404, 418, 503].map(reasonPhrase)).toEqual(['OK', 'Not Found', 'Unknown', 'Service Unavailable']);
  });
});
