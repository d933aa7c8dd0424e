import { HOST } from './http-request.ts';
import { announcedBodyLength, type TaggedRequest } from './request.ts';

function decode(path: string): string {
  return path.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function variableOf(header: string): string {
  const name = header.toUpperCase().replaceAll('-', '_');
  return name === 'CONTENT_TYPE' || name === 'CONTENT_LENGTH' ? name : `HTTP_${name}`;
}

/**
 * The meta-variables that a careful front end makes of a request (RFC 3875 §4.1): paths decoded once, the raw target in
 * REQUEST_URI, one variable for each header.
 *
 * @param joins whether repeated headers are one variable, as SCGI and the environment of a process demand. nginx before
 *   1.23 and HAProxy send one each over FastCGI.
 */
export function metaVariables(request: TaggedRequest, joins: boolean): (readonly [string, string])[] {
  const { method = 'GET', target = '/', protocol = 'HTTP/1.1', headers = [], variables = {} } = request;
  const mark = target.indexOf('?');
  const length = announcedBodyLength(request);
  const [serverName = '', serverPort = ''] = HOST.split(':');
  const made: [string, string][] = [
    ...(typeof length === 'number' ? [['CONTENT_LENGTH', String(length)] satisfies [string, string]] : []),
    ['REQUEST_METHOD', method],
    ['SCRIPT_NAME', ''],
    ['PATH_INFO', decode(mark === -1 ? target : target.slice(0, mark))],
    ['QUERY_STRING', mark === -1 ? '' : target.slice(mark + 1)],
    ['REQUEST_URI', target],
    ['SERVER_PROTOCOL', protocol],
    ['SERVER_SOFTWARE', 'tsgi-conformance'],
    ['GATEWAY_INTERFACE', 'CGI/1.1'],
    ['SERVER_NAME', serverName],
    ['SERVER_PORT', serverPort],
    ['REMOTE_ADDR', '192.0.2.7'],
    ['REMOTE_PORT', '49152'],
    ...(headers.some(([name]) => name.toLowerCase() === 'host')
      ? []
      : [['HTTP_HOST', HOST] satisfies [string, string]]),
  ];
  for (const [header, value] of [...request.tag, ...headers]) {
    const name = variableOf(header);
    const known = joins ? made.find(([other]) => other === name) : undefined;
    if (known === undefined) made.push([name, value]);
    else known[1] += `${name === 'HTTP_COOKIE' ? '; ' : ', '}${value}`;
  }
  const kept = made.filter(([name]) => !Object.hasOwn(variables, name));
  const added = Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== null);
  // SCGI wants CONTENT_LENGTH first.
  return [
    ...added.filter(([name]) => name === 'CONTENT_LENGTH'),
    ...kept,
    ...added.filter(([name]) => name !== 'CONTENT_LENGTH'),
  ];
}
