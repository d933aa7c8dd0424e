import { isHopByHop } from './tokens.ts';

/** What becomes of a variable from a wire: dropped, the last one kept, refused when two differ, or joined (R34 to R38). */
export type VariableRole = 'drop' | 'last' | 'refuse' | '; ' | ', ';

/** A variable's name, and what is known of it. */
export interface CgiVariable {
  /**
   * The name as a string that V8 has interned: a name that was just cut out of a request is not, and each use of it as
   * a key would look it up in the table of all strings (0.8 of 2.7 µs for an nginx request).
   */
  readonly name: string;
  readonly role: VariableRole;
  /** An environ has it even when it is empty (R21). */
  readonly isRequired: boolean;
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

// As with header names: what repeats from request to request is looked up, not worked out. Bounded.
const MOST_REMEMBERED = 1024;
const remembered = new Map<string, CgiVariable>();

function roleOf(name: string): VariableRole {
  // R22: a name with a dot would pass for an extension.
  if (name === '' || name.includes('.')) return 'drop';
  if (name === 'CONTENT_TYPE' || name === 'CONTENT_LENGTH' || name === 'HTTP_HOST') return 'refuse';
  if (name === 'HTTP_COOKIE') return '; ';
  if (!name.startsWith('HTTP_')) return 'last';
  // R24: broken front ends send these beside CONTENT_TYPE and CONTENT_LENGTH; R36: httpoxy.
  if (name === 'HTTP_CONTENT_TYPE' || name === 'HTTP_CONTENT_LENGTH' || name === 'HTTP_PROXY') return 'drop';
  return isHopByHop(name.slice(5).replaceAll('_', '-')) ? 'drop' : ', ';
}

/** What is known of a meta-variable that came over FastCGI, SCGI or CGI. */
export function cgiVariable(name: string): CgiVariable {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  // A key of an object is interned, and stays so for as long as it is remembered here.
  const interned = Object.keys({ [name]: true })[0] ?? name;
  const variable = { name: interned, role: roleOf(name), isRequired: REQUIRED.has(name) };
  if (remembered.size < MOST_REMEMBERED) remembered.set(interned, variable);
  return variable;
}
