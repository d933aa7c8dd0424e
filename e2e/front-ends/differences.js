// What a front end is known to do differently, and why. The tests ask for exactly this, so a difference that is gone is a failure as well;
// scripts/generate-front-ends.mjs writes it into docs/deploy/front-ends.md.

/**
 * @typedef {object} Difference
 * @property {keyof typeof import('./requests.js').requests} request
 * @property {string[]} cells `server/way`; a star stands for the rest
 * @property {string} seen what comes of the request there
 * @property {string} reason
 * @property {true} [sometimes] it comes out either way
 */

const NGINX = ['nginx/*'];
const NGINX_GATEWAY = ['nginx/fastcgi*', 'nginx/scgi*', 'nginx/spawned'];
const APACHE = ['apache/*'];
const APACHE_HTTP = ['apache/http', 'apache/http-unix'];
const LIGHTTPD = ['lighttpd/*'];
const LIGHTTPD_HTTP = ['lighttpd/http', 'lighttpd/http-unix'];
const LIGHTTPD_GATEWAY = ['lighttpd/fastcgi*', 'lighttpd/scgi*', 'lighttpd/cgi', 'lighttpd/spawned'];
const HAPROXY_FASTCGI = ['haproxy/fastcgi*', 'haproxy/spawned'];
const CADDY_FASTCGI = ['caddy/fastcgi*', 'caddy/spawned'];
const H2O_FASTCGI = ['h2o/fastcgi*', 'h2o/spawned', 'h2o/cgi'];
const EVERY_GATEWAY = [
  ...NGINX_GATEWAY,
  'apache/fastcgi*',
  'apache/scgi*',
  'apache/cgi*',
  'apache/shared-cgi',
  'apache/shared-resident',
  'apache/spawned',
  'apache/shared-fcgid',
  ...LIGHTTPD_GATEWAY,
  ...HAPROXY_FASTCGI,
  ...CADDY_FASTCGI,
  ...H2O_FASTCGI,
];

/** @type {readonly Difference[]} */
export const differences = [
  {
    request: 'NUL',
    cells: [...NGINX, ...LIGHTTPD, ...CADDY_FASTCGI],
    seen: 'refused with 400',
    reason: 'a NUL in a path is refused by the web server; Caddy does so over FastCGI only',
  },
  { request: 'NUL', cells: APACHE, seen: 'refused with 404', reason: 'Apache takes no path with a NUL' },
  {
    request: 'double slash',
    cells: LIGHTTPD_HTTP,
    seen: 'PATH_INFO "/a/b"',
    reason:
      'lighttpd proxies the path as it has normalised it (`server.http-parseopts` of Debian); over the other wires REQUEST_URI is as it came',
  },
  { request: 'dot segments', cells: LIGHTTPD_HTTP, seen: 'PATH_INFO "/b/c"', reason: 'the same' },
  { request: 'encoded dots', cells: LIGHTTPD_HTTP, seen: 'PATH_INFO "/b"', reason: 'the same' },
  {
    request: 'raw target',
    cells: LIGHTTPD_HTTP,
    seen: 'REQUEST_URI "/a%20b/%C3%A9?c=/"',
    reason: 'the same; it decodes in the query, too',
  },
  {
    request: 'query',
    cells: LIGHTTPD_GATEWAY,
    seen: 'QUERY_STRING "z"',
    reason:
      'with `url-normalize-required`, as Debian sets it, lighttpd 1.4.69 takes the last `?` for the beginning of the query',
  },
  {
    request: 'forged headers',
    cells: [...LIGHTTPD_GATEWAY, ...H2O_FASTCGI],
    seen: 'HTTP_REMOTE_USER',
    reason:
      'a header name with `_` is passed on, and nobody behind can tell it from one with `-` (R35). It is not REMOTE_USER: take no identity from an HTTP_ variable',
  },
  {
    request: 'request cookies',
    cells: [...APACHE, ...CADDY_FASTCGI],
    seen: 'HTTP_COOKIE "a=1, b=2"',
    reason:
      'several Cookie headers are joined with a comma before the application’s server sees them (R37). Browsers send one over HTTP/1.1',
  },
  {
    request: 'headers',
    cells: ['h2o/cgi'],
    seen: 'HTTP_X_ONE "1", HTTP_X_TWO "b"',
    reason: 'h2o’s `fastcgi-cgi` keeps the last of several headers of one name',
  },
  {
    request: 'request cookies',
    cells: H2O_FASTCGI,
    seen: 'HTTP_COOKIE "a=1;b=2"',
    reason: 'h2o joins them without a blank, which cookie parsers take',
  },
  {
    request: 'host',
    cells: NGINX_GATEWAY,
    seen: 'HTTP_HOST "example.org"',
    reason: 'Debian’s `fastcgi_params` and `scgi_params` have `$host`, which has no port',
  },
  {
    request: 'who asks',
    cells: ['h2o/http', 'h2o/http-unix'],
    seen: 'refused with 400',
    reason:
      'h2o 2.2 appends to X-Forwarded-For and cannot take a header of the client out: a `Forwarded` that says something else is refused, not believed',
  },
  {
    request: 'chunked POST',
    cells: ['apache/scgi*'],
    seen: 'refused with 411',
    reason: 'mod_proxy_scgi asks for a length, which SCGI needs, and does not find it out',
  },
  {
    request: 'chunked upload of 1 MiB',
    cells: ['apache/scgi*'],
    seen: 'refused with 411',
    reason: 'mod_proxy_scgi asks for a length',
  },
  {
    request: 'chunked upload of 1 MiB',
    cells: HAPROXY_FASTCGI,
    seen: 'refused with 400',
    reason:
      'HAProxy takes a body of unknown length over FastCGI as long as it fits into its buffer (`tune.bufsize`, 16 KiB)',
  },
  {
    request: 'too large',
    cells: HAPROXY_FASTCGI,
    seen: 'no answer as long as the body lasts',
    reason:
      'the application’s server has answered 413 at once (`--max-body`), which HAProxy over FastCGI passes on when it has sent the body',
  },
  {
    request: 'too large',
    cells: [...APACHE_HTTP, 'apache/fastcgi*', 'apache/spawned', 'apache/shared-*', 'caddy/*'],
    seen: 'no answer as long as the body lasts',
    reason:
      'counted while it comes, not judged by its Content-Length: 413 at the limit. On a shared host it is Apache’s, 1 GiB',
  },
  {
    request: 'download of 1 MiB',
    cells: ['apache/fastcgi*', 'apache/scgi*', 'apache/cgi*', 'apache/shared-cgi', 'apache/shared-resident'],
    seen: 'all of it, chunked',
    reason: 'Apache drops a Content-Length of a gateway unless `ap_trust_cgilike_cl` is set, and sends chunks',
  },
  {
    request: 'HEAD',
    cells: ['apache/fastcgi*', 'apache/scgi*', 'apache/cgi*', 'apache/shared-cgi', 'apache/shared-resident'],
    seen: '200, no Content-Length, no body',
    reason: 'Apache drops a Content-Length of a gateway',
  },
  {
    request: 'reason phrase',
    cells: LIGHTTPD,
    seen: '418 , with its body',
    reason: 'lighttpd keeps the number and writes the words itself',
  },
  {
    request: 'huge request head',
    cells: [...NGINX, ...APACHE, 'haproxy/*'],
    seen: 'refused with 400',
    reason:
      'the web server’s own limit (nginx `large_client_header_buffers` 8 KiB a line, Apache `LimitRequestFieldSize` 8,190, HAProxy `tune.bufsize`)',
  },
  {
    request: 'huge request head',
    cells: H2O_FASTCGI,
    seen: 'all 70,000 bytes',
    reason: 'h2o takes it, and the limit of the application’s server over FastCGI is 128 KiB (`--head-size`)',
  },
  {
    request: 'huge request head',
    cells: CADDY_FASTCGI,
    seen: 'not all of it',
    reason: 'Caddy 2.6 cuts a value that does not fit into one record of 65,500 bytes, silently',
  },
  {
    request: 'error behind the head',
    cells: [
      'nginx/fastcgi-unix*',
      'nginx/scgi-unix',
      'nginx/spawned',
      'apache/scgi-unix',
      'apache/cgi*',
      'apache/shared-cgi',
      'apache/shared-resident',
      'apache/spawned',
      'lighttpd/scgi-unix',
      'lighttpd/cgi',
    ],
    seen: 'whole, to all appearance',
    reason:
      'without a Content-Length only the end of the connection tells: over TCP it is reset, and the client’s answer is cut; over a UNIX socket and from a program there is no reset. FastCGI has an END_REQUEST that is missing, which nginx and mod_fcgid do not ask for',
  },
  {
    request: 'error behind the head',
    cells: ['caddy/*', 'h2o/*'],
    seen: 'whole, to all appearance',
    reason: 'Caddy 2.6 and h2o 2.2 end their own answer properly when the application’s ends too early, over HTTP, too',
  },
  {
    request: 'error behind the head',
    cells: ['lighttpd/http*', 'lighttpd/fastcgi*', 'lighttpd/scgi-tcp', 'lighttpd/spawned'],
    seen: 'whole, to all appearance',
    sometimes: true,
    reason:
      'sometimes, also where the connection is reset: lighttpd looks at an end that comes with the last bytes as a proper one',
  },
  {
    request: 'too few bytes',
    cells: ['apache/scgi-unix', 'apache/cgi*', 'apache/shared-cgi', 'apache/shared-resident'],
    seen: 'whole, to all appearance',
    reason: 'Apache has dropped the Content-Length that would tell',
  },
  {
    request: 'too few bytes',
    cells: ['apache/spawned'],
    seen: 'cut before its head',
    reason: 'mod_fcgid sends nothing of an answer whose first piece is its last and too short',
  },
  {
    request: 'client leaves a silence',
    cells: [...APACHE, ...LIGHTTPD, 'haproxy/*', ...CADDY_FASTCGI, 'h2o/*'],
    seen: 'the application is not told',
    reason: 'the web server looks at its client again when there is something to send',
  },
  {
    request: 'client leaves a silence',
    cells: ['nginx/scgi-tcp'],
    seen: 'the application is not told',
    reason:
      'nginx closes its connection, but over SCGI the end of what the front end sends is no abort; the next write says so',
  },
  {
    request: 'unknown method',
    cells: LIGHTTPD,
    seen: 'refused with 501',
    reason: 'lighttpd has a list of methods',
  },
  {
    request: 'WebSocket',
    cells: EVERY_GATEWAY,
    seen: 'refused with 426',
    reason:
      'a connection can be taken over over HTTP only: `tsgi.upgrade` is not there, and the application of the test says so',
  },
  {
    request: 'encoded slash',
    cells: ['apache/shared-*'],
    seen: 'refused with 404',
    reason: '`AllowEncodedSlashes` is for the host’s configuration, not for `.htaccess`',
  },
  {
    request: 'upload of 1 MiB',
    cells: ['apache/shared-fcgid'],
    seen: 'refused with 500',
    reason: '`FcgidMaxRequestLen` is 128 KiB unless the host has raised it, and not for `.htaccess`',
  },
  {
    request: 'chunked upload of 1 MiB',
    cells: ['apache/shared-fcgid'],
    seen: 'refused with 500',
    reason: 'more than `FcgidMaxRequestLen`',
  },
  {
    request: 'first byte',
    cells: ['apache/shared-fcgid'],
    seen: 'at the end',
    reason: '`FcgidOutputBufferSize` is 64 KiB, and not for `.htaccess`: that much is gathered, or the whole answer',
  },
  {
    request: 'error behind the head',
    cells: ['apache/shared-fcgid'],
    seen: 'refused with 500',
    reason: 'nothing had been sent of what was gathered',
  },
  {
    request: 'too few bytes',
    cells: ['apache/shared-fcgid'],
    seen: 'refused with 500',
    reason: 'nothing had been sent of what was gathered',
  },
  {
    request: 'client leaves a stream',
    cells: ['apache/shared-fcgid'],
    seen: 'the application is not told',
    reason: 'the answer is gathered first (`FcgidOutputBufferSize`)',
  },
];

/** The difference that is known of a cell, if there is one. @param {string} cell @param {string} request */
export function differenceOf(cell, request) {
  return differences.find((one) => one.request === request && one.cells.some((pattern) => matches(pattern, cell)));
}

/** @param {string} pattern @param {string} cell */
export function matches(pattern, cell) {
  return pattern.endsWith('*') ? cell.startsWith(pattern.slice(0, -1)) : cell === pattern;
}
