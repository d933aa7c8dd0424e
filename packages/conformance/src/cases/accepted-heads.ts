import type { Header } from '@tsgi/core';
import type { CaseGroup, ConformanceCase, Expectation } from '../run/case.ts';
import { ok, TEXT, utf8 } from '../run/case-apps.ts';

function sent(
  name: string,
  rule: string,
  status: string,
  headers: readonly Header[],
  expected: Expectation,
): ConformanceCase {
  return {
    name,
    rule,
    app: (_, startResponse) => {
      startResponse(status, [...TEXT, ...headers]);
      return [utf8('body')];
    },
    expect: { body: 'body', status, ...expected },
  };
}

function header(name: string, rule: string, field: string, value: string): ConformanceCase {
  const found = sent(name, rule, '200 OK', [[field, value]], { headers: { [field.toLowerCase()]: value } });
  // Legal, and advised against: a validator says so.
  return /[-_]$/.test(field) ? { ...found, breaks: 'R58' } : found;
}

/** RFC 9110 §5.6.2: all of these are legal in a name. */
const TOKEN_CHARACTERS = "!#$%&'*+.^_`|~0123456789abcXYZ-";

/** Heads that must leave a server unchanged (R56 to R63). */
export const acceptedHeads: CaseGroup = {
  hazard: 'Heads that are sent as they are',
  cases: [
    sent('an-odd-reason-is-kept', 'R56', '200 Fine, thank you (really)', [], {}),
    sent('an-empty-reason-is-kept', 'R56', '200 ', [], { status: 200 }),
    sent('a-reason-above-ascii-is-kept', 'R56', '200 caf\u00e9', [], {}),
    sent('an-unknown-code-is-kept', 'R56', '299 Odd', [], {}),
    sent('a-code-of-599-is-kept', 'R56', '599 Last', [], {}),
    sent('a-404-is-kept', 'R56', '404 Not Found', [], {}),
    sent('a-redirect-is-kept', 'R63', '302 Found', [['Location', 'http://other.example/a?b=c#d']], {
      headers: { location: 'http://other.example/a?b=c#d' },
    }),
    header('every-token-character-is-kept-in-a-name', 'R58', TOKEN_CHARACTERS, 'v'),
    header('a-name-that-starts-with-a-digit-is-kept', 'R58', '0-Digit', 'v'),
    header('an-empty-value-is-kept', 'R59', 'X-Empty', ''),
    header('a-tab-in-a-header-is-kept', 'R59', 'X-Tab', 'a\tb'),
    header('bytes-above-ascii-in-a-header-are-kept', 'R23, R59', 'X-Bytes', 'caf\u00e9 \u0080\u00ff'),
    header('utf-8-bytes-in-a-header-are-kept', 'R23, R59', 'X-Bytes', '\u00e2\u0082\u00ac'),
    header('a-long-value-is-kept', 'R59', 'X-Long', 'v'.repeat(3000)),
    header('a-trailer-header-is-end-to-end', 'R61', 'Trailer', 'X-Checksum'),
    header('a-header-named-like-a-property-is-kept', 'R20', 'constructor', 'v'),
    header('a-header-named-proto-is-kept', 'R20', '__proto__', 'v'),
    header('an-apps-date-is-kept', 'R62', 'Date', 'Sun, 06 Nov 1994 08:49:37 GMT'),
    header('an-apps-server-is-kept', 'R62', 'Server', 'kit/1.0'),
    sent(
      'cookies-are-sent-apart-and-in-order',
      'R63',
      '200 OK',
      [
        ['Set-Cookie', 'b=2; Path=/'],
        ['X-Between', '1'],
        ['Set-Cookie', 'a=1, with comma'],
        ['set-cookie', 'c=3'],
      ],
      {
        headers: { 'set-cookie': ['b=2; Path=/', 'a=1, with comma', 'c=3'] },
      },
    ),
    sent(
      'repeated-headers-are-sent-apart',
      'R63',
      '200 OK',
      [
        ['WWW-Authenticate', 'Basic realm="a"'],
        ['WWW-Authenticate', 'Digest realm="b"'],
      ],
      {
        headers: { 'www-authenticate': ['Basic realm="a"', 'Digest realm="b"'] },
      },
    ),
    sent(
      'the-order-of-headers-is-kept',
      'R63',
      '200 OK',
      [
        ['X-Z', '1'],
        ['X-A', '2'],
        ['X-M', '3'],
      ],
      {
        check: ({ answer }) => {
          const order = (answer?.headers ?? [])
            .map(([name]) => name.toLowerCase())
            .filter((name) => /^x-[zam]$/.test(name));
          return order.join() === 'x-z,x-a,x-m' ? undefined : `order of headers: ${order.join()}`;
        },
      },
    ),
    sent(
      'fifty-headers-are-sent',
      'R63',
      '200 OK',
      Array.from({ length: 50 }, (_, index): Header => [`X-H-${index}`, String(index)]),
      {
        headers: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`x-h-${index}`, String(index)])),
      },
    ),
    {
      name: 'headers-are-copied-at-start-response',
      rule: 'R57',
      app: (_, startResponse) => {
        const cookie: Header = ['Set-Cookie', 'a=1'];
        const headers: Header[] = [...TEXT, cookie];
        startResponse('200 OK', headers);
        cookie[1] = 'changed=1\r\nX-Injected: yes';
        headers.push(['X-Late', 'late']);
        return [utf8('copied')];
      },
      expect: { status: 200, headers: { 'set-cookie': 'a=1', 'x-late': null, 'x-injected': null }, body: 'copied' },
    },
    {
      name: 'the-apps-own-array-is-left-alone',
      rule: 'R57',
      app: (_, startResponse, trace) => {
        const headers: Header[] = [['Content-Type', 'text/plain']];
        startResponse('200 OK', headers);
        return (function* body() {
          yield utf8('left alone');
          trace.note(
            'headers',
            headers.map(([name, value]) => [name, value]),
          );
        })();
      },
      expect: { status: 200, notes: { headers: [['Content-Type', 'text/plain']] } },
    },
    {
      name: 'no-content-type-is-guessed',
      rule: 'R64',
      app: (_, startResponse) => {
        startResponse('200 OK', []);
        return [utf8('<html>guess</html>')];
      },
      expect: { status: 200, headers: { 'content-type': null } },
      breaks: 'R64',
    },
    {
      name: 'http-adds-a-date',
      rule: 'R62',
      wires: ['any-http'],
      app: (_, startResponse) => {
        ok(startResponse);
        return [utf8('dated')];
      },
      expect: {
        status: 200,
        headers: { date: /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/ },
      },
    },
  ],
};
