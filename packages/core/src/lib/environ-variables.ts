import type { Environ } from './contract.ts';

/**
 * The meta-variables that a gateway sends on for a request (RFC 3875 §4.1): the environ's CGI keys, `CONTENT_LENGTH`
 * first as SCGI wants it, without hop-by-hop headers (the environ has none) and never with a name that only a header
 * could have made (R36).
 *
 * @param extra is added, and wins over the environ.
 * @returns names and values alternate: byte strings.
 */
export function variablesFromEnviron(environ: Environ, extra: Readonly<Record<string, string>> = {}): string[] {
  const variables: string[] = [];
  const length = extra.CONTENT_LENGTH ?? environ.CONTENT_LENGTH;
  if (length !== undefined) variables.push('CONTENT_LENGTH', length);
  for (const name of Object.keys(environ)) {
    const value = environ[name];
    if (typeof value !== 'string' || name === 'CONTENT_LENGTH' || name.includes('.') || Object.hasOwn(extra, name))
      continue;
    variables.push(name, value);
  }
  for (const [name, value] of Object.entries(extra)) if (name !== 'CONTENT_LENGTH') variables.push(name, value);
  return variables;
}
