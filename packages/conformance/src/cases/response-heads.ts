import type { Header } from '@tsgi/core';
import type { CaseGroup, ConformanceCase } from '../run/case.ts';
import { noteThrow, ok, TEXT, unchecked, utf8 } from '../run/case-apps.ts';

/** A head that a server must refuse at `startResponse`, and of which nothing may be sent (R65). */
function refused(name: string, rule: string, status: unknown, headers: unknown): ConformanceCase {
  return {
    name,
    rule,
    app: (_, startResponse, trace) => {
      let thrown: unknown;
      try {
        startResponse(unchecked<string>(status), unchecked<Header[]>(headers));
      } catch (error) {
        thrown = error;
      }
      trace.note('startResponse', thrown === undefined ? 'did not throw' : 'threw');
      if (thrown !== undefined) throw thrown;
      return [utf8('body')];
    },
    expect: { status: 500, headers: { 'x-injected': null, 'set-cookie': null }, notes: { startResponse: 'threw' } },
    breaks: rule,
  };
}

function badStatus(name: string, status: unknown, rule = 'R56'): ConformanceCase {
  return refused(`${name}-is-no-status`, rule, status, [...TEXT]);
}

function badHeader(name: string, rule: string, ...header: unknown[]): ConformanceCase {
  return refused(name, rule, '200 OK', [...TEXT, header]);
}

function badName(spelled: string, name: string): ConformanceCase {
  return badHeader(`a-name-with-${spelled}-is-no-name`, 'R58', name, 'v');
}

function badValue(spelled: string, value: string): ConformanceCase {
  return badHeader(`a-value-with-${spelled}-is-no-value`, 'R59', 'X-Bad', value);
}

function badLength(spelled: string, value: string): ConformanceCase {
  return badHeader(`a-content-length-of-${spelled}-is-refused`, 'R66', 'Content-Length', value);
}

const HOP_BY_HOP = [
  'Connection',
  'Keep-Alive',
  'Proxy-Authenticate',
  'Proxy-Authorization',
  'Proxy-Connection',
  'TE',
  'Trailers',
  'Transfer-Encoding',
  'Upgrade',
  'transfer-ENCODING',
  'CONNECTION',
];

/** Heads that must not leave a server: each throws at `startResponse`, always (R56 to R67). */
export const responseHeads: CaseGroup = {
  hazard: 'Heads that are refused',
  cases: [
    badStatus('a-code-alone', '200'),
    badStatus('a-code-with-letters', '20X OK'),
    badStatus('a-code-without-a-space', '200OK'),
    badStatus('a-short-code', '20 OK'),
    badStatus('a-long-code', '2000 OK'),
    badStatus('a-code-below-100', '099 Low'),
    badStatus('a-leading-space', ' 200 OK'),
    badStatus('the-empty-string', ''),
    badStatus('a-number', 200),
    badStatus('undefined', undefined),
    badStatus('a-status-with-crlf', '200 OK\r\nX-Injected: yes'),
    badStatus('a-status-with-lf', '200 OK\nX-Injected: yes'),
    badStatus('a-status-with-cr', '200 OK\rX-Injected: yes'),
    badStatus('a-status-with-nul', '200 O\0K'),
    badStatus('a-status-with-delete', '200 O\x7fK'),
    badStatus('a-status-beyond-latin-1', '200 \u0100K'),
    badStatus('100-continue', '100 Continue', 'R67'),
    badStatus('101-switching-protocols', '101 Switching Protocols', 'R67'),
    badStatus('103-early-hints', '103 Early Hints', 'R67'),
    refused('headers-that-are-undefined-are-refused', 'R57', '200 OK', undefined),
    refused('headers-that-are-an-object-are-refused', 'R57', '200 OK', { 'Content-Type': 'text/plain' }),
    refused('headers-that-are-a-map-are-refused', 'R57', '200 OK', new Map([['Content-Type', 'text/plain']])),
    refused('headers-that-are-text-are-refused', 'R57', '200 OK', 'Content-Type: text/plain'),
    refused('a-header-that-is-text-is-refused', 'R57', '200 OK', ['Content-Type: text/plain']),
    badHeader('a-header-without-a-value-is-refused', 'R57', 'X-Alone'),
    badHeader('a-header-of-three-is-refused', 'R57', 'X-Three', 'two', 'three'),
    badHeader('a-value-that-is-a-number-is-refused', 'R57', 'X-Number', 42),
    badHeader('a-value-that-is-undefined-is-refused', 'R57', 'X-Undefined', undefined),
    badHeader('a-value-that-is-an-array-is-refused', 'R57', 'Set-Cookie', ['a=1', 'b=2']),
    badHeader('a-name-that-is-a-number-is-refused', 'R57', 42, 'v'),
    badHeader('an-empty-name-is-refused', 'R58', '', 'v'),
    badName('a-space', 'X Bad'),
    badName('a-space-at-its-end', 'X-Bad '),
    badName('a-colon', 'X:Bad'),
    badName('crlf', 'X\r\nX-Injected'),
    badName('lf', 'X\nX-Injected'),
    badName('nul', 'X\0'),
    badName('a-tab', 'X\t'),
    badName('a-quote', 'X"'),
    badName('a-parenthesis', 'X('),
    badName('a-slash', 'X/Y'),
    badName('an-at-sign', 'X@'),
    badName('a-bracket', 'X['),
    badName('a-brace', 'X{'),
    badName('an-equals-sign', 'X='),
    badName('a-comma', 'X,Y'),
    badName('a-semicolon', 'X;Y'),
    badName('delete', 'X\x7f'),
    badName('a-byte-above-ascii', 'X\u00e9'),
    badName('a-character-beyond-latin-1', 'X\u0100'),
    badValue('crlf', 'v\r\nX-Injected: yes'),
    badValue('crlf-and-a-space', 'v\r\n folded'),
    badValue('lf', 'v\nX-Injected: yes'),
    badValue('cr', 'v\rX-Injected: yes'),
    badValue('nul', 'v\0'),
    badValue('an-escape', 'v\x1b'),
    badValue('a-vertical-tab', 'v\v'),
    badValue('delete', 'v\x7f'),
    badValue('a-character-beyond-latin-1', 'v\u0100'),
    badValue('a-line-separator', 'v\u2028X-Injected: yes'),
    // Truncated to a byte, these would be CR and LF.
    badValue('characters-that-end-in-cr-and-lf', 'v\u010d\u010aX-Injected: yes'),
    badHeader('a-status-header-is-refused', 'R60', 'Status', '404 Not Found'),
    badHeader('a-status-header-in-lower-case-is-refused', 'R60', 'status', '404 Not Found'),
    ...HOP_BY_HOP.map((name) =>
      badHeader(
        `the-header-${/^[A-Z][a-z]|^TE$/.test(name) ? name.toLowerCase() : `${name.toLowerCase()}-in-another-case`}-is-refused`,
        /transfer/i.test(name) ? 'R61, R83' : 'R61',
        name,
        'close',
      ),
    ),
    badLength('nothing', ''),
    badLength('minus-one', '-1'),
    badLength('plus-one', '+1'),
    badLength('a-word', 'four'),
    badLength('a-fraction', '4.0'),
    badLength('an-exponent', '4e0'),
    badLength('hexadecimal', '0x4'),
    badLength('a-list', '4, 4'),
    badLength('space-and-digits', ' 4'),
    refused('content-length-twice-is-refused', 'R66', '200 OK', [
      ['Content-Length', '4'],
      ['content-length', '5'],
    ]),
    refused('equal-content-lengths-are-refused', 'R66', '200 OK', [
      ['Content-Length', '4'],
      ['Content-Length', '4'],
    ]),
    {
      name: 'after-a-refused-head-a-new-one-needs-exc-info',
      rule: 'R65, R70',
      app: (_, startResponse, trace) => {
        noteThrow(trace, 'bad', () => startResponse('bad', [...TEXT]));
        noteThrow(trace, 'second', () => ok(startResponse));
        return [utf8('body')];
      },
      expect: { status: 500, notes: { bad: 'threw', second: 'threw' } },
      breaks: 'R56',
    },
    {
      name: 'after-a-refused-head-exc-info-gives-a-new-one',
      rule: 'R65, R71',
      app: (_, startResponse, trace) => {
        noteThrow(trace, 'bad', () =>
          startResponse('200 OK', [
            ['Set-Cookie', 'a=1'],
            ['X-Bad', '\n'],
          ]),
        );
        startResponse('503 Mended', [...TEXT], new Error('on purpose'));
        return [utf8('mended')];
      },
      expect: { status: '503 Mended', headers: { 'set-cookie': null }, body: 'mended', notes: { bad: 'threw' } },
      breaks: 'R59',
    },
    {
      name: 'a-replacement-that-is-refused-leaves-nothing-behind',
      rule: 'R65, R71',
      app: (_, startResponse, trace) => {
        ok(startResponse, ['Set-Cookie', 'a=1']);
        noteThrow(trace, 'bad', () => startResponse('bad', [...TEXT], new Error('on purpose')));
        return [utf8('body')];
      },
      expect: { status: 500, headers: { 'set-cookie': null }, notes: { bad: 'threw' } },
      breaks: 'R56',
    },
  ],
};
