import type { Environ, Header } from '@tsgi/core';

const EARLY_HINTS = 'HTTP/1.1 103 ';

/** A 103 that Node has serialised goes to `tsgi.early_hints`; a 100 or 102 is the server's own business (R52). */
export function earlyHints(head: string, environ: Environ): void {
  const send = environ['tsgi.early_hints'];
  if (send === undefined || !head.startsWith(EARLY_HINTS)) return;
  const headers: Header[] = [];
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
  send(headers);
}
