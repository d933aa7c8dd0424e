import { isHopByHop } from './tokens.ts';

/** How a header becomes a variable: dropped, refused when repeated, or joined with this (R35 to R38). */
export interface HeaderVariable {
  readonly name: string;
  readonly join: 'drop' | 'refuse' | '; ' | ', ';
}

// Enough for every real header in a few spellings, and a bound for a peer that invents names.
const MOST_REMEMBERED = 1024;
const remembered = new Map<string, HeaderVariable>();

const DROPPED: HeaderVariable = { name: '', join: 'drop' };

function describe(header: string): HeaderVariable {
  const lower = header.toLowerCase();
  switch (lower) {
    case 'content-type':
      return { name: 'CONTENT_TYPE', join: 'refuse' };
    case 'content-length':
      return { name: 'CONTENT_LENGTH', join: 'refuse' };
    case 'host':
      return { name: 'HTTP_HOST', join: 'refuse' };
    case 'cookie':
      return { name: 'HTTP_COOKIE', join: '; ' };
    case 'proxy':
      // httpoxy: HTTP_PROXY is a setting to many an HTTP client (R36).
      return DROPPED;
    default:
  }
  // `X_A` would pass for `X-A` (R35), and a name with a dot for an extension (R22).
  if (isHopByHop(lower) || lower.includes('_') || lower.includes('.')) return DROPPED;
  return { name: `HTTP_${lower.toUpperCase().replaceAll('-', '_')}`, join: ', ' };
}

/** The variable of a header name, in whatever spelling. Remembered, bounded: this is most of an environ's cost. */
export function headerVariable(header: string): HeaderVariable {
  const known = remembered.get(header);
  if (known !== undefined) return known;
  const variable = describe(header);
  if (remembered.size < MOST_REMEMBERED) remembered.set(header, variable);
  return variable;
}
