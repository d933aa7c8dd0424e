import { isHopByHop } from './tokens.ts';

/** What becomes of a variable from a wire: dropped, the last one kept, refused when repeated, or joined (R34 to R38). */
export type VariableRole = 'drop' | 'last' | 'refuse' | '; ' | ', ';

// As with header names: what repeats from request to request is looked up, not worked out. Bounded.
const MOST_REMEMBERED = 1024;
const remembered = new Map<string, VariableRole>();

function describe(name: string): VariableRole {
  // R22: a name with a dot would pass for an extension.
  if (name === '' || name.includes('.')) return 'drop';
  if (name === 'CONTENT_TYPE' || name === 'CONTENT_LENGTH' || name === 'HTTP_HOST') return 'refuse';
  if (name === 'HTTP_COOKIE') return '; ';
  if (!name.startsWith('HTTP_')) return 'last';
  // R24: broken front ends send these beside CONTENT_TYPE and CONTENT_LENGTH; R36: httpoxy.
  if (name === 'HTTP_CONTENT_TYPE' || name === 'HTTP_CONTENT_LENGTH' || name === 'HTTP_PROXY') return 'drop';
  return isHopByHop(name.slice(5).replaceAll('_', '-')) ? 'drop' : ', ';
}

/** The role of a meta-variable that came over FastCGI, SCGI or CGI. */
export function variableRole(name: string): VariableRole {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const role = describe(name);
  if (remembered.size < MOST_REMEMBERED) remembered.set(name, role);
  return role;
}
