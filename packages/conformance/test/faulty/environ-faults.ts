import { copyEnviron, type App, type Environ } from '@tsgi/core';
import { aroundApp, type FaultyServer } from './faulty-server.ts';

/** A server that changes the environ on its way to the application. */
function changes(
  fault: string,
  caughtBy: string,
  change: (environ: Environ) => Environ | void,
  wire: 'http' | 'fcgi' | 'scgi' = 'http',
): FaultyServer {
  return aroundApp(
    fault,
    caughtBy,
    (app) => (environ, startResponse) => app(change(environ) ?? environ, startResponse),
    wire,
  );
}

const decode = (text: string): string =>
  text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** An object like any other: what a server makes that does not think of names (R20). */
function ordinary(environ: Environ): Environ {
  const copy: Record<string, unknown> = {};
  for (const key of [...Object.keys(environ), 'tsgi.signal', 'tsgi.after_response']) copy[key] = environ[key];
  return copy as Environ;
}

function leaking(): (environ: Environ) => void {
  const seen: Record<string, unknown> = {};
  return (environ) => {
    for (const key of Object.keys(environ)) if (key.startsWith('HTTP_X_FIRST')) seen[key] = environ[key];
    Object.assign(environ, seen);
  };
}

const splitWith =
  (separator: string) =>
  (environ: Environ): void => {
    if (environ.HTTP_COOKIE !== undefined) environ.HTTP_COOKIE = environ.HTTP_COOKIE.replaceAll('; ', separator);
  };

/** Environs that are wrong in one place. */
export const environFaults: readonly FaultyServer[] = [
  changes(
    'the path is decoded twice',
    'a-path-is-decoded-exactly-once',
    (environ) => void (environ.PATH_INFO = decode(environ.PATH_INFO)),
  ),
  changes(
    'the path is decoded twice over FastCGI',
    'a-path-is-not-decoded-again',
    (environ) => void (environ.PATH_INFO = decode(environ.PATH_INFO)),
    'fcgi',
  ),
  changes(
    'the path is not decoded',
    'a-path-is-percent-decoded',
    (environ) => void (environ.PATH_INFO = environ.REQUEST_URI.split('?')[0] ?? ''),
  ),
  changes(
    'the path is text, not bytes',
    'a-path-is-decoded-to-bytes',
    (environ) => void (environ.PATH_INFO = Buffer.from(environ.PATH_INFO, 'latin1').toString('utf8')),
  ),
  changes(
    'a plus in the path becomes a space',
    'a-plus-in-a-path-is-a-plus',
    (environ) => void (environ.PATH_INFO = environ.PATH_INFO.replaceAll('+', ' ')),
  ),
  changes(
    'repeated slashes are merged',
    'repeated-slashes-are-kept',
    (environ) => void (environ.PATH_INFO = environ.PATH_INFO.replaceAll(/\/+/g, '/')),
  ),
  changes(
    'dot segments are resolved',
    'dot-segments-are-kept',
    (environ) => void (environ.PATH_INFO = new URL(environ.PATH_INFO, 'http://a').pathname),
  ),
  changes(
    'the query keeps its question mark',
    'a-query-is-kept-raw',
    (environ) => void (environ.QUERY_STRING = environ.QUERY_STRING && `?${environ.QUERY_STRING}`),
  ),
  changes(
    'the query is decoded',
    'a-query-is-kept-raw',
    (environ) => void (environ.QUERY_STRING = decode(environ.QUERY_STRING)),
  ),
  changes(
    'the query is cut at its second question mark',
    'a-query-may-hold-question-marks',
    (environ) => void (environ.QUERY_STRING = environ.QUERY_STRING.split('?')[0] ?? ''),
  ),
  changes(
    'the query is missing when there is none',
    'every-required-key-is-there',
    (environ) => void (environ.QUERY_STRING === '' && Reflect.deleteProperty(environ, 'QUERY_STRING')),
  ),
  changes(
    'the raw target is missing',
    'every-required-key-is-there',
    (environ) => void Reflect.deleteProperty(environ, 'REQUEST_URI'),
  ),
  changes('SCRIPT_NAME is a slash', 'the-root-is-a-slash', (environ) => void (environ.SCRIPT_NAME = '/')),
  changes(
    'SERVER_NAME has a port',
    'the-server-name-has-no-port',
    (environ) => void (environ.SERVER_NAME = 'named.example:80'),
  ),
  changes(
    'SERVER_PORT is a number',
    'variables-are-strings',
    (environ) => void Object.assign(environ, { SERVER_PORT: 80 }),
  ),
  changes('cookies are joined with a comma', 'repeated-cookies-are-joined-with-semicolon-and-space', splitWith(', ')),
  changes(
    'repeated headers are joined with a semicolon',
    'repeated-headers-are-joined-with-comma-and-space',
    (environ) => void (environ.HTTP_X_A !== undefined && (environ.HTTP_X_A = environ.HTTP_X_A.replaceAll(', ', '; '))),
  ),
  changes(
    'of repeated headers the last one wins',
    'repeated-if-match-is-joined',
    (environ) =>
      void (
        environ.HTTP_IF_MATCH !== undefined && (environ.HTTP_IF_MATCH = environ.HTTP_IF_MATCH.split(', ').at(-1) ?? '')
      ),
  ),
  changes(
    'Content-Type is HTTP_CONTENT_TYPE as well',
    'content-type-is-content-type',
    (environ) => void (environ.CONTENT_TYPE !== undefined && (environ.HTTP_CONTENT_TYPE = environ.CONTENT_TYPE)),
  ),
  changes('empty headers are left out', 'an-empty-header-is-there', (environ) => {
    for (const [key, value] of Object.entries(environ))
      if (value === '' && key.startsWith('HTTP_')) Reflect.deleteProperty(environ, key);
  }),
  changes(
    'headers that were not sent are empty',
    'a-header-that-was-not-sent-is-absent',
    (environ) => void (environ.HTTP_COOKIE ??= ''),
  ),
  changes(
    'header values are text, not bytes',
    'bytes-above-ascii-in-a-value-are-kept',
    (environ) =>
      void (
        environ.HTTP_X_VALUE !== undefined &&
        (environ.HTTP_X_VALUE = Buffer.from(environ.HTTP_X_VALUE, 'latin1').toString('utf8'))
      ),
  ),
  changes(
    'X-Forwarded-Host is believed',
    'forwarded-headers-are-not-believed',
    (environ) =>
      void (environ.HTTP_X_FORWARDED_HOST !== undefined && (environ.HTTP_HOST = environ.HTTP_X_FORWARDED_HOST)),
  ),
  changes(
    'Connection reaches the application',
    'hop-by-hop-headers-are-the-servers',
    (environ) => void (environ.HTTP_CONNECTION = 'close'),
  ),
  changes(
    'httpoxy: Proxy reaches the application',
    'proxy-never-becomes-http-proxy',
    (environ) =>
      void (
        environ.HTTP_X_TSGI_CASE?.startsWith('proxy-') === true && (environ.HTTP_PROXY = 'http://evil.example:3128')
      ),
  ),
  changes(
    'a forged name takes the place of a real one',
    'a-name-with-an-underscore-does-not-reach-a-real-header',
    (environ) => void (environ.HTTP_X_REAL !== undefined && (environ.HTTP_X_REAL = 'real, forged')),
  ),
  changes('the environ inherits from Object', 'nothing-is-inherited-from-object', ordinary),
  changes('the environ is frozen', 'the-environ-can-be-changed-and-extended', (environ) =>
    Object.freeze(copyEnviron(environ)),
  ),
  changes('the environ keeps what an earlier request left', 'an-environ-belongs-to-one-request', leaking()),
  changes(
    'an empty REMOTE_USER is passed on',
    'an-empty-remote-user-is-absent',
    (environ) => void (environ.REMOTE_USER ??= ''),
    'scgi',
  ),
  changes(
    'HTTPS is compared with care for its case',
    'https-in-capitals-is-https',
    (environ) => void (environ.HTTPS === 'ON' && (environ['tsgi.url_scheme'] = 'http')),
    'fcgi',
  ),
  changes(
    'a name with a dot from the wire becomes a key',
    'a-variable-with-a-dot-never-becomes-a-key',
    (environ) => void (environ['kit.key'] = 'forged'),
    'scgi',
  ),
  changes(
    'the method is written in capitals',
    'a-method-in-lower-case-is-kept',
    (environ) => void (environ.REQUEST_METHOD = environ.REQUEST_METHOD.toUpperCase()),
    'fcgi',
  ),
  changes(
    'HTTP_CONTENT_LENGTH is passed on',
    'http-content-variables-are-dropped',
    (environ) => void (environ.HTTP_CONTENT_LENGTH = '99'),
    'fcgi',
  ),
  changes(
    'the version is a string',
    'the-version-is-1-0',
    (environ) => void Object.assign(environ, { 'tsgi.version': '1.0' }),
  ),
  changes(
    'a server that runs on says that it runs once',
    'only-a-cgi-program-runs-once',
    (environ) => void (environ['tsgi.run_once'] = true),
  ),
  aroundApp('hooks of all requests are one array', 'hooks-and-signal-belong-to-one-request', sharingHooks),
];

function sharingHooks(app: App): App {
  const hooks: (() => void | PromiseLike<void>)[] = [];
  return (environ, startResponse) => {
    const own = environ['tsgi.after_response'];
    own.push(async () => {
      for (const hook of hooks) await hook();
    });
    return app(copyEnviron(environ, { 'tsgi.after_response': hooks }), startResponse);
  };
}
