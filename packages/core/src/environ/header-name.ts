import { ownString, RememberedNames } from './remembered-names.ts';

const remembered = new RememberedNames<string>();

/**
 * The header that a variable came from, in lower case: `'accept-language'` for `HTTP_ACCEPT_LANGUAGE`, `'content-type'`
 * for `CONTENT_TYPE`. `undefined` for a variable that is no header. An underscore in a variable was a hyphen: headers with
 * underscores are dropped (R35).
 */
export function headerName(variable: string): string | undefined {
  const known = remembered.get(variable);
  if (known !== undefined) return known;
  const isHeader = variable.startsWith('HTTP_') && variable.length > 5;
  if (!isHeader && variable !== 'CONTENT_TYPE' && variable !== 'CONTENT_LENGTH') return undefined;
  const name = ownString((isHeader ? variable.slice(5) : variable).toLowerCase().replaceAll('_', '-'));
  remembered.remember(variable, name);
  return name;
}
