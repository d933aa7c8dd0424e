/** What the management record GET_VALUES can ask for (section 4.1), as decimal texts. */
export interface ServerLimits {
  readonly maxConnections: number;
  readonly maxRequests: number;
  readonly multiplex: boolean;
}

/** The answer to GET_VALUES: names and values alternate, unknown names are left out. */
export function valuesFor(names: readonly string[], limits: ServerLimits): string[] {
  const values: string[] = [];
  for (const name of names) {
    if (name === 'FCGI_MAX_CONNS') values.push(name, String(limits.maxConnections));
    else if (name === 'FCGI_MAX_REQS') values.push(name, String(limits.maxRequests));
    else if (name === 'FCGI_MPXS_CONNS') values.push(name, limits.multiplex ? '1' : '0');
  }
  return values;
}
