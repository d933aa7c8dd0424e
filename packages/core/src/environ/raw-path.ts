import type { Environ } from '../contract/contract.ts';
import { percentDecode, percentEncode } from './percent-encoding.ts';

// What RFC 3986 §3.3 lets stand in a path.
const IN_A_PATH = "/!$&'()*+,;=:@";

/** Where the part of a raw path ends that decodes to `prefix`; -1 where none does. */
function endOfPrefix(raw: string, prefix: string): number {
  let end = 0;
  for (let index = 0; index < prefix.length; index++, end++) {
    if (raw[end] === prefix[index] && raw[end] !== '%') continue;
    if (percentDecode(raw.slice(end, end + 3)) !== prefix[index]) return -1;
    end += 2;
  }
  return end;
}

/**
 * `PATH_INFO` before it was decoded: what is left of the target below `SCRIPT_NAME`, without the query, so that `%2F` can
 * be told from `/`. Where a front end or a middleware has rewritten the path, so that `REQUEST_URI` does not spell it any
 * more, it is `PATH_INFO` encoded.
 */
export function rawPathInfo(environ: Environ): string {
  const { REQUEST_URI: uri, SCRIPT_NAME: script, PATH_INFO: path } = environ;
  // `*`, and the authority of a CONNECT.
  if (path !== '' && !path.startsWith('/')) return path;
  const mark = uri.indexOf('?');
  const raw = (mark === -1 ? uri : uri.slice(0, mark)).replace(/^https?:\/\/[^/]*/i, '');
  const end = endOfPrefix(raw, script);
  const rest = end === -1 ? '' : raw.slice(end);
  if (end !== -1 && percentDecode(rest) === path) return rest;
  return percentEncode(path, IN_A_PATH);
}
