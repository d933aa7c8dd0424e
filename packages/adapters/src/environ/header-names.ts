import { isHopByHop } from '@tsgi/core';

// Bounded, in number and in length: a peer invents some of them.
const MOST_REMEMBERED = 512;
const LONGEST_REMEMBERED = 64;
const variables = new Map<string, string>();
const spellings = new Map<string, string>();
const roles = new Map<string, ResponseHeaderRole>();

/** `own`: the server's, frameworks set it all the same (R60, R61). */
export type ResponseHeaderRole = 'own' | 'length' | 'other';

/** Keeps a string that holds on to no other: a substring would keep alive the head that it was cut from. */
function remember<Value>(cache: Map<string, Value>, name: string, value: Value): Value {
  if (cache.size < MOST_REMEMBERED && name.length <= LONGEST_REMEMBERED) cache.set(name.split('').join(''), value);
  return value;
}

/** The variable that a header becomes: the inverse of core's `headerName`. Case does not matter. */
export function headerVariable(header: string): string {
  const known = variables.get(header);
  if (known !== undefined) return known;
  const upper = header.toUpperCase().replaceAll('-', '_');
  const isPlain = upper === 'CONTENT_TYPE' || upper === 'CONTENT_LENGTH';
  return remember(variables, header, isPlain ? upper : `HTTP_${upper}`);
}

/** The usual spelling of a header, `Content-Type`: that of the wire is lost where the wire has variables only. */
export function usualSpelling(lower: string): string {
  const known = spellings.get(lower);
  if (known !== undefined) return known;
  return remember(
    spellings,
    lower,
    lower.replace(/(?<![^-])[a-z]/g, (letter) => letter.toUpperCase()),
  );
}

/** What a header of an answer is to the server. Case does not matter. */
export function responseHeaderRole(name: string): ResponseHeaderRole {
  const known = roles.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  const isOwn = isHopByHop(lower) || lower === 'status';
  return remember(roles, name, isOwn ? 'own' : lower === 'content-length' ? 'length' : 'other');
}
