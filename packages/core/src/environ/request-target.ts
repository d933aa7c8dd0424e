import { TsgiError } from '../contract/errors.ts';
import { isAuthority, parseAuthority } from './host.ts';
import { percentDecode } from './percent-encoding.ts';

/** A request target in its parts, undecoded (R27). */
export interface RequestTarget {
  readonly path: string;
  readonly query: string;
  /** Of an absolute form: what stands in for the Host header (RFC 9112 §3.2.2). */
  readonly authority: string | undefined;
}

const ABSOLUTE = /^https?:\/\/(?:[^/?@]*@)?([^/?@]+)([/?].*)?$/i;
// A fragment is never sent (RFC 9112 §3.2), and white space or a control character ends a target.
const FORBIDDEN = /[\x00-\x20\x7f#]/;

function refuse(found: string, expected: string): TsgiError {
  return new TsgiError(`request target ${JSON.stringify(found.slice(0, 80))}: expected ${expected}`, {
    code: 'BAD_TARGET',
    side: 'peer',
    rule: 'R27',
  });
}

function splitQuery(target: string, authority: string | undefined): RequestTarget {
  const mark = target.indexOf('?');
  return mark === -1
    ? { path: target, query: '', authority }
    : { path: target.slice(0, mark), query: target.slice(mark + 1), authority };
}

/**
 * Takes a request target apart: origin form for all methods, absolute form for all but CONNECT, which alone has the
 * authority form; `*` for OPTIONS alone (RFC 9112 §3.2).
 *
 * @throws TsgiError (400) for anything else (R27).
 */
export function parseRequestTarget(method: string, target: string): RequestTarget {
  if (FORBIDDEN.test(target)) throw refuse(target, 'no white space, control character or fragment');
  if (method === 'CONNECT') {
    // As it came, and as PATH_INFO: `%00` would be no host.
    if (!parseAuthority(target)?.port || !parseAuthority(percentDecode(target))?.port)
      throw refuse(target, 'host:port for CONNECT');
    return { path: target, query: '', authority: target };
  }
  if (target.startsWith('/')) return splitQuery(target, undefined);
  if (target === '*') {
    if (method !== 'OPTIONS') throw refuse(target, '* for OPTIONS alone');
    return { path: '*', query: '', authority: undefined };
  }
  const absolute = ABSOLUTE.exec(target);
  if (absolute === null) throw refuse(target, 'a path, or an absolute http or https URI');
  const [, authority = '', rest = ''] = absolute;
  // It becomes HTTP_HOST: what a Host header may not be, it may not be either.
  if (!isAuthority(authority)) throw refuse(target, 'a host and an optional port');
  // RFC 9110 §4.2.3: for OPTIONS alone, no path is not the path `/`; RFC 9112 §3.2.4 has a proxy send `*` for it.
  if (method === 'OPTIONS' && rest === '') return { path: '*', query: '', authority };
  return splitQuery(rest.startsWith('/') ? rest : `/${rest}`, authority);
}
