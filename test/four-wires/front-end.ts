import type { PlannedRequest } from './request.ts';

/** `%XX` to bytes, as a web server decodes a path before it fills SCRIPT_NAME and PATH_INFO (RFC 3875 §4.1.5). */
function decode(path: string): string {
  return path.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The meta-variables that a web server makes of a request (RFC 3875 §4.1); repeated headers stay apart. */
export function metaVariables(request: PlannedRequest): [string, string][] {
  const target = request.query === undefined ? request.path : `${request.path}?${request.query}`;
  return [
    ['CONTENT_LENGTH', String(request.bodyLength)],
    ['REQUEST_METHOD', request.method],
    ['SCRIPT_NAME', ''],
    ['PATH_INFO', decode(request.path)],
    ['QUERY_STRING', request.query ?? ''],
    ['REQUEST_URI', target],
    ['SERVER_NAME', '127.0.0.1'],
    ['SERVER_PORT', '80'],
    ['SERVER_PROTOCOL', 'HTTP/1.1'],
    ['SERVER_SOFTWARE', 'front-end'],
    ['GATEWAY_INTERFACE', 'CGI/1.1'],
    ['REMOTE_ADDR', '127.0.0.1'],
    ['REMOTE_PORT', '9'],
    ['HTTP_HOST', 'example.test'],
    ...request.headers.map(([name, value]): [string, string] => [
      `HTTP_${name.toUpperCase().replaceAll('-', '_')}`,
      value,
    ]),
  ];
}

/** Joins what repeats, as Apache does before it runs a CGI program; SCGI allows no duplicates. */
export function joined(variables: [string, string][]): [string, string][] {
  const merged = new Map<string, string>();
  for (const [name, value] of variables) {
    const known = merged.get(name);
    merged.set(name, known === undefined ? value : `${known}${name === 'HTTP_COOKIE' ? '; ' : ', '}${value}`);
  }
  return [...merged];
}
