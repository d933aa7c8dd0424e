import { TsgiError } from '../contract/errors.ts';
import { ownString, RememberedNames } from './remembered-names.ts';
import { DIGITS, isHopByHop } from './tokens.ts';

/** What becomes of a header: it is dropped, refused when it comes twice, or joined with this (R35 to R38). */
export type HeaderRole = 'drop' | 'refuse' | '; ' | ', ';

/**
 * The one policy for the headers of a request, whatever wire they came over.
 *
 * @param name in lower case, with hyphens.
 */
export function headerRole(name: string): HeaderRole {
  switch (name) {
    case 'content-type':
    case 'content-length':
    case 'host':
      return 'refuse';
    case 'cookie':
      return '; ';
    case 'proxy':
      // httpoxy: HTTP_PROXY is a setting to many an HTTP client (R36).
      return 'drop';
    default:
  }
  // `X_A` would pass for `X-A` (R35), and a name with a dot for an extension (R22).
  return isHopByHop(name) || name.includes('_') || name.includes('.') ? 'drop' : ', ';
}

/** How a header becomes a variable. */
export interface HeaderVariable {
  readonly name: string;
  readonly role: HeaderRole;
}

const remembered = new RememberedNames<HeaderVariable>();

function variableName(lower: string): string {
  // R24: these two have names of their own.
  if (lower === 'content-type') return 'CONTENT_TYPE';
  if (lower === 'content-length') return 'CONTENT_LENGTH';
  return ownString(`HTTP_${lower.toUpperCase().replaceAll('-', '_')}`);
}

/** The variable of a header name, in whatever spelling. Remembered: this is most of an environ's cost. */
export function headerVariable(header: string): HeaderVariable {
  const known = remembered.get(header);
  if (known !== undefined) return known;
  const lower = header.toLowerCase();
  const role = headerRole(lower);
  const variable = { name: role === 'drop' ? '' : variableName(lower), role };
  remembered.remember(header, variable);
  return variable;
}

/** `CONTENT_LENGTH` is digits and a number that JavaScript can hold, or nothing (R31). */
export function checkContentLength(value: string): void {
  if (!DIGITS.test(value) || !Number.isSafeInteger(Number(value))) {
    throw new TsgiError(`Content-Length ${JSON.stringify(value.slice(0, 40))}: expected decimal digits`, {
      code: 'BAD_CONTENT_LENGTH',
      side: 'peer',
      rule: 'R31',
    });
  }
}
