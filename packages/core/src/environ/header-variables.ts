import { headerRole, type HeaderRole } from './header-policy.ts';
import { ownString, RememberedNames } from './remembered-names.ts';

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
