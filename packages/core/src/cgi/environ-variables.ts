import { BEYOND_BYTES } from '../environ/tokens.ts';
import { cgiVariable } from '../environ/variables.ts';
import type { Environ } from '../contract/contract.ts';
import { TsgiError } from '../contract/errors.ts';

function add(variables: string[], name: string, value: string, isBytes = !BEYOND_BYTES.test(name)): void {
  // R23: cut down to bytes on its way out, U+0100 would be the NUL that ends a value.
  if (!isBytes || BEYOND_BYTES.test(value)) {
    throw new TsgiError(`${JSON.stringify(name)} holds a character above U+00FF: expected a byte string`, {
      code: 'NOT_A_BYTE_STRING',
      side: 'app',
      rule: 'R23',
    });
  }
  variables.push(name, value);
}

/** An address, as SERVER_NAME has that of a server whose clients did not name it: an IPv6 one in brackets (R32). */
const ADDRESS = /^(?:\d+\.\d+\.\d+\.\d+|\[[0-9A-Fa-f:.]+\])$/;

/**
 * What web servers send that an environ does not have in this form: REQUEST_URI as a path, though the client sent the
 * absolute form (RFC 9112 §3.2.2, as nginx and Apache do; PHP routers take it for one), and no CONTENT_TYPE without a value.
 */
function variableOf(name: string, value: string): string | undefined {
  if (name === 'CONTENT_TYPE' && value === '') return undefined;
  if (name !== 'REQUEST_URI' || value.startsWith('/')) return value;
  const origin = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?]*/.exec(value)?.[0];
  if (origin === undefined) return value;
  const path = value.slice(origin.length);
  return path.startsWith('/') ? path : `/${path}`;
}

/**
 * The meta-variables that a gateway sends on for a request (RFC 3875 §4.1): the environ's CGI keys, `CONTENT_LENGTH`
 * first as SCGI wants it. What no environ has, be it that a middleware put it there, is not sent: hop-by-hop headers
 * (R38), `HTTP_PROXY` (R36), names with a dot (R22).
 *
 * @param extra is added, and wins over the environ.
 * @returns names and values alternate: byte strings.
 * @throws TsgiError for a value that is no byte string (R23).
 */
export function variablesFromEnviron(environ: Environ, extra: Readonly<Record<string, string>> = {}): string[] {
  const variables: string[] = [];
  const length = extra.CONTENT_LENGTH ?? environ.CONTENT_LENGTH;
  if (length !== undefined) add(variables, 'CONTENT_LENGTH', length);
  for (const name of Object.keys(environ)) {
    const value = environ[name];
    if (typeof value !== 'string' || name === 'CONTENT_LENGTH' || Object.hasOwn(extra, name)) continue;
    const { role, isBytes } = cgiVariable(name);
    if (role === 'drop') continue;
    const sent = variableOf(name, value);
    if (sent !== undefined) add(variables, name, sent, isBytes);
  }
  // Apache, nginx and lighttpd send these two.
  if (environ.REQUEST_SCHEME === undefined && extra.REQUEST_SCHEME === undefined) {
    add(variables, 'REQUEST_SCHEME', environ['tsgi.url_scheme']);
  }
  if (environ.SERVER_ADDR === undefined && extra.SERVER_ADDR === undefined && ADDRESS.test(environ.SERVER_NAME)) {
    add(variables, 'SERVER_ADDR', environ.SERVER_NAME.replace(/^\[|\]$/g, ''));
  }
  // R39: what the next server knows the scheme by.
  const isSecure = environ['tsgi.url_scheme'] === 'https' && environ.HTTPS === undefined && extra.HTTPS === undefined;
  if (isSecure) add(variables, 'HTTPS', 'on');
  for (const [name, value] of Object.entries(extra)) if (name !== 'CONTENT_LENGTH') add(variables, name, value);
  return variables;
}
