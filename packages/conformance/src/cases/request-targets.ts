import type { CaseGroup, ConformanceCase, Expectation } from '../run/case.ts';
import { showEnviron } from '../run/case-apps.ts';
import type { CaseRequest } from '../wires/request.ts';

type Variables = NonNullable<Expectation['environ']>;

function target(
  name: string,
  rule: string,
  sent: string,
  environ: Variables,
  more: Partial<ConformanceCase> = {},
): ConformanceCase {
  return {
    name,
    rule,
    app: showEnviron,
    request: { target: sent },
    expect: { status: 200, environ: { REQUEST_URI: sent, SCRIPT_NAME: '', ...environ } },
    ...more,
  };
}

function refused(name: string, method: string, sent: string): ConformanceCase {
  return {
    name,
    rule: 'R27',
    wires: method === 'CONNECT' ? ['http'] : ['any-http'],
    app: showEnviron,
    request: { method, target: sent },
    expect: { refused: 'closed', status: 400 },
  };
}

function method(name: string, sent: string, request: CaseRequest = {}): ConformanceCase {
  return {
    name,
    rule: 'R25',
    app: showEnviron,
    request: { method: sent, ...request },
    expect: { status: 200, environ: { REQUEST_METHOD: sent } },
  };
}

const HTTP_ONLY = { wires: ['http'] } satisfies Partial<ConformanceCase>;

/** Where the path of a request goes, decoded exactly once (R25 to R30). */
export const requestTargets: CaseGroup = {
  hazard: 'Methods and request targets',
  cases: [
    target('the-root-is-a-slash', 'R28', '/', { PATH_INFO: '/', QUERY_STRING: '' }),
    target('a-path-is-path-info', 'R29', '/some/path', { PATH_INFO: '/some/path' }),
    target('repeated-slashes-are-kept', 'R29', '//a///b//', { PATH_INFO: '//a///b//' }),
    target('nothing-but-slashes-is-kept', 'R29', '///', { PATH_INFO: '///' }),
    target('dot-segments-are-kept', 'R29', '/a/../b/./c', { PATH_INFO: '/a/../b/./c' }),
    target('a-path-is-percent-decoded', 'R29', '/a%20b%2Fc', { PATH_INFO: '/a b/c' }),
    target('a-path-is-decoded-exactly-once', 'R29', '/%2541%252F', { PATH_INFO: '/%41%2F' }),
    target('lower-case-hexadecimal-is-decoded', 'R29', '/%c3%a9', { PATH_INFO: '/\u00c3\u00a9' }),
    target('a-path-is-decoded-to-bytes', 'R23, R29', '/%E2%82%AC', { PATH_INFO: '/\u00e2\u0082\u00ac' }),
    target('bytes-that-are-not-utf-8-are-kept', 'R23, R29', '/%80%ff', { PATH_INFO: '/\u0080\u00ff' }),
    target('a-decoded-path-may-hold-delimiters', 'R27', '/%23%3F%25', { PATH_INFO: '/#?%', QUERY_STRING: '' }),
    target('a-decoded-path-may-hold-control-bytes', 'R29', '/a%0Ab%0Dc%09', { PATH_INFO: '/a\nb\rc\t' }),
    target('a-decoded-path-may-hold-nul', 'R29', '/a%00b', { PATH_INFO: '/a\0b' }, { wires: ['any-bytes'] }),
    target('a-plus-in-a-path-is-a-plus', 'R29', '/a+b', { PATH_INFO: '/a+b' }),
    target('delimiters-in-a-path-are-kept', 'R29', "/a;b=c,d&e!f$g'h(i)j*k@l:m", {
      PATH_INFO: "/a;b=c,d&e!f$g'h(i)j*k@l:m",
    }),
    target('raw-utf-8-in-a-path-is-kept', 'R23', '/\u00c3\u00a9t\u00c3\u00a9', {
      PATH_INFO: '/\u00c3\u00a9t\u00c3\u00a9',
    }),
    target('a-query-is-kept-raw', 'R30', '/p?a=%41+b&c=%2B', { PATH_INFO: '/p', QUERY_STRING: 'a=%41+b&c=%2B' }),
    target('without-a-query-it-is-empty', 'R30', '/p', { QUERY_STRING: '' }),
    target('an-empty-query-is-empty', 'R30', '/p?', { PATH_INFO: '/p', QUERY_STRING: '' }),
    target('a-query-may-hold-question-marks', 'R30', '/p?a?b?', { PATH_INFO: '/p', QUERY_STRING: 'a?b?' }),
    target('a-query-may-hold-slashes', 'R30', '/p?/a/b', { PATH_INFO: '/p', QUERY_STRING: '/a/b' }),
    target('an-encoded-question-mark-starts-no-query', 'R30', '/a%3Fb', { PATH_INFO: '/a?b', QUERY_STRING: '' }),
    target('a-long-path-is-kept', 'R29', `/${'a'.repeat(3000)}`, { PATH_INFO: `/${'a'.repeat(3000)}` }),
    target('a-long-query-is-kept', 'R30', `/?${'q'.repeat(3000)}`, { QUERY_STRING: 'q'.repeat(3000) }),
    target(
      'an-absolute-form-is-path-and-host',
      'R27',
      'http://other.example:81/a%20b?c',
      { PATH_INFO: '/a b', QUERY_STRING: 'c', HTTP_HOST: 'other.example:81' },
      HTTP_ONLY,
    ),
    target(
      'an-absolute-form-may-have-no-path',
      'R27',
      'http://other.example?q',
      { PATH_INFO: '/', QUERY_STRING: 'q', HTTP_HOST: 'other.example' },
      HTTP_ONLY,
    ),
    target(
      'an-absolute-form-may-name-ipv6',
      'R27',
      'http://[::1]:8080/six',
      { PATH_INFO: '/six', HTTP_HOST: '[::1]:8080' },
      HTTP_ONLY,
    ),
    target(
      'the-asterisk-form-is-for-options',
      'R27',
      '*',
      { PATH_INFO: '*' },
      { request: { method: 'OPTIONS', target: '*' } },
    ),
    target(
      'connect-has-the-authority-form',
      'R27',
      'other.example:443',
      { PATH_INFO: 'other.example:443' },
      { wires: ['any-http'], request: { method: 'CONNECT', target: 'other.example:443' } },
    ),
    refused('an-asterisk-for-get-is-refused', 'GET', '*'),
    refused('an-authority-for-get-is-refused', 'GET', 'other.example:443'),
    refused('a-relative-target-is-refused', 'GET', 'relative/path'),
    refused('a-path-for-connect-is-refused', 'CONNECT', '/path'),
    refused('a-fragment-is-refused', 'GET', '/path#fragment'),
    refused('another-scheme-is-refused', 'GET', 'ftp://other.example/'),
    method('post-is-passed-on', 'POST', { body: [] }),
    method('put-is-passed-on', 'PUT', { body: ['x'] }),
    method('delete-is-passed-on', 'DELETE'),
    method('patch-is-passed-on', 'PATCH', { body: ['x'] }),
    method('options-is-passed-on', 'OPTIONS'),
    method('a-method-with-a-hyphen-is-passed-on', 'M-SEARCH'),
    method('a-method-of-webdav-is-passed-on', 'PROPFIND'),
  ],
};
