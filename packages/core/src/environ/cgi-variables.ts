import { headerRole, type HeaderRole } from './header-policy.ts';
import { ownString, RememberedNames } from './remembered-names.ts';

/** What becomes of a variable from a wire: as of a header; of those that are none, the last one is kept (R34 to R38). */
export type VariableRole = HeaderRole | 'last';

/** A variable's name, and what is known of it. */
export interface CgiVariable {
  /** The name as a string of its own. */
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

const remembered = new RememberedNames<CgiVariable>();

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
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const variable = { name: ownString(name), role: roleOf(name), isRequired: REQUIRED.has(name) };
  remembered.remember(name, variable);
  return variable;
}
