import type { Environ } from '../contract/contract.ts';
import { blankEnviron, type ServerTraits } from './environ.ts';
import { TsgiError } from '../contract/errors.ts';
import { checkContentLength, headerVariable } from './variables.ts';
import { percentDecode } from './percent-encoding.ts';
import { parseRequestTarget } from './request-target.ts';
import { mountAt } from './script-name.ts';

/** A request's head, as an HTTP parser gives it. */
export interface RequestHead {
  /** A token (R25); the parser has checked it. */
  method: string;
  /** As it came, undecoded. */
  target: string;
  /** `'HTTP/1.1'`. */
  protocol: string;
  /** Names and values alternate, in wire order: byte strings, values without white space around them. */
  headers: readonly string[];
}

/** What is true of all requests on one connection. */
export interface ConnectionFacts {
  scheme: 'http' | 'https';
  /** A host without its port; an IPv6 address in brackets (R32). */
  serverName: string;
  /** Decimal digits. */
  serverPort: string;
  remoteAddress?: string;
  remotePort?: string;
}

function repeated(name: string): TsgiError {
  return new TsgiError(`${name} came more than once: expected one`, {
    code: 'REPEATED_HEADER',
    side: 'peer',
    rule: 'R37',
  });
}

function addHeaders(environ: Environ, headers: readonly string[]): void {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const variable = headerVariable(headers[index] ?? '');
    if (variable.role === 'drop') continue;
    const value = headers[index + 1] ?? '';
    const known = environ[variable.name];
    if (known === undefined) environ[variable.name] = value;
    else if (variable.role === 'refuse') throw repeated(variable.name);
    else environ[variable.name] = `${String(known)}${variable.role}${value}`;
  }
}

/**
 * The environ of an HTTP request (R20 to R42).
 *
 * @throws TsgiError (400) for a bad target (R27), a repeated singleton (R37), a bad Content-Length (R31).
 */
export function environFromHead(head: RequestHead, connection: ConnectionFacts, traits: ServerTraits): Environ {
  const { method, target } = head;
  const environ = blankEnviron(traits, head.headers);
  environ.REQUEST_METHOD = method;
  environ.REQUEST_URI = target;
  environ.SERVER_NAME = connection.serverName;
  environ.SERVER_PORT = connection.serverPort;
  environ.SERVER_PROTOCOL = head.protocol;
  environ['tsgi.url_scheme'] = connection.scheme;
  if (connection.remoteAddress !== undefined) environ.REMOTE_ADDR = connection.remoteAddress;
  if (connection.remotePort !== undefined) environ.REMOTE_PORT = connection.remotePort;
  addHeaders(environ, head.headers);
  const { path, query, authority } = parseRequestTarget(method, target);
  const decoded = percentDecode(path);
  environ.QUERY_STRING = query;
  if (traits.scriptName === undefined) environ.PATH_INFO = decoded;
  else mountAt(environ, traits.scriptName, decoded);
  if (authority !== undefined) environ.HTTP_HOST = authority;
  if (environ.CONTENT_LENGTH !== undefined) checkContentLength(environ.CONTENT_LENGTH);
  return environ;
}
