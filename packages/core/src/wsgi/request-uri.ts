import type { Environ } from '../contract/contract.ts';
import { percentEncode } from '../environ/percent-encoding.ts';

// wsgiref.util's choice, with what RFC 3986 allows in a path besides.
const SAFE = '/;=,';
const DEFAULT_PORT = { http: '80', https: '443' } as const;

function origin(environ: Environ): string {
  const scheme = environ['tsgi.url_scheme'];
  const { HTTP_HOST: host, SERVER_NAME: name, SERVER_PORT: port } = environ;
  if (host !== undefined && host !== '') return `${scheme}://${host}`;
  return port === DEFAULT_PORT[scheme] ? `${scheme}://${name}` : `${scheme}://${name}:${port}`;
}

/** The URI of the application itself: scheme, host, and `SCRIPT_NAME` quoted (R89). */
export function applicationUri(environ: Environ): string {
  return origin(environ) + percentEncode(environ.SCRIPT_NAME || '/', '/');
}

/**
 * The full URI of the request (R89).
 *
 * @param includeQuery default true.
 */
export function requestUri(environ: Environ, includeQuery = true): string {
  const path = percentEncode(environ.PATH_INFO, SAFE);
  const script = applicationUri(environ);
  const uri = environ.SCRIPT_NAME === '' ? script + path.replace(/^\//, '') : script + path;
  return includeQuery && environ.QUERY_STRING !== '' ? `${uri}?${environ.QUERY_STRING}` : uri;
}
