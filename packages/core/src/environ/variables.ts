import { TsgiError } from '../contract/errors.ts';
import { ownString, RememberedNames } from './remembered-names.ts';
import { BEYOND_BYTES, DIGITS, isHopByHop } from './tokens.ts';

/** What becomes of a header: it is dropped, refused when it comes twice, or joined with this (R35 to R38). */
type HeaderRole = 'drop' | 'refuse' | '; ' | ', ';

/**
 * The one policy for the headers of a request, whatever wire they came over.
 *
 * @param name in lower case, with hyphens.
 */
function headerRole(name: string): HeaderRole {
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
interface HeaderVariable {
  readonly name: string;
  readonly role: HeaderRole;
}

const rememberedHeaders = new RememberedNames<HeaderVariable>();

function variableName(lower: string): string {
  // R24: these two have names of their own.
  if (lower === 'content-type') return 'CONTENT_TYPE';
  if (lower === 'content-length') return 'CONTENT_LENGTH';
  return ownString(`HTTP_${lower.toUpperCase().replaceAll('-', '_')}`);
}

/** The variable of a header name, in whatever spelling. Remembered: this is most of an environ's cost. */
export function headerVariable(header: string): HeaderVariable {
  const known = rememberedHeaders.get(header);
  if (known !== undefined) return known;
  const lower = header.toLowerCase();
  const role = headerRole(lower);
  const variable = { name: role === 'drop' ? '' : variableName(lower), role };
  rememberedHeaders.remember(header, variable);
  return variable;
}

/** What becomes of a variable from a wire: as of a header; of those that are none, the last one is kept (R34 to R38). */
type VariableRole = HeaderRole | 'last';

/** A variable's name, and what is known of it. */
interface CgiVariable {
  /** The name as a string of its own. */
  readonly name: string;
  readonly role: VariableRole;
  /** An environ has it even when it is empty (R21). */
  readonly isRequired: boolean;
  /** The name is a byte string (R23). */
  readonly isBytes: boolean;
}

const REQUIRED: ReadonlySet<string> = new Set([
  'REQUEST_METHOD',
  'SCRIPT_NAME',
  'PATH_INFO',
  'QUERY_STRING',
  'REQUEST_URI',
  'SERVER_NAME',
  'SERVER_PORT',
  'SERVER_PROTOCOL',
  'SERVER_SOFTWARE',
  'GATEWAY_INTERFACE',
]);

const rememberedVariables = new RememberedNames<CgiVariable>();

function roleOf(name: string): VariableRole {
  // R22: a name with a dot would pass for an extension.
  if (name === '' || name.includes('.')) return 'drop';
  if (name === 'CONTENT_TYPE' || name === 'CONTENT_LENGTH') return 'refuse';
  // R24: broken front ends send these beside CONTENT_TYPE and CONTENT_LENGTH.
  if (name === 'HTTP_CONTENT_TYPE' || name === 'HTTP_CONTENT_LENGTH') return 'drop';
  return name.startsWith('HTTP_') ? headerRole(name.slice(5).toLowerCase().replaceAll('_', '-')) : 'last';
}

/** What is known of a meta-variable that came over FastCGI, SCGI or CGI. */
export function cgiVariable(name: string): CgiVariable {
  const known = rememberedVariables.get(name);
  if (known !== undefined) return known;
  const variable = {
    name: ownString(name),
    role: roleOf(name),
    isRequired: REQUIRED.has(name),
    isBytes: !BEYOND_BYTES.test(name),
  };
  rememberedVariables.remember(name, variable);
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
