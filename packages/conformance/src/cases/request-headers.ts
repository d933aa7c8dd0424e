import type { Header } from '@tsgi/core';
import type { CaseGroup, ConformanceCase, Expectation } from '../run/case.ts';
import { showEnviron } from '../run/case-apps.ts';

type Variables = NonNullable<Expectation['environ']>;

function headers(
  name: string,
  rule: string,
  sent: readonly Header[],
  environ: Variables,
  wires?: ConformanceCase['wires'],
): ConformanceCase {
  return {
    name,
    rule,
    ...(wires === undefined ? {} : { wires }),
    app: showEnviron,
    request: { headers: sent },
    expect: { status: 200, environ },
  };
}

function value(name: string, sent: string, wires?: ConformanceCase['wires']): ConformanceCase {
  return headers(name, 'R34', [['X-Value', sent]], { HTTP_X_VALUE: sent }, wires);
}

/** Front ends of CGI and SCGI join repeated headers themselves; FastCGI's often send them apart. */
const SENT_APART: ConformanceCase['wires'] = ['repeated-headers'];
/** HTTP/2 has no white space around values, and no Transfer-Encoding (RFC 9113 §8.2). */
const HTTP_1: ConformanceCase['wires'] = ['http'];

const MANY = Array.from({ length: 60 }, (_, index): Header => [`X-Many-${index}`, String(index)]);

/** How request headers become variables, and which never do (R24, R34 to R38). */
export const requestHeaders: CaseGroup = {
  hazard: 'Request headers',
  cases: [
    headers('a-header-is-a-variable', 'R34', [['X-Some-Header', 'some value']], { HTTP_X_SOME_HEADER: 'some value' }),
    headers('the-case-of-a-name-does-not-matter', 'R34', [['x-lOWeR', 'v']], { HTTP_X_LOWER: 'v' }),
    headers('a-header-that-was-not-sent-is-absent', 'R34', [], {
      HTTP_X_SOME_HEADER: null,
      HTTP_COOKIE: null,
      HTTP_ACCEPT: null,
      HTTP_USER_AGENT: null,
    }),
    headers('an-empty-header-is-there', 'R34', [['X-Empty', '']], { HTTP_X_EMPTY: '' }),
    headers('the-host-keeps-its-port', 'R34', [], { HTTP_HOST: 'kit.example:8080' }),
    headers('content-type-is-content-type', 'R24', [['Content-Type', 'text/x-kit; charset="a b"']], {
      CONTENT_TYPE: 'text/x-kit; charset="a b"',
      HTTP_CONTENT_TYPE: null,
    }),
    {
      ...headers('content-length-is-content-length', 'R24, R31', [], {
        CONTENT_LENGTH: '4',
        HTTP_CONTENT_LENGTH: null,
      }),
      request: { method: 'POST', body: ['body'] },
    },
    headers('without-content-type-it-is-absent', 'R34', [], { CONTENT_TYPE: null, HTTP_CONTENT_TYPE: null }),
    {
      ...headers('without-a-body-content-length-is-absent-or-zero', 'R31', [], {}),
      expect: { status: 200, check: ({ report }) => lengthless(report.notes.environ) },
    },
    headers(
      'repeated-headers-are-joined-with-comma-and-space',
      'R37',
      [
        ['X-A', 'one'],
        ['X-A', 'two'],
        ['X-a', 'three'],
      ],
      { HTTP_X_A: 'one, two, three' },
      SENT_APART,
    ),
    headers(
      'repeated-cookies-are-joined-with-semicolon-and-space',
      'R37',
      [
        ['Cookie', 'a=1'],
        ['Cookie', 'b=2; c=3'],
      ],
      { HTTP_COOKIE: 'a=1; b=2; c=3' },
      SENT_APART,
    ),
    headers(
      'repeated-if-match-is-joined',
      'R37',
      [
        ['If-Match', '"a"'],
        ['If-Match', '"b"'],
      ],
      { HTTP_IF_MATCH: '"a", "b"' },
      // node:http2 does not send it twice.
      ['http', 'fcgi'],
    ),
    headers(
      'an-empty-header-among-repeated-ones-is-kept',
      'R37',
      [
        ['X-A', ''],
        ['X-A', 'two'],
      ],
      { HTTP_X_A: ', two' },
      SENT_APART,
    ),
    value('a-comma-in-a-value-is-kept', 'one, two,three'),
    value('quotes-in-a-value-are-kept', '"a \\"quoted\\" text"'),
    value('a-colon-in-a-value-is-kept', 'a: b: c'),
    value('bytes-above-ascii-in-a-value-are-kept', 'caf\u00c3\u00a9'),
    value('bytes-that-are-not-utf-8-in-a-value-are-kept', 'caf\u00e9'),
    value('a-tab-in-a-value-is-kept', 'a\tb'),
    value('a-value-of-127-bytes-is-kept', 'v'.repeat(127)),
    value('a-value-of-128-bytes-is-kept', 'v'.repeat(128)),
    value('a-value-of-5000-bytes-is-kept', 'v'.repeat(5000)),
    headers(
      'white-space-around-a-value-is-trimmed',
      'R34',
      [['X-Value', ' \t v w \t ']],
      { HTTP_X_VALUE: 'v w' },
      HTTP_1,
    ),
    headers('a-name-of-many-bytes-is-kept', 'R34', [[`X-${'n'.repeat(140)}`, 'v']], {
      [`HTTP_X_${'N'.repeat(140)}`]: 'v',
    }),
    headers(
      'many-headers-are-kept',
      'R34',
      MANY,
      Object.fromEntries(MANY.map(([name, text]) => [`HTTP_${name.toUpperCase().replaceAll('-', '_')}`, text])),
    ),
    headers(
      'names-of-object-properties-are-only-names',
      'R20',
      [
        ['constructor', 'c'],
        ['toString', 't'],
        ['valueOf', 'v'],
      ],
      { HTTP_CONSTRUCTOR: 'c', HTTP_TOSTRING: 't', HTTP_VALUEOF: 'v' },
    ),
    headers('a-name-with-an-underscore-is-dropped', 'R35', [['X_Forged', 'no']], { HTTP_X_FORGED: null }, ['any-http']),
    headers(
      'a-name-with-an-underscore-does-not-reach-a-real-header',
      'R35',
      [
        ['X-Real', 'real'],
        ['X_Real', 'forged'],
      ],
      { HTTP_X_REAL: 'real' },
      ['any-http'],
    ),
    headers(
      'an-underscored-content-length-is-dropped',
      'R35',
      [['Content_Length', '5']],
      { CONTENT_LENGTH: null, HTTP_CONTENT_LENGTH: null },
      ['any-http'],
    ),
    headers(
      'an-underscored-content-type-is-dropped',
      'R35',
      [['Content_Type', 'text/forged']],
      { CONTENT_TYPE: null, HTTP_CONTENT_TYPE: null },
      ['any-http'],
    ),
    headers(
      'an-underscored-transfer-encoding-is-dropped',
      'R35',
      [['Transfer_Encoding', 'chunked']],
      { HTTP_TRANSFER_ENCODING: null },
      ['any-http'],
    ),
    headers(
      'prototype-names-from-a-header-are-harmless',
      'R20, R35',
      [['__proto__', 'polluted']],
      { HTTP___PROTO__: null },
      ['any-http'],
    ),
    {
      ...headers('a-name-with-a-dot-is-dropped', 'R22', [['X-A.B', 'dotted']], {}),
      expect: { status: 200, check: ({ report }) => dotted(report.notes.keys) },
    },
    headers('proxy-never-becomes-http-proxy', 'R36', [['Proxy', 'http://evil.example:3128']], { HTTP_PROXY: null }),
    headers('proxy-in-another-case-never-becomes-http-proxy', 'R36', [['pRoXy', 'http://evil.example:3128']], {
      HTTP_PROXY: null,
    }),
    headers(
      'hop-by-hop-headers-are-the-servers',
      'R38',
      [
        ['TE', 'trailers'],
        ['Keep-Alive', 'timeout=5'],
        ['Proxy-Connection', 'keep-alive'],
        ['Connection', 'close'],
      ],
      { HTTP_TE: null, HTTP_KEEP_ALIVE: null, HTTP_PROXY_CONNECTION: null, HTTP_CONNECTION: null },
      ['connection-header'],
    ),
    {
      name: 'transfer-encoding-is-the-servers',
      rule: 'R38',
      wires: HTTP_1,
      app: showEnviron,
      request: { method: 'POST', body: ['chunk'], length: null },
      expect: { status: 200, environ: { HTTP_TRANSFER_ENCODING: null, CONTENT_LENGTH: null } },
    },
    headers('authorization-is-passed-on', 'R34', [['Authorization', 'Basic a2l0OmtpdA==']], {
      HTTP_AUTHORIZATION: 'Basic a2l0OmtpdA==',
    }),
    headers(
      'forwarded-headers-are-passed-on',
      'R34',
      [
        ['X-Forwarded-For', '192.0.2.1'],
        ['Forwarded', 'for=192.0.2.1'],
      ],
      { HTTP_X_FORWARDED_FOR: '192.0.2.1', HTTP_FORWARDED: 'for=192.0.2.1' },
    ),
    headers(
      'forwarded-headers-are-not-believed',
      'R39',
      [
        ['X-Forwarded-Proto', 'https'],
        ['X-Forwarded-Host', 'evil.example'],
      ],
      { HTTP_HOST: 'kit.example:8080', SERVER_PORT: /^(?!443$)\d+$/ },
    ),
  ],
};

function lengthless(environ: unknown): string | undefined {
  const found =
    typeof environ === 'object' && environ !== null && 'CONTENT_LENGTH' in environ ? environ.CONTENT_LENGTH : undefined;
  return found === undefined || found === '' || found === '0'
    ? undefined
    : `CONTENT_LENGTH is ${String(found)}: expected none`;
}

function dotted(keys: unknown): string | undefined {
  const found = Array.isArray(keys) ? keys.filter((key) => /^(?!tsgi\.).*\./.test(String(key))) : ['(no keys)'];
  return found.length === 0 ? undefined : `keys ${found.join(', ')}: a name with a dot from a wire never becomes a key`;
}
