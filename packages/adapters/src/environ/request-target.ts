import { type Environ, rawPathInfo, TsgiError } from '@tsgi/core';
import { percentEncode } from '@tsgi/core/server';

const SLASH = 0x2f;
/** What may stand in a path as it is (RFC 3986 §3.3), besides what is unreserved. */
const PATH_SAFE = "/!$&'()*+,;=:@";
/** `host`, `host:port`, `[v6]:port`: nothing that could begin a path, a query or user information. */
const HOST = /^[^\s/?#@\\[\]<>^|"`{}]+$|^\[[0-9a-f:.]+\](?::\d*)?$/i;
const DEFAULT_PORT = { http: '80', https: '443' } as const;

/** An empty query keeps its `?`: it is part of what the client asked for. */
function withQuery(path: string, query: string, uri: string): string {
  return query === '' && !uri.endsWith('?') ? path : `${path}?${query}`;
}

/**
 * The request target below `SCRIPT_NAME`, undecoded, as a framework's router reads it: `/a%2Fb?c`; `*` alone has no slash.
 */
export function requestTarget(environ: Environ): string {
  const { REQUEST_URI: uri, SCRIPT_NAME: script, PATH_INFO: info, QUERY_STRING: query } = environ;
  // Nearly every request: nothing is mounted, nothing is escaped, nobody has rewritten anything.
  if (script === '' && uri.charCodeAt(0) === SLASH) {
    const path = query === '' ? uri : uri.slice(0, -query.length - 1);
    if (path === info) return uri;
  }
  const raw = rawPathInfo(environ);
  if (raw === '*') return raw;
  // `/app%2Fx` of an application at `/app`: its slash is escaped, its target must begin with one all the same.
  const path = raw !== '' && raw.charCodeAt(0) !== SLASH ? percentEncode(info, PATH_SAFE) : raw;
  return withQuery(path || '/', query, uri);
}

// Mostly a server has one.
let lastHost = '';
let lastScheme = '';
let lastOrigin = '';

/**
 * Scheme, host and port that the client named: `http://example.org:8000`.
 *
 * @throws TsgiError (400) for a Host that is none: in a URL, what stands behind it would become a path.
 */
export function requestOrigin(environ: Environ): string {
  const scheme = environ['tsgi.url_scheme'];
  const { HTTP_HOST: host, SERVER_NAME: name, SERVER_PORT: port } = environ;
  if (host === undefined || host === '') {
    return port === DEFAULT_PORT[scheme] ? `${scheme}://${name}` : `${scheme}://${name}:${port}`;
  }
  if (host === lastHost && scheme === lastScheme) return lastOrigin;
  if (!HOST.test(host)) throw badHost(host);
  const origin = `${scheme}://${host}`;
  lastOrigin = origin;
  lastScheme = scheme;
  // Cut from a string of its own: the one that came keeps alive the head that it was cut from.
  lastHost = origin.slice(scheme.length + 3);
  return origin;
}

function badHost(host: string): TsgiError {
  return new TsgiError(`Host ${JSON.stringify(host.slice(0, 80))}: expected a host and an optional port`, {
    code: 'BAD_HOST',
    side: 'peer',
  });
}

// What `new URL` leaves as it is; all else goes through it. A host with a digit at its end may be an IPv4 address in
// disguise (`0x7f.1`), and one with `xn--` may not be one.
const PLAIN_ORIGIN =
  /^https?:\/\/(?:127\.0\.0\.1|(?!xn--)[a-z0-9_]+(?:[.-][a-z0-9_]+)*(?<=[a-z_]))(?::(?:[1-9]\d{3}|[1-5]\d{4}))?$/;
const IDNA = /\.xn--/i;
const PLAIN_TARGET = /^\/[!$&(-;=?-Z_a-z~%]*$/;
const DOTS = /\/\.\.?(?:[/?#]|$)|%2e/i;

/** The last origin that was found to be plain. */
let plainOrigin = '';

function isPlain(origin: string, target: string): boolean {
  if (origin !== plainOrigin) {
    if (!PLAIN_ORIGIN.test(origin) || IDNA.test(origin)) return false;
    plainOrigin = origin;
  }
  return target === '/' || (PLAIN_TARGET.test(target) && !DOTS.test(target));
}

/**
 * The URL of a request, below `SCRIPT_NAME`, as `Request.url` spells it.
 *
 * @throws TsgiError (400) for a Host that makes no URL.
 */
export function requestUrl(environ: Environ): string {
  const target = requestTarget(environ);
  const origin = requestOrigin(environ);
  if (isPlain(origin, target)) return origin + target;
  const url = target.charCodeAt(0) === SLASH ? origin + target : `${origin}/${target}`;
  try {
    return new URL(url).href;
  } catch {
    throw badHost(environ.HTTP_HOST ?? environ.SERVER_NAME);
  }
}
