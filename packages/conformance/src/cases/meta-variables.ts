import type { CaseGroup, ConformanceCase, Expectation } from '../run/case.ts';
import { showEnviron } from '../run/case-apps.ts';
import type { CaseRequest } from '../wires/request.ts';

type Variables = NonNullable<Expectation['environ']>;
type Sent = NonNullable<CaseRequest['variables']>;

function variables(
  name: string,
  rule: string,
  sent: Sent,
  environ: Variables,
  wires: ConformanceCase['wires'] = ['meta-variables'],
): ConformanceCase {
  return { name, rule, wires, app: showEnviron, request: { variables: sent }, expect: { status: 200, environ } };
}

function refused(
  name: string,
  rule: string,
  sent: Sent,
  wires: ConformanceCase['wires'] = ['meta-variables'],
): ConformanceCase {
  return {
    name,
    rule,
    wires,
    app: showEnviron,
    request: { variables: sent },
    expect: { refused: 'answered', status: 400 },
  };
}

function scheme(name: string, https: string, expected: 'http' | 'https'): ConformanceCase {
  return {
    name,
    rule: 'R39',
    wires: ['meta-variables'],
    app: (environ, startResponse, trace) => {
      trace.note('scheme', environ['tsgi.url_scheme']);
      startResponse('204 No Content', []);
      return [];
    },
    request: { variables: { HTTPS: https } },
    expect: { status: 204, notes: { scheme: expected } },
  };
}

/** Where the variables of the request do not stand among those of a process, which are not the application's (R42). */
const APART_FROM_THE_PROCESS: ConformanceCase['wires'] = ['variables-on-the-wire'];

/** What front ends send over the CGI family, and what an application must see of it (RFC 3875 §4.1). */
export const metaVariableCases: CaseGroup = {
  hazard: 'Meta-variables',
  cases: [
    variables(
      'script-name-and-path-info-are-kept',
      'R26',
      { SCRIPT_NAME: '/mount', PATH_INFO: '/rest', REQUEST_URI: '/mount/rest' },
      { SCRIPT_NAME: '/mount', PATH_INFO: '/rest' },
    ),
    variables(
      'a-script-name-of-a-slash-is-empty',
      'R26',
      { SCRIPT_NAME: '/', PATH_INFO: '/rest', REQUEST_URI: '/rest' },
      { SCRIPT_NAME: '', PATH_INFO: '/rest' },
    ),
    variables(
      'a-slash-at-the-end-of-script-name-goes',
      'R26',
      { SCRIPT_NAME: '/mount/', PATH_INFO: '/rest', REQUEST_URI: '/mount/rest' },
      { SCRIPT_NAME: '/mount', PATH_INFO: '/rest' },
    ),
    variables(
      'an-empty-path-info-under-a-mount-stays-empty',
      'R28',
      { SCRIPT_NAME: '/mount', PATH_INFO: '', REQUEST_URI: '/mount' },
      { SCRIPT_NAME: '/mount', PATH_INFO: '' },
    ),
    variables(
      'script-name-and-path-info-are-not-both-empty',
      'R28',
      { SCRIPT_NAME: '', PATH_INFO: '', REQUEST_URI: '/' },
      { SCRIPT_NAME: '', PATH_INFO: '/' },
    ),
    variables(
      'without-a-path-it-comes-from-the-uri',
      'R29, R94',
      { SCRIPT_NAME: null, PATH_INFO: null, REQUEST_URI: '/from%20uri?q', QUERY_STRING: 'q' },
      { SCRIPT_NAME: '', PATH_INFO: '/from uri', QUERY_STRING: 'q' },
    ),
    variables(
      'without-a-uri-it-comes-from-the-path',
      'R29',
      { REQUEST_URI: null, SCRIPT_NAME: '/mount', PATH_INFO: '/a b', QUERY_STRING: 'q=1' },
      { REQUEST_URI: '/mount/a%20b?q=1' },
    ),
    variables(
      'a-path-is-not-decoded-again',
      'R29',
      { PATH_INFO: '/%41', REQUEST_URI: '/%2541' },
      { PATH_INFO: '/%41' },
    ),
    variables('a-uri-is-kept-raw', 'R29', { PATH_INFO: '/a b', REQUEST_URI: '/a%20b?x' }, { REQUEST_URI: '/a%20b?x' }),
    variables('without-a-query-string-it-is-empty', 'R30', { QUERY_STRING: null }, { QUERY_STRING: '' }),
    variables(
      'the-server-name-loses-its-port',
      'R32',
      { SERVER_NAME: 'named.example:8080' },
      { SERVER_NAME: 'named.example' },
    ),
    variables(
      'without-a-server-name-the-host-is-asked',
      'R32',
      { SERVER_NAME: null, SERVER_PORT: null, HTTP_HOST: 'host.example:81' },
      { SERVER_NAME: 'host.example', SERVER_PORT: '81' },
    ),
    variables(
      'an-empty-server-name-is-filled',
      'R32',
      { SERVER_NAME: '', SERVER_PORT: '', HTTP_HOST: 'host.example' },
      { SERVER_NAME: 'host.example', SERVER_PORT: '80' },
    ),
    variables(
      'without-a-host-the-server-still-has-a-name',
      'R32',
      { SERVER_NAME: null, SERVER_PORT: null, HTTP_HOST: null },
      { SERVER_NAME: /./, SERVER_PORT: /^\d+$/, HTTP_HOST: null },
    ),
    variables(
      'an-included-document-is-http-1-0',
      'R33',
      { SERVER_PROTOCOL: 'INCLUDED' },
      { SERVER_PROTOCOL: 'HTTP/1.0' },
    ),
    variables(
      'http-2-at-the-front-end-is-told',
      'R33',
      { SERVER_PROTOCOL: 'HTTP/2.0' },
      { SERVER_PROTOCOL: 'HTTP/2.0' },
    ),
    variables('a-method-in-lower-case-is-kept', 'R25', { REQUEST_METHOD: 'get' }, { REQUEST_METHOD: 'get' }),
    variables(
      'an-empty-remote-user-is-absent',
      'R34',
      { REMOTE_USER: '', AUTH_TYPE: '' },
      { REMOTE_USER: null, AUTH_TYPE: null },
    ),
    variables(
      'a-remote-user-is-passed-on',
      'R34',
      { REMOTE_USER: 'kit', AUTH_TYPE: 'Basic' },
      { REMOTE_USER: 'kit', AUTH_TYPE: 'Basic' },
    ),
    variables('an-empty-content-type-is-absent', 'R34', { CONTENT_TYPE: '' }, { CONTENT_TYPE: null }),
    variables(
      'http-content-variables-are-dropped',
      'R24',
      { HTTP_CONTENT_TYPE: 'text/forged', HTTP_CONTENT_LENGTH: '99' },
      { HTTP_CONTENT_TYPE: null, HTTP_CONTENT_LENGTH: null, CONTENT_TYPE: null },
    ),
    variables('http-proxy-is-dropped', 'R36', { HTTP_PROXY: 'http://evil.example:3128' }, { HTTP_PROXY: null }),
    variables(
      'hop-by-hop-variables-are-dropped',
      'R38',
      { HTTP_CONNECTION: 'close', HTTP_TE: 'trailers', HTTP_KEEP_ALIVE: '5', HTTP_UPGRADE: 'h2c' },
      { HTTP_CONNECTION: null, HTTP_TE: null, HTTP_KEEP_ALIVE: null, HTTP_UPGRADE: null },
    ),
    variables(
      'unknown-variables-are-passed-on',
      'R22',
      { UNIQUE_ID: 'abc', SSL_CIPHER: 'none', X_Own: 'own' },
      { UNIQUE_ID: 'abc', SSL_CIPHER: 'none', X_Own: 'own' },
      APART_FROM_THE_PROCESS,
    ),
    variables(
      'variables-named-like-properties-are-only-keys',
      'R20',
      Object.fromEntries([
        ['__proto__', 'p'],
        ['constructor', 'c'],
        ['hasOwnProperty', 'h'],
      ]),
      Object.fromEntries([
        ['__proto__', 'p'],
        ['constructor', 'c'],
        ['hasOwnProperty', 'h'],
      ]),
      APART_FROM_THE_PROCESS,
    ),
    variables(
      'bytes-of-a-variable-are-kept',
      'R23, R94',
      { PATH_INFO: '/caf\u00e9', REMOTE_IDENT: '\u0080\u00ff' },
      { PATH_INFO: '/caf\u00e9', REMOTE_IDENT: '\u0080\u00ff' },
    ),
    variables(
      'utf-8-of-a-variable-is-kept-as-bytes',
      'R23',
      { PATH_INFO: '/\u00e2\u0082\u00ac' },
      { PATH_INFO: '/\u00e2\u0082\u00ac' },
    ),
    {
      name: 'a-variable-with-a-dot-never-becomes-a-key',
      rule: 'R22',
      wires: ['variables-on-the-wire'],
      app: (environ, startResponse, trace) => {
        trace.note('input', typeof environ['tsgi.input']);
        trace.note('scheme', environ['tsgi.url_scheme']);
        trace.note(
          'keys',
          ['kit.key', 'a.b'].filter((key) => key in environ),
        );
        startResponse('204 No Content', []);
        return [];
      },
      request: { variables: { 'tsgi.input': 'forged', 'tsgi.url_scheme': 'forged', 'kit.key': 'forged', 'a.b': 'c' } },
      expect: { status: 204, notes: { input: 'object', scheme: 'http', keys: [] } },
    },
    scheme('https-on-is-https', 'on', 'https'),
    scheme('https-in-capitals-is-https', 'ON', 'https'),
    scheme('https-1-is-https', '1', 'https'),
    scheme('https-yes-is-https', 'yes', 'https'),
    scheme('https-off-is-http', 'off', 'http'),
    scheme('https-that-is-empty-is-http', '', 'http'),
    refused('without-a-method-a-request-is-refused', 'R21, R25', { REQUEST_METHOD: null }),
    refused('an-empty-method-is-refused', 'R25', { REQUEST_METHOD: '' }),
    refused('a-method-that-is-no-token-is-refused', 'R25', { REQUEST_METHOD: 'GE T' }),
    refused('a-protocol-that-is-none-is-refused', 'R33', { SERVER_PROTOCOL: 'HTTP/x' }),
    ...['x', '+5', '0x5', '5, 5', '5.0', '1e1', '-5'].map((length) =>
      refused(
        `a-content-length-of-${length.replaceAll(/[^0-9a-z]+/g, '-').replace(/^-|-$/g, '') || 'nothing'}${length.startsWith('-') ? '-below-zero' : length.startsWith('+') ? '-with-a-sign' : ''}-is-refused`,
        'R31',
        { CONTENT_LENGTH: length },
        ['fcgi', 'cgi'],
      ),
    ),
    refused('a-content-length-beyond-numbers-is-refused', 'R31', { CONTENT_LENGTH: '9'.repeat(30) }, ['fcgi', 'cgi']),
  ],
};
