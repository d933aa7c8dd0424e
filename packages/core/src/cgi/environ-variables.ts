import { cgiVariable } from '../environ/cgi-variables.ts';
import type { Environ } from '../contract/contract.ts';
import { TsgiError } from '../contract/errors.ts';

const NOT_BYTES = /[^\x00-\xff]/;

function add(variables: string[], name: string, value: string): void {
  // R23: cut down to bytes on its way out, U+0100 would be the NUL that ends a value.
  if (NOT_BYTES.test(name) || NOT_BYTES.test(value)) {
    throw new TsgiError(`${JSON.stringify(name)} holds a character above U+00FF: expected a byte string`, {
      code: 'NOT_A_BYTE_STRING',
      side: 'app',
      rule: 'R23',
    });
  }
  variables.push(name, value);
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
    if (cgiVariable(name).role !== 'drop') add(variables, name, value);
  }
  // R39: what the next server knows the scheme by.
  const isSecure = environ['tsgi.url_scheme'] === 'https' && environ.HTTPS === undefined && extra.HTTPS === undefined;
  if (isSecure) add(variables, 'HTTPS', 'on');
  for (const [name, value] of Object.entries(extra)) if (name !== 'CONTENT_LENGTH') add(variables, name, value);
  return variables;
}
