import type { ConnectionLimits } from './connection-state.ts';

/** The answer to the management record GET_VALUES (section 4.1): names and values alternate, unknown names are left out. */
export function valuesFor(
  names: readonly string[],
  limits: Pick<ConnectionLimits, 'maxActiveRequests' | 'multiplex'> & { readonly maxConnections: number },
): string[] {
  const values: string[] = [];
  for (const name of names) {
    if (name === 'FCGI_MAX_CONNS') values.push(name, decimal(limits.maxConnections));
    else if (name === 'FCGI_MAX_REQS') values.push(name, decimal(limits.maxActiveRequests));
    else if (name === 'FCGI_MPXS_CONNS') values.push(name, limits.multiplex ? '1' : '0');
  }
  return values;
}

/** Values are decimal: what is unlimited is the most that any web server reads. */
function decimal(limit: number): string {
  return String(Math.min(limit, 0x7fff_ffff));
}
